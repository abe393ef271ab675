package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// sendFlags are the flags of send.
type sendFlags struct {
	profile        string
	noWait, asJSON bool
}

// patience is how long send waits for an order to be processed. Processing
// takes milliseconds; what lasts longer is not waited for by a person.
const patience = 10 * time.Second

// newSend hands in orders.
func newSend(a cli.App) *cobra.Command {
	var f sendFlags
	c := &cobra.Command{
		Use:   "send FILE…",
		Short: "Send EDItX orders, single or many in a message",
		Long: `Send EDItX orders, and wait until each has been processed. A file of - is standard
input. Sending is idempotent: an order with the same number and content is accepted only
once. An order that was accepted and then FAILED ends the command with exit code 1.
Findings in an accepted document are printed as warnings.

A file can also be an EDItXMessage with many orders. Each is accepted or refused
separately; the exit code is 8 when some were refused, and 6 when all were.`,
		Example: `  bookgate send order.xml
  bookgate send out/*.xml --json
  generate-order | bookgate send -`,
		Args: cli.MinArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, _, err := connect(a, f.profile)
			if err != nil {
				return err
			}
			s := sender{App: a, sendFlags: f, client: conn, several: len(args) > 1}
			return s.all(c.Context(), args)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().BoolVar(&f.noWait, "no-wait", false, "do not wait until the order has been processed")
	cli.JSONFlag(c, &f.asJSON)
	return c
}

// sent is the result for a file in JSON.
type sent struct {
	File     string        `json:"file"`
	ID       order.ID      `json:"id,omitempty"`
	Location string        `json:"location,omitempty"`
	Repeated bool          `json:"repeated,omitempty"` // it had been sent before
	Status   string        `json:"status,omitempty"`
	Seller   string        `json:"seller,omitempty"`
	Reason   *order.Reason `json:"reason,omitempty"`
	Error    *sentError    `json:"error,omitempty"`
	Findings []hal.Finding `json:"findings,omitempty"` // what was odd about the document
	Message  *sentMessage  `json:"message,omitempty"`  // when the file held many orders
}

type sentError struct {
	Code   string        `json:"code"`
	Detail string        `json:"detail"`
	Errors []order.Field `json:"errors,omitempty"`
}

// sender is one call of the command.
type sender struct {
	cli.App
	sendFlags
	client  *client.Client
	several bool
	results []sent
}

// all sends every file. A document that is refused does not hold up the rest;
// a server that is away or does not know us does.
func (s *sender) all(ctx context.Context, files []string) error {
	failed, code := 0, cli.ExitOK
	for i, file := range files {
		result, err := s.one(ctx, file)
		if err != nil {
			failed++
			code = cli.ExitCode(err)
			if !errors.Is(err, cli.ErrSilent) { // already printed, document by document
				s.printFailure(file, err)
				result.Error = newSentError(err)
			}
		}
		s.results = append(s.results, result)
		if rest := len(files) - i - 1; rest > 0 &&
			(code == cli.ExitUnavailable || code == cli.ExitNotAllowed || code == cli.ExitInterrupted) {
			fmt.Fprintf(s.Err, "%s not sent\n", cli.Counted(rest, "further file was", "further files were"))
			failed += rest
			break
		}
	}
	if s.asJSON {
		if err := cli.PrintJSON(s.Out, s.results); err != nil {
			return err
		}
	}
	switch {
	case failed == 0:
		return nil
	case failed < len(files):
		code = cli.ExitPartial
	}
	return cli.WithExit(code, cli.ErrSilent)
}

// printFailure says why a file failed.
func (s *sender) printFailure(file string, err error) {
	if s.several {
		fmt.Fprintf(s.Err, "%s:\n", file)
	}
	cli.PrintError(s.Err, err)
}

func newSentError(err error) *sentError {
	var e *order.Error
	if errors.As(err, &e) {
		return &sentError{Code: e.Code, Detail: e.Detail, Errors: e.Fields}
	}
	return &sentError{Code: "file", Detail: err.Error()}
}

// one sends a file and says what became of it.
func (s *sender) one(ctx context.Context, file string) (sent, error) {
	result := sent{File: file}
	body, err := cli.ReadDocument(s.App, file)
	if err != nil {
		return result, err
	}
	if editx.IsMessage(body) {
		return s.message(ctx, result, body)
	}
	receipt, err := s.client.Send(ctx, body)
	if err != nil {
		return result, cli.RefusedDocument(err)
	}
	result.ID, result.Location, result.Repeated = receipt.ID, receipt.Location, receipt.Repeated
	if result.Repeated {
		return s.repeated(ctx, result)
	}
	s.sayAccepted(result)
	if s.noWait {
		if doc, _, err := s.client.Order(ctx, result.ID); err == nil { // it is accepted all the same
			result = s.found(result, doc)
		}
		return result, nil
	}
	return s.follow(ctx, result)
}

func (s *sender) sayAccepted(result sent) {
	s.say("accepted  order %s  %s\n", shortID(result.ID, idShort), result.Location)
}

// found notes what the server found in the document of an order that it took.
func (s *sender) found(result sent, doc hal.Order) sent {
	if result.Findings = doc.Findings; !s.asJSON {
		printFindings(s.Err, doc.Findings)
	}
	return result
}

// repeated reports an order that had been sent before.
func (s *sender) repeated(ctx context.Context, result sent) (sent, error) {
	doc, _, err := s.client.Order(ctx, result.ID)
	if err != nil {
		return result, err
	}
	result = s.found(result, doc)
	result.Status, result.Seller, result.Reason = doc.Status, doc.Seller, doc.Reason
	s.say("already sent %s as %s (same number %s, same content), %s. Nothing done.\n",
		cli.ShortTime(doc.Created.Time, time.Now()), shortID(doc.ID, idShort), cli.Printable(doc.Number), doc.Status)
	return result, nil
}

// follow waits until an order has been processed.
func (s *sender) follow(ctx context.Context, result sent) (sent, error) {
	begun := time.Now()
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	doc, err := s.client.Wait(waiting, result.ID)
	result = s.found(result, doc)
	result.Status, result.Seller, result.Reason = doc.Status, doc.Seller, doc.Reason
	took := time.Since(begun).Seconds()
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		s.say("not processed yet after %.0f s; see later: bookgate order %s\n", took, result.ID)
	case err != nil:
		return result, err
	case doc.Status == string(order.Failed):
		s.say("processed in %.1f s: FAILED\n", took)
		return result, errFailedOrder(doc.Reason)
	default:
		s.say("processed in %.1f s: %s to %s (%s)\n", took, doc.Status, cli.Printable(doc.Seller),
			cli.Counted(len(doc.Embedded.Lines), "line", "lines"))
	}
	return result, nil
}

// errFailedOrder returns the reason why an accepted order failed.
func errFailedOrder(r *order.Reason) error {
	if r == nil {
		r = &order.Reason{Code: "order-failed", Detail: "The order failed; the server did not report a reason."}
	}
	return cli.WithExit(cli.ExitFailure,
		&order.Error{Kind: order.Conflict, Code: r.Code, Detail: r.Detail, Hint: r.Hint})
}

// say prints words for people; with --json the array at the end says it all.
func (s *sender) say(format string, args ...any) {
	if !s.asJSON {
		fmt.Fprintf(s.Out, format, args...)
	}
}

// sentMessage is the result for a message, from its acknowledgement.
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
		return result, cli.RefusedDocument(err)
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
	m := &sentMessage{Reference: ack.Header.InterchangeReference, Number: ack.Header.MessageNumber,
		Status: string(ack.Status), Messages: ack.Messages, Documents: make([]sentDocument, len(ack.Documents))}
	for i, row := range ack.Documents {
		d := sentDocument{Document: row.Number, Number: row.DocumentNumber, Answer: string(row.Status),
			Location: row.Location}
		d.ID, _ = client.ParseLocation(row.Location)
		d.Errors, d.Warnings = cli.FieldsOf(row.Findings)
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
		fmt.Fprintln(s.Out, "this message was sent before; nothing was taken twice")
	}
	fmt.Fprintf(s.Out, "message %s %d: %s\n", cli.Printable(m.Reference), m.Number, cli.Printable(m.Status))
	t := cli.NewTable(s.Out, "DOCUMENT", "NUMBER", "ANSWER", "ORDER", "STATUS", "TO")
	for _, d := range m.Documents {
		t.Row(strconv.Itoa(d.Document), cli.OrDash(d.Number), d.Answer, cli.OrDash(shortID(d.ID, idShort)),
			cli.OrDash(d.Status), cli.OrDash(d.Seller))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the acknowledgement: %w", err)
	}
	for _, words := range m.Messages {
		fmt.Fprintln(s.Err, cli.Printable(words))
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
	fmt.Fprintf(s.Err, "document %d %s:\n", d.Document, cli.Printable(d.Number))
	for _, f := range d.Errors {
		fmt.Fprintf(s.Err, "  %s%s\n", cli.FieldPlace(f), cli.Printable(f.Message))
	}
	for _, f := range d.Warnings {
		fmt.Fprintf(s.Err, "  warning: %s%s\n", cli.FieldPlace(f), cli.Printable(f.Message))
	}
	if d.Reason != nil {
		fmt.Fprintf(s.Err, "  FAILED: %s\n", cli.Printable(d.Reason.Detail))
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
		return cli.WithExit(cli.ExitRefused, cli.ErrSilent)
	case refused > 0:
		return cli.WithExit(cli.ExitPartial, cli.ErrSilent)
	case failed > 0:
		return cli.WithExit(cli.ExitFailure, cli.ErrSilent)
	}
	return nil
}
