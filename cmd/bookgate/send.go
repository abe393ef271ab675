package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// sendFlags are what send was told.
type sendFlags struct {
	profile        string
	noWait, asJSON bool
}

// patience is how long send waits for an order to be processed. Processing
// takes milliseconds; what lasts longer is not waited for by a person.
const patience = 10 * time.Second

// newSend hands in orders.
func newSend(a app) *cobra.Command {
	var f sendFlags
	c := &cobra.Command{
		Use:   "send FILE…",
		Short: "Send EDItX orders, single or many in a message",
		Long: `Send EDItX orders, and wait until each has been processed. A file of - is
standard input. An order that was sent before, under the same number and with
the same content, is not taken again: sending is safe to repeat. An order that
was accepted and then FAILED ends the command with exit code 1. What was odd
about a document that was accepted is printed as warnings.

A file can also be an EDItXMessage with many orders. Each is accepted or refused
by itself; the exit code is 8 when some were refused, and 6 when all were.`,
		Example: `  bookgate send order.xml
  bookgate send out/*.xml --json
  generate-order | bookgate send -`,
		Args: minArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, _, err := connect(a, f.profile)
			if err != nil {
				return err
			}
			s := sender{app: a, sendFlags: f, client: conn, several: len(args) > 1}
			return s.all(c.Context(), args)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().BoolVar(&f.noWait, "no-wait", false, "do not wait until the order has been processed")
	jsonFlag(c, &f.asJSON)
	return c
}

// sent tells what became of a file.
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
	app
	sendFlags
	client  *client.Client
	several bool
	results []sent
}

// all sends every file. A document that is refused does not hold up the rest;
// a server that is away or does not know us does.
func (s *sender) all(ctx context.Context, files []string) error {
	failed, code := 0, exitOK
	for i, file := range files {
		result, err := s.one(ctx, file)
		if err != nil {
			failed++
			code = exitCode(err)
			if !errors.Is(err, errSilent) { // a message has told it, document by document
				s.tell(file, err)
				result.Error = newSentError(err)
			}
		}
		s.results = append(s.results, result)
		if rest := len(files) - i - 1; rest > 0 && (code == exitUnavailable || code == exitNotAllowed || code == exitInterrupted) {
			fmt.Fprintf(s.err, "%s not sent\n", counted(rest, "further file was", "further files were"))
			failed += rest
			break
		}
	}
	if s.asJSON {
		if err := printJSON(s.out, s.results); err != nil {
			return err
		}
	}
	switch {
	case failed == 0:
		return nil
	case failed < len(files):
		code = exitPartial
	}
	return withExit(code, errSilent)
}

// tell says why a file failed.
func (s *sender) tell(file string, err error) {
	if s.several {
		fmt.Fprintf(s.err, "%s:\n", file)
	}
	printError(s.err, err)
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
	body, err := readDocument(s.app, file)
	if err != nil {
		return result, err
	}
	if editx.IsMessage(body) {
		return s.message(ctx, result, body)
	}
	receipt, err := s.client.Send(ctx, body)
	if err != nil {
		return result, refusedDocument(err)
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
		printFindings(s.err, doc.Findings)
	}
	return result
}

// repeated tells of an order that had been sent before.
func (s *sender) repeated(ctx context.Context, result sent) (sent, error) {
	doc, _, err := s.client.Order(ctx, result.ID)
	if err != nil {
		return result, err
	}
	result = s.found(result, doc)
	result.Status, result.Seller, result.Reason = doc.Status, doc.Seller, doc.Reason
	s.say("already sent %s as %s (same number %s, same content), %s. Nothing done.\n",
		shortTime(doc.Created.Time, time.Now()), shortID(doc.ID, idShort), printable(doc.Number), doc.Status)
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
		s.say("processed in %.1f s: %s to %s (%s)\n", took, doc.Status, printable(doc.Seller), counted(len(doc.Embedded.Lines), "line", "lines"))
	}
	return result, nil
}

// errFailedOrder tells why an order that was accepted went nowhere.
func errFailedOrder(r *order.Reason) error {
	if r == nil {
		r = &order.Reason{Code: "order-failed", Detail: "The order failed, and the server gives no reason."}
	}
	return withExit(exitFailure, &order.Error{Kind: order.Conflict, Code: r.Code, Detail: r.Detail, Hint: r.Hint})
}

// say prints words for people; with --json the array at the end says it all.
func (s *sender) say(format string, args ...any) {
	if !s.asJSON {
		fmt.Fprintf(s.out, format, args...)
	}
}

// readDocument reads a document, or standard input for "-". It stops beyond
// what any order has; the server then says so.
func readDocument(a app, file string) ([]byte, error) {
	in := a.in
	if file != "-" {
		f, err := os.Open(a.path(file))
		if err != nil {
			return nil, missingFile(file, err)
		}
		defer f.Close()
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, editx.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return body, nil
}

// readText reads a file, or standard input for "-", that a person wrote.
func readText(a app, file string) (string, error) {
	written, err := readDocument(a, file)
	if err != nil {
		return "", err
	}
	text, err := plainText(written)
	if err != nil {
		return "", usagef("%s cannot be read: %w", order.Cut(file), err)
	}
	return text, nil
}

// refusedDocument gives the refusal of a document its exit code: what cannot
// be accepted in it is no wrong usage of the command.
func refusedDocument(err error) error {
	switch order.KindOf(err) {
	case order.Malformed, order.Invalid, order.TooLarge, order.Unsupported:
		return withExit(exitRefused, err)
	}
	return err
}
