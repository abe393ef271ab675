package boknett

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// submitMessage answers POST /orders with an EDItXMessage: each document
// becomes an order or a refusal of its own. What the answer calls Accepted is
// stored permanently; 422 means that nothing was.
func (f *surface) submitMessage(w http.ResponseWriter, r *http.Request, by order.Actor, body []byte,
	p editx.Profile) error {
	m, err := editx.DecodeMessage(body, p, charsetOf(r))
	if err != nil {
		return err
	}
	ack := editx.Acknowledgement{Header: m.Header}
	if ack.Documents, err = f.submitDocuments(r.Context(), by, &m); err != nil {
		return err
	}
	s, err := f.sequence(r.Context(), by.Party, m.Header, body)
	if err != nil {
		return err
	}
	conclude(&ack, &m, s)
	rec := reqlog.From(r.Context())
	rec.Note(fmt.Sprintf("message: %s, %d of %d documents accepted", ack.Status, accepted(ack.Documents),
		len(ack.Documents)))
	if s.Repeated && !s.Differs {
		rec.Note("message sent again") // a client whose answer was lost
		w.Header().Set("Idempotency-Replayed", "true")
	}
	return sendAcknowledgement(w, ack)
}

// submitDocuments hands in the documents one after the other, so that of two
// orders with one number the first counts. A failure that is not the
// document's ends it all: the sender sends the message again, and what was stored
// by then is known by its number.
func (f *surface) submitDocuments(ctx context.Context, by order.Actor,
	m *editx.Message) ([]editx.DocumentAcknowledgement, error) {
	rows := make([]editx.DocumentAcknowledgement, len(m.Documents))
	doubts := encodingWarnings(m.Findings)
	for i := range m.Documents {
		d := &m.Documents[i]
		id, err := f.submitDocument(ctx, by, d, doubts)
		if err != nil && !documentFault(err) {
			return nil, err
		}
		rows[i] = editx.DocumentAcknowledgement{Number: i + 1, DocumentNumber: d.Order.Number, Status: statusOf(err),
			Findings: d.Findings}
		if err != nil {
			rows[i].Findings = append(rows[i].Findings, findingsOf(err)...)
			continue
		}
		rows[i].Location = f.Order(id)
	}
	return rows, nil
}

// encodingWarnings are the findings of a message that are about the characters of
// each order in it.
func encodingWarnings(found []editx.Finding) (doubts []editx.Finding) {
	for _, f := range found {
		if f.Code == "xml-encoding" {
			doubts = append(doubts, f)
		}
	}
	return doubts
}

// submitDocument hands in one document of a message, with its own bytes as the
// original. Doubts are stored as findings of the order too.
func (f *surface) submitDocument(ctx context.Context, by order.Actor, d *editx.Document,
	doubts []editx.Finding) (order.ID, error) {
	if d.Err != nil {
		return "", d.Err
	}
	d.Order.Findings = editx.Stored(slices.Concat(doubts, d.Findings))
	receipt, err := f.exchange.Submit(ctx, by, d.Order, order.NewDocument(editx.MediaTypeOf(d.Body), d.Body))
	if err == nil {
		reqlog.From(ctx).Order = receipt.ID // the log names the last one
	}
	return receipt.ID, err
}

// documentFault reports whether err is about the document. All else, such as a
// store that is busy, says nothing about it.
func documentFault(err error) bool {
	switch order.KindOf(err) {
	case order.Malformed, order.Invalid, order.Conflict, order.TooLarge, order.Unsupported, order.Forbidden:
		return true
	}
	return false
}

// sequence records that the message came. One without a name cannot be
// distinguished from others, so it is in no sequence.
func (f *surface) sequence(ctx context.Context, sender order.PartyID, h editx.MessageHeader,
	body []byte) (order.Sequence, error) {
	if h.InterchangeReference == "" || h.MessageNumber <= 0 {
		return order.Sequence{}, nil
	}
	s, err := f.exchange.Interchange(ctx, order.Interchange{Sender: sender, Type: h.DocumentType,
		Reference: h.InterchangeReference, Number: h.MessageNumber, SHA256: sha256.Sum256(body)})
	if err != nil {
		return s, fmt.Errorf("record message %s of %s: %w", order.Truncate(h.InterchangeReference), sender, err)
	}
	return s, nil
}

// sendAcknowledgement answers with the acknowledgement: 202 when at least one
// document was accepted.
func sendAcknowledgement(w http.ResponseWriter, ack editx.Acknowledgement) error {
	var body bytes.Buffer
	if err := editx.EncodeAcknowledgement(&body, ack); err != nil {
		return fmt.Errorf("write the acknowledgement of message %s: %w", order.Truncate(ack.Header.InterchangeReference),
			err)
	}
	status := http.StatusUnprocessableEntity
	if accepted(ack.Documents) > 0 {
		status = http.StatusAccepted
	}
	w.Header().Set("Cache-Control", "no-store")
	sendStatus(w, status, editx.MediaType, body.Bytes())
	return nil
}

// conclude sets the status of an acknowledgement as a whole and says why. A
// number out of sequence is reported and refuses nothing: a lost order is worse
// than a late one.
func conclude(ack *editx.Acknowledgement, m *editx.Message, s order.Sequence) {
	n, taken := len(ack.Documents), accepted(ack.Documents)
	ack.Status = editx.AckAccepted
	for _, f := range m.Findings {
		ack.Messages = append(ack.Messages, f.Message)
		if f.Code == "message-count" || f.Code == "message-type" { // a document may have been lost on its way
			ack.Status = editx.AckPayloadErrors
		}
	}
	if taken < n || n == 0 {
		ack.Status = editx.AckPayloadErrors
		ack.Messages = append(ack.Messages,
			fmt.Sprintf("%d of %d documents were accepted; the others are listed with what is wrong.", taken, n))
	}
	if words := sequenceWords(m.Header, s); words != "" {
		ack.Status = editx.AckOutOfSequence
		ack.Messages = append(ack.Messages,
			words+" Each document was judged all the same; those that say Accepted are stored.")
	}
}

// sequenceWords returns what is wrong with a message's number, or "".
func sequenceWords(h editx.MessageHeader, s order.Sequence) string {
	switch number := h.MessageNumber; {
	case s.Differs:
		return fmt.Sprintf("Message %d under the reference %s came before with other content.", number,
			order.Truncate(h.InterchangeReference))
	case s.InOrder(number):
		return ""
	case number > s.Last+1:
		return fmt.Sprintf("Message %d came after %d: what lies between has not come.", number, s.Last)
	default:
		return fmt.Sprintf("Message %d came after %d, which is no smaller.", number, s.Last)
	}
}

// accepted counts the documents that are stored.
func accepted(rows []editx.DocumentAcknowledgement) (n int) {
	for _, row := range rows {
		if row.Status == editx.AckAccepted {
			n++
		}
	}
	return n
}

// statusOf returns the EDItX status of what became of a document. A document that
// breaks a rule of the exchange may be well-formed.
func statusOf(err error) editx.AckStatus {
	code := order.CodeOf(err)
	if err == nil || strings.HasPrefix(code, "xml-") || strings.HasPrefix(code, "editx-") {
		return editx.AckStatusOf(err)
	}
	return editx.AckPayloadErrors
}

// findingsOf makes the findings of a refused document: the values at fault with
// their places, and before them what is wrong as a whole and what to do next.
// Of content that cannot be accepted the values say it all.
func findingsOf(err error) []editx.Finding {
	var e *order.Error
	if !errors.As(err, &e) {
		return nil
	}
	content := e.Code == "editx-content" && len(e.Fields) > 0
	whole := editx.Finding{Severity: editx.Refusal, Code: e.Code, Message: e.Detail}
	var found []editx.Finding
	for _, f := range e.Fields {
		at := editx.Finding{Severity: editx.Refusal, Code: f.Code, Line: f.Line, Column: f.Column, Path: f.Path,
			Value: f.Value, Message: f.Message}
		if !content && f.Code == e.Code && strings.HasSuffix(e.Detail, f.Message) {
			whole = at // the place of the whole
			continue
		}
		found = append(found, at)
	}
	if content {
		return found
	}
	whole.Message = strings.TrimSpace(whole.Message + " " + e.Hint)
	return slices.Insert(found, 0, whole)
}

// listMessage answers GET /orders/message: a page of the list as one EDItXMessage,
// by the list's own rules for parameters, cursor and ETag. An empty page is
// 204 with the cursor.
func (f *surface) listMessage(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.readQuery(r, by.Party, "")
	if err != nil {
		return err
	}
	q.below = messagePath
	if q.size == 0 {
		q.size = defaultPage
	}
	head, err := f.head(r.Context(), &q)
	if err != nil || f.listNotModified(w, r, q, head) {
		return err
	}
	p, err := f.page(r.Context(), q, head)
	if err != nil {
		return err
	}
	orders, err := f.whatFits(r.Context(), by.Party, &p)
	if err != nil || f.describe(w, r, q, head, p) {
		return err
	}
	if len(orders) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return f.sendMessage(w, r, q, p, orders)
}

// whatFits reads the orders of a page. Where they would make the message larger
// than what can be taken in again the page ends, and its cursor with it; a
// single order is never too large to go alone.
func (f *surface) whatFits(ctx context.Context, party order.PartyID, p *order.Page) (orders []*order.Order, err error) {
	var size editx.Extent
	for i, it := range p.Items {
		o, err := f.exchange.Order(ctx, party, it.ID)
		if err != nil {
			return nil, err
		}
		extent, err := editx.Measure(&o)
		if err != nil {
			return nil, errStored(o.ID, err)
		}
		if size = size.Plus(extent); i > 0 && !size.Fits() {
			p.Items, p.Next, p.More = p.Items[:i], p.Items[i-1].Change, true
			return orders, nil
		}
		orders = append(orders, &o)
	}
	return orders, nil
}

func (f *surface) sendMessage(w http.ResponseWriter, r *http.Request, q listQuery, p order.Page,
	orders []*order.Order) error {
	party, err := f.exchange.Party(r.Context(), q.party)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := editx.EncodeMessage(&body, f.messageHeader(party, q.mode, p), orders); err != nil {
		return errStored(orders[0].ID, err)
	}
	send(w, editx.MediaType, body.Bytes())
	return nil
}

// messageHeader names a page as a message. Everything in it follows from the
// page, so that the same page is the same bytes.
func (f *surface) messageHeader(to order.Party, mode order.Mode, p order.Page) editx.MessageHeader {
	first, last := p.Items[0], p.Items[len(p.Items)-1]
	purpose := order.Duplicate // the party has its own orders already
	if mode == order.SentToMe {
		purpose = order.Original
	}
	return editx.MessageHeader{
		InterchangeReference: fmt.Sprintf("%s-%s-%d-%d", to.ID, mode, first.Change, last.Change),
		MessageNumber:        last.Change, DocumentType: "Order", NumberOfDocuments: int64(len(p.Items)),
		Sender: f.itself(), Receiver: order.TradeParty{ID: to.Identifiers()[0], Names: []string{to.Name}},
		Purpose: purpose, SentAt: order.DateAt(newest(p.Items)),
	}
}

// itself is the exchange as the sender of a message. It is not a party and has no
// number in the trade, so its address stands for it.
func (f *surface) itself() order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: "Proprietary", Value: f.public}, Names: []string{"bookgate"},
		Communication: []order.Communication{{Type: "URL", Locator: f.public}}}
}

// newest is the time of a page's last change.
func newest(items []order.Item) (at time.Time) {
	for _, it := range items {
		if it.Updated.After(at) {
			at = it.Updated
		}
	}
	return at
}
