package editx

import (
	"github.com/bookgate/bookgate/order"
)

// MessageHeader is what an EDItXMessage says of itself. InterchangeReference
// and MessageNumber together name it among the messages of its sender.
type MessageHeader struct {
	Version              string // of the envelope, as its root element says
	InterchangeReference string
	MessageNumber        int64
	DocumentType         string // of all documents inside, such as Order
	VersionNumber        string // of that type, such as 1.3
	NumberOfDocuments    int64  // as the sender counted
	Sender, Receiver     order.TradeParty
	Purpose              order.Purpose
	SentAt               order.Date
}

// Message is an EDItXMessage with the documents inside.
type Message struct {
	Header    MessageHeader
	Documents []Document
	Findings  []Finding // of the envelope itself
}

// Document is one document of a message. It stands for itself: that another
// one is refused does not touch it.
type Document struct {
	Type     string      // its root element
	Version  string      // as its root element says
	Order    order.Order // of a refused one its number alone, where it could be read
	Findings []Finding   // of this document; their paths begin at its root
	Err      error       // why it is refused, as Decode would say
	Body     []byte      // its own bytes as an XML document in UTF-8, to be kept as the original
}

// messageVersions are the versions of the envelope: 1.0 and 1.2 are published,
// 1.6 is what a sender in the Swedish trade writes.
func messageVersions() []string { return []string{"1.0", "1.6", "1.2"} }

// IsMessage reports whether a document is an envelope. It looks no further
// than the root element.
func IsMessage(body []byte, options ...Option) bool {
	root, err := rootOf(body, optionsOf(options))
	return err == nil && root.name == messageRoot
}

// DecodeMessage reads an EDItXMessage with the orders in it, in one pass. An
// error is of the envelope, and nothing of it can be used save the header, as
// far as it was read. An order that cannot be accepted, and a document that is
// no order, is refused in its Err alone. Lines and columns count in the whole
// message.
//
// There is no public schema. The shape is that of two senders and of the
// opening of the published description of version 1.0: EDItXMessageHeader with
// the members of [MessageHeader] in their order, and EDItXMessagePayload with
// the documents. A message whose PurposeCode is Test makes a Test of every order
// inside; otherwise each order keeps its own purpose.
//
// What contradicts the header (another number of documents, another type or
// version) is a warning under Trade, for the documents that came are whole; a
// caller who wants to refuse it finds it in Findings.
func DecodeMessage(body []byte, p Profile, options ...Option) (Message, error) {
	env := new(envelope)
	r, err := messageDocument().walk(body, p, optionsOf(options), env)
	if err == nil {
		err = r.refusal()
	}
	m := Message{Header: env.header}
	if r != nil {
		m.Findings = r.warnings()
	}
	if err != nil {
		return m, err
	}
	m.Documents = make([]Document, len(env.enclosed))
	for i := range env.enclosed {
		m.Documents[i] = env.enclosed[i].document(env.header.Purpose)
	}
	return m, nil
}

// document gives what was enclosed as a caller sees it.
func (e *enclosed) document(purpose order.Purpose) Document {
	d := Document{Type: order.Cut(e.root), Version: order.Cut(e.version), Findings: e.warnings, Err: e.err, Body: e.body}
	switch {
	case d.Err != nil:
		d.Order.Number = order.Cut(e.order.Number)
	case e.root != rootName:
		d.Err = e.errNotOrder()
	default:
		d.Order, d.Err = e.order, readsBack(&e.order, len(e.body))
		if purpose == order.Test {
			d.Order.Header.Purpose = order.Test
		}
	}
	return d
}

// unknownCount refuses a document that is in order and is none.
func (e *enclosed) errNotOrder() error {
	return order.Errorf(order.Invalid, "editx-root", "Line %d, column %d: The document is `<%s>`; messages are taken with orders inside.", e.line, e.column, order.Cut(e.root)).
		WithField(order.Field{Line: e.line, Column: e.column, Path: "/" + order.Cut(e.root)}).
		WithHint("Send it alone, to the order that it speaks of.")
}
