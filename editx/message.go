package editx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// MessageHeader is the header of an EDItXMessage. InterchangeReference and
// MessageNumber together identify it among the messages of its sender.
type MessageHeader struct {
	Version              string // of the envelope
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

// Document is one document of a message. A refused one does not affect the
// others.
type Document struct {
	Type     string      // its root element
	Version  string      // of its root element
	Order    order.Order // of a refused one the number alone, if it could be read
	Findings []Finding   // of this document; their paths begin at its root
	Err      error       // why it is refused, as from Decode
	Body     []byte      // as an XML document in UTF-8, to be stored as the original
}

// messageVersions are the versions of the envelope: 1.0 and 1.2 are published,
// 1.6 is written by a sender in the Swedish trade.
func messageVersions() []string { return []string{"1.0", "1.6", "1.2"} }

// IsMessage reports whether a document is an envelope. It reads only up to the
// root element.
func IsMessage(body []byte, options ...Option) bool {
	root, err := rootOf(body, optionsOf(options))
	return err == nil && root.name == messageRoot
}

// DecodeMessage reads an EDItXMessage with the orders in it, in one pass. An
// error is about the envelope, and then only the header can be used, as far as
// it was read. An order that cannot be accepted, and a document that is not an
// order, is refused in its Err alone. Lines and columns count in the whole
// message.
//
// There is no public schema. The structure is that of two senders and of the
// published description of version 1.0: EDItXMessageHeader with the members of
// [MessageHeader] in their order, and EDItXMessagePayload with the documents. A
// message whose PurposeCode is Test makes a Test of every order inside;
// otherwise each order has its own purpose.
//
// A contradiction to the header (another number of documents, another type or
// version) is a warning under Trade, since the documents are complete; a caller
// that wants to refuse it finds it in Findings.
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

// document returns what was enclosed for the caller.
func (e *enclosed) document(purpose order.Purpose) Document {
	d := Document{Type: order.Truncate(e.root), Version: order.Truncate(e.version), Findings: e.warnings, Err: e.err,
		Body: e.body}
	switch {
	case d.Err != nil:
		d.Order.Number = order.Truncate(e.order.Number)
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

// errNotOrder returns the error of a valid document that is not an order.
func (e *enclosed) errNotOrder() error {
	return order.Errorf(order.Invalid, "editx-root",
		"Line %d, column %d: The document is `<%s>`; messages must contain orders.", e.line, e.column,
		order.Truncate(e.root)).
		WithField(order.Field{Line: e.line, Column: e.column, Path: "/" + order.Truncate(e.root)}).
		WithHint("Send it alone, to the URL of its order.")
}

// EncodeMessage writes orders as one EDItXMessage: version 1.2, the newest that
// is published, unless the header has another known one. NumberOfDocuments,
// DocumentType and VersionNumber are set; a message without a purpose is
// Original. Each order is written as Encode does.
func EncodeMessage(w io.Writer, h MessageHeader, orders []*order.Order) error {
	switch {
	case len(orders) == 0:
		return order.Errorf(order.Invalid, "message-empty", "The message has no order; an envelope holds one or more.").
			WithHint("Add at least one order.")
	case len(orders) > maxDocuments:
		return order.Errorf(order.TooLarge, "editx-documents",
			"The message has %d orders; at most %d are written in one.", len(orders), maxDocuments).
			WithHint("Divide them among several messages.")
	}
	h.DocumentType, h.VersionNumber, h.NumberOfDocuments = rootName, version, int64(len(orders))
	if h.Purpose == "" {
		h.Purpose = order.Original
	}
	out, err := smallest(func(flat bool) ([]byte, error) { return renderMessage(h, orders, flat) })
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

func renderMessage(h MessageHeader, orders []*order.Order, flat bool) ([]byte, error) {
	t := writer{arena: nodeArena{flat: flat}}
	t.composite(&messageDocument().root, &envelope{header: h}, "", 1)
	begin := len(t.stack)
	for _, o := range orders {
		t.enclose(o)
	}
	t.add(t.gather("EDItXMessagePayload", begin, 1), 1)
	return t.document(messageRoot, versionOf(messageDocument(), h.Version))
}

// enclose puts an order on the stack as a child of the payload.
func (w *writer) enclose(o *order.Order) {
	complete := withDefaults(o)
	begin := len(w.stack)
	w.extensions = newExtensionSet(complete.Extensions)
	w.composite(&orderDocument.root, &complete, "/"+rootName, 3)
	w.flushRest(3)
	w.extensions = nil
	e := w.gather(rootName, begin, 2)
	e.CreateAttr("version", version)
	w.add(e, 2)
}

const (
	// maxDocuments limits the documents of a message. Nightly batches of the
	// trade have some hundred; each document becomes an order of its own.
	maxDocuments = 1000

	// maxScope limits the namespace declarations around the documents of a
	// message, in bytes: each document gets a copy. EDItX has none; a schema
	// location has 60.
	maxScope = 1 << 10

	// maxEnclosedFindings limits the findings of all documents of a message
	// together: ten per document of the largest.
	maxEnclosedFindings = 10 * maxDocuments
)

// envelope is a message as it is read.
type envelope struct {
	header   MessageHeader
	counted  xmlread.Pos // of NumberOfDocuments; Line is 0 when it is missing
	enclosed []enclosed
	findings int // of all documents
	numbers  map[string]int
}

// enclosed is one document of a message.
type enclosed struct {
	root, version    string
	number           int         // among those of the same root, from 1
	order            order.Order // if it is one
	faults, warnings []Finding
	err              error
	begins           xmlread.Pos
	line, column     int
	body             []byte
}

// messageDocument is a function, since a table would refer to itself through
// the documents inside.
func messageDocument() *document[envelope] {
	payload := part("EDItXMessagePayload", identity[envelope], []field{}).needed().checked(checkPayload)
	payload.each = readEnclosed
	return &document[envelope]{
		root: field{name: messageRoot, use: needed, children: []field{
			part("EDItXMessageHeader", func(env *envelope) *MessageHeader { return &env.header },
				messageHeaderElements).needed().checked(checkMessageHeader),
			payload,
		}},
		versions:       messageVersions(),
		discardUnknown: true,
		validate:       validateMessage,
	}
}

var messageHeaderElements = []field{
	value("InterchangeReference", token, func(h *MessageHeader) *string { return &h.InterchangeReference }).wanted(),
	value("MessageNumber", present, func(h *MessageHeader) *int64 { return &h.MessageNumber }).wanted(),
	value("DocumentType", token, func(h *MessageHeader) *string { return &h.DocumentType }).wanted().
		coded(documentTypes),
	value("VersionNumber", token, func(h *MessageHeader) *string { return &h.VersionNumber }).wanted(),
	value("NumberOfDocuments", present, func(h *MessageHeader) *int64 { return &h.NumberOfDocuments }).wanted(),
	part("Sender", func(h *MessageHeader) *order.TradeParty { return &h.Sender }, partyElements).wanted(),
	part("Receiver", func(h *MessageHeader) *order.TradeParty { return &h.Receiver }, partyElements).wanted(),
	value("PurposeCode", purpose, func(h *MessageHeader) *order.Purpose { return &h.Purpose }),
	value("SentDateTime", date, func(h *MessageHeader) *order.Date { return &h.SentAt }).wanted(),
}

// present is a whole number; 0 means absent.
var present = codec[int64]{
	parse: parseInteger,
	print: func(n int64) string {
		if n == 0 {
			return ""
		}
		return printInteger(n)
	},
	form: intForm,
}

// checkMessageHeader remembers the position of the count, which is compared
// when all documents were read.
func checkMessageHeader(r *reader, f *frame) {
	if i := f.find("NumberOfDocuments"); f.seen&(1<<i) != 0 {
		r.frames[0].at.(*envelope).counted = f.positions[i]
	}
}

// checkPayload refuses an empty envelope.
func checkPayload(r *reader, f *frame) {
	if len(f.at.(*envelope).enclosed) == 0 {
		r.report(refuse("message-empty", "`<EDItXMessagePayload>` holds no document; one or more are expected, such "+
			"as `<Order version=\"%s\">`.", version).always(),
			f.begins, r.path(f), "")
	}
}

// readEnclosed reads one document of the payload, refused or not.
func readEnclosed(r *reader, fr *frame, t xml.StartElement) error {
	env := fr.at.(*envelope)
	if len(env.enclosed) == maxDocuments {
		return r.tokens.Errorf(r.tokens.Start(), order.TooLarge, "editx-documents",
			"The message has more than %d documents.", maxDocuments).
			WithHint("Divide it into several messages.")
	}
	scope := r.tokens.Scope()
	if scope.Size() > maxScope {
		return r.tokens.Limit("declares namespaces of more than %d bytes around its documents", maxScope)
	}
	fr.bound = true
	e := enclosed{root: xmlread.QName(t.Name), version: attributeOf(t, "version"), begins: r.tokens.Start()}
	e.line, e.column = r.tokens.LineColumn(e.begins)
	if env.numbers == nil {
		env.numbers = map[string]int{}
	}
	env.numbers[e.root]++
	e.number = env.numbers[e.root]
	if err := e.read(r.tokens, r.profile, t); err != nil {
		return err
	}
	e.body = xmlread.Standalone(r.tokens.Bytes(e.begins, r.tokens.End()), t, scope)
	env.limitFindings(&e)
	env.enclosed = append(env.enclosed, e)
	return nil
}

// read reads the document by its kind, with a reader of its own on the same
// tokens. An error is one of XML syntax, which ends the whole message.
func (e *enclosed) read(g *xmlread.Reader, p Profile, t xml.StartElement) error {
	level := g.Depth()
	r := &reader{tokens: g, profile: p}
	err := e.byKind(r, t)
	if isSyntaxError(err) {
		return err
	}
	for g.Depth() >= level {
		if err := g.Skip(); err != nil {
			return err
		}
	}
	if e.faults, e.warnings, e.err = r.faults, r.warnings(), err; err == nil {
		e.err = r.refusal()
	} else {
		f := findingOf(err)
		f.Path = "/" + order.Truncate(e.root)
		e.faults = append(e.faults, f)
	}
	return nil
}

// byKind reads the document as its kind.
func (e *enclosed) byKind(r *reader, t xml.StartElement) error {
	k, known := kindOf(e.root)
	switch {
	case r.tokens.Namespace() == "" && e.root == rootName:
		return orderDocument.whole(r, t, &e.order)
	case e.root == messageRoot:
		return r.refuseRoot("editx-envelope", "An `<%s>` stands inside another; a payload holds documents.",
			messageRoot).
			WithHint("Send each envelope as a message of its own.")
	case known:
		return k.inside(r, t)
	}
	return r.checkRoot(t, rootName, version)
}

// isSyntaxError reports whether an error is about the XML, so that nothing
// after it can be read.
func isSyntaxError(err error) bool {
	var e *order.Error
	return errors.As(err, &e) && strings.HasPrefix(e.Code, "xml-")
}

// limitFindings limits the findings of all documents together.
func (env *envelope) limitFindings(e *enclosed) {
	if env.findings += len(e.warnings); env.findings > maxEnclosedFindings {
		e.warnings = []Finding{{Code: "editx-more", Line: e.line, Column: e.column, Path: "/" + order.Truncate(e.root),
			Message: "What was found in this document is not listed; the documents before it have more than enough."}}
	}
}

// validateMessage compares the header with what the payload holds.
func validateMessage(r *reader, env *envelope, begins xmlread.Pos) error {
	h := &env.header
	h.Version = r.version
	if h.Purpose == "" && r.refused == 0 {
		h.Purpose = order.Original
		r.report(against("purpose", "The message has no PurposeCode; it was taken as Original."), begins,
			"/EDItXMessage/EDItXMessageHeader/PurposeCode", "")
	}
	if n := int64(len(env.enclosed)); env.counted.Line > 0 && h.NumberOfDocuments != n {
		r.report(against("message-count", "NumberOfDocuments says %d, and the payload holds %d. Look whether a "+
			"document was lost.", h.NumberOfDocuments, n),
			env.counted, "/EDItXMessage/EDItXMessageHeader/NumberOfDocuments", printInteger(h.NumberOfDocuments))
	}
	first := map[string]int{}
	for i := range env.enclosed {
		e := &env.enclosed[i]
		r.compareEnclosed(h, e, i)
		if n := e.order.Number; e.err == nil && n != "" && first[n] > 0 {
			r.report(warn("message-repeats", "OrderNumber %s is also that of document %d of this message; one of "+
				"them will be taken.", order.Truncate(n), first[n]),
				e.begins, e.path(), n)
		} else if n != "" {
			first[n] = i + 1
		}
	}
	return nil
}

// compareEnclosed compares one document with the header.
func (r *reader) compareEnclosed(h *MessageHeader, e *enclosed, i int) {
	if h.DocumentType != "" && typeOf(e.root) != typeOf(h.DocumentType) {
		r.report(against("message-type", "Document %d is `<%s>`; the header says that all are of type %s.", i+1,
			order.Truncate(e.root), order.Truncate(h.DocumentType)),
			e.begins, e.path(), e.root)
	}
	if h.VersionNumber != "" && e.version != h.VersionNumber {
		r.report(against("message-version", "Document %d says version %q; the header says that all are of version %s.",
			i+1, order.Truncate(e.version), order.Truncate(h.VersionNumber)),
			e.begins, e.path(), e.version)
	}
}

// typeOf returns the document type of a root element.
func typeOf(root string) string {
	if root == cancellationOtherRoot {
		return cancellationRoot
	}
	return root
}

func (e *enclosed) path() string {
	return fmt.Sprintf("/EDItXMessage/EDItXMessagePayload/%s[%d]", order.Truncate(e.root), e.number)
}
