package boknett

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"

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
