package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// sentMessage tells what became of a message, by its acknowledgement.
type sentMessage struct {
	Reference string         `json:"reference,omitempty"`
	Number    int64          `json:"number,omitempty"`
	Status    string         `json:"status"`
	Messages  []string       `json:"messages,omitempty"`
	Documents []sentDocument `json:"documents"`
}

// sentDocument is one document of a message.
type sentDocument struct {
	Document int           `json:"document"`
	Number   string        `json:"number,omitempty"`
	Answer   string        `json:"answer"` // AcknowledgementStatusCode
	ID       order.ID      `json:"id,omitempty"`
	Location string        `json:"location,omitempty"`
	Status   string        `json:"status,omitempty"`
	Seller   string        `json:"seller,omitempty"`
	Reason   *order.Reason `json:"reason,omitempty"`
	Errors   []order.Field `json:"errors,omitempty"`
	Warnings []order.Field `json:"warnings,omitempty"`
}

// message sends a file that is an EDItXMessage and says what became of each of
// its documents.
func (s *sender) message(ctx context.Context, result sent, body []byte) (sent, error) {
	ack, repeated, err := s.client.SendMessage(ctx, body)
	if err != nil {
		return result, refusedDocument(err)
	}
	result.Repeated, result.Message = repeated, newSentMessage(ack)
	if !s.noWait {
		if err := s.followAll(ctx, result.Message.Documents); err != nil {
			return result, err
		}
	}
	if !s.asJSON {
		if err := s.printMessage(result); err != nil {
			return result, err
		}
	}
	return result, result.Message.outcome()
}

func newSentMessage(ack editx.Acknowledgement) *sentMessage {
	m := &sentMessage{Reference: ack.Header.InterchangeReference, Number: ack.Header.MessageNumber, Status: string(ack.Status),
		Messages: ack.Messages, Documents: make([]sentDocument, len(ack.Documents))}
	for i, row := range ack.Documents {
		d := sentDocument{Document: row.Number, Number: row.DocumentNumber, Answer: string(row.Status), Location: row.Location}
		d.ID, _ = client.ParseLocation(row.Location)
		d.Errors, d.Warnings = fieldsOf(row.Findings)
		m.Documents[i] = d
	}
	return m
}

// followAll waits until every accepted order has been processed, all of them
// together no longer than one.
func (s *sender) followAll(ctx context.Context, documents []sentDocument) error {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for i := range documents {
		d := &documents[i]
		if d.ID == "" {
			continue
		}
		doc, err := s.client.Wait(waiting, d.ID)
		d.Status, d.Seller, d.Reason = doc.Status, doc.Seller, doc.Reason
		if err != nil && !(errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil) {
			return err
		}
	}
	return nil
}

// printMessage writes a row for each document, and below the rows what is wrong.
func (s *sender) printMessage(result sent) error {
	m := result.Message
	if result.Repeated {
		fmt.Fprintln(s.out, "this message was sent before; nothing was taken twice")
	}
	fmt.Fprintf(s.out, "message %s %d: %s\n", printable(m.Reference), m.Number, printable(m.Status))
	t := newTable(s.out, "DOCUMENT", "NUMBER", "ANSWER", "ORDER", "STATUS", "TO")
	for _, d := range m.Documents {
		t.row(strconv.Itoa(d.Document), orDash(d.Number), d.Answer, orDash(shortID(d.ID, idShort)), orDash(d.Status), orDash(d.Seller))
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("print the acknowledgement: %w", err)
	}
	for _, words := range m.Messages {
		fmt.Fprintln(s.err, printable(words))
	}
	for _, d := range m.Documents {
		s.printFaults(d)
	}
	return nil
}

// printFaults says what is wrong with a document or odd about it, or why its
// order failed.
func (s *sender) printFaults(d sentDocument) {
	if len(d.Errors) == 0 && len(d.Warnings) == 0 && d.Reason == nil {
		return
	}
	fmt.Fprintf(s.err, "document %d %s:\n", d.Document, printable(d.Number))
	for _, f := range d.Errors {
		fmt.Fprintf(s.err, "  %s%s\n", fieldPlace(f), printable(f.Message))
	}
	for _, f := range d.Warnings {
		fmt.Fprintf(s.err, "  warning: %s%s\n", fieldPlace(f), printable(f.Message))
	}
	if d.Reason != nil {
		fmt.Fprintf(s.err, "  FAILED: %s\n", printable(d.Reason.Detail))
	}
}

// outcome is the exit code of a message: refused documents count before orders
// that failed later.
func (m *sentMessage) outcome() error {
	refused, failed := 0, 0
	for _, d := range m.Documents {
		switch {
		case d.ID == "":
			refused++
		case d.Status == string(order.Failed):
			failed++
		}
	}
	switch {
	case refused == len(m.Documents):
		return withExit(exitRefused, errSilent)
	case refused > 0:
		return withExit(exitPartial, errSilent)
	case failed > 0:
		return withExit(exitFailure, errSilent)
	}
	return nil
}
