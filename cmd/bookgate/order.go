package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newOrder shows one order.
func newOrder(a app) *cobra.Command {
	var f orderFlags
	c := &cobra.Command{
		Use:   "order ID",
		Short: "Show one order, what happened to it, or how it was answered",
		Long: `Show one order. ID is the order's id or its beginning, as long as it means one order.

The sender also reads what was odd about the document and how it was read.

--history tells the sender as well when the receiver acknowledged that it has
read of each event (bookgate feed ack).

--response and --status-report give the receiver's answers as EDItX documents,
for a program that reads those.`,
		Example: `  bookgate order 4db9
  bookgate order 4db9 --history
  bookgate order 4db9 --response -o response.xml`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			conn, id, err := connectTo(c.Context(), a, f.profile, args[0])
			if err != nil {
				return err
			}
			return f.show(c.Context(), a, conn, id)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().BoolVar(&f.history, "history", false, "show what happened, oldest first")
	c.Flags().BoolVar(&f.response, "response", false, "print the answers as an EDItX OrderResponse")
	c.Flags().BoolVar(&f.report, "status-report", false, "print what became of every line as an EDItX OrderStatusReport")
	c.Flags().StringVarP(&f.output, "output", "o", "", "write the EDItX document into this file, in place of what is there")
	jsonFlag(c, &f.asJSON)
	return c
}

// orderFlags are what order was told.
type orderFlags struct {
	profile, output                   string
	history, response, report, asJSON bool
}

func (f orderFlags) check() error {
	document := f.response || f.report
	switch {
	case f.response && f.report || document && f.history:
		return usagef("--history, --response and --status-report exclude each other")
	case document && f.asJSON:
		return usagef("--response and --status-report print EDItX, so they take no --json")
	case !document && f.output != "":
		return usagef("-o goes with --response or --status-report\n  The order itself as EDItX: bookgate editx get ID -o FILE")
	}
	return nil
}

func (f orderFlags) show(ctx context.Context, a app, c *client.Client, id order.ID) error {
	switch {
	case f.history:
		return showHistory(ctx, a, c, id, f.asJSON)
	case f.response:
		body, err := c.Response(ctx, id)
		return f.writeDocument(a, body, err)
	case f.report:
		body, err := c.StatusReport(ctx, id)
		return f.writeDocument(a, body, err)
	}
	return showOrder(ctx, a, c, id, f.asJSON)
}

func (f orderFlags) writeDocument(a app, body []byte, err error) error {
	switch {
	case err != nil:
		return err
	case f.output == "" || f.output == "-":
		_, err = a.document.Write(body)
		return err
	}
	return writeWhole(a.path(f.output), body, 0o666)
}

// connectTo gives the client of a profile, and the order that a person means.
func connectTo(ctx context.Context, a app, profile, name string) (*client.Client, order.ID, error) {
	c, _, err := connect(a, profile)
	if err != nil {
		return nil, "", err
	}
	id, err := c.Find(ctx, name)
	return c, id, err
}

func showOrder(ctx context.Context, a app, c *client.Client, id order.ID, asJSON bool) error {
	doc, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.out, doc)
	}
	var b bytes.Buffer
	now := time.Now()
	fmt.Fprintf(&b, "Order %s from %s to %s    %s, received %s\n", printable(doc.Number), doc.Buyer, printable(orDash(doc.Seller)),
		doc.Status, shortTime(doc.Created.Time, now))
	fmt.Fprintf(&b, "%s\n", doc.ID)
	if !doc.Erased.IsZero() {
		fmt.Fprintf(&b, "Erased   the personal data were taken out %s\n", shortTime(doc.Erased.Time, now))
	}
	writeReason(&b, doc.Reason)
	writeShipTo(&b, doc.Header.ShipTo)
	if err := writeLines(&b, doc.Embedded.Lines); err != nil {
		return err
	}
	printFindings(&b, doc.Findings)
	_, err = b.WriteTo(a.out)
	return err
}

// printFindings prints what was odd about a document that was accepted.
func printFindings(w io.Writer, findings []hal.Finding) {
	for _, f := range findings {
		fmt.Fprintf(w, "%s: %s%s\n", f.Severity, fieldPlace(order.Field{Path: f.Path, Line: f.Line, Column: f.Column}), printable(f.Message))
	}
}

func writeReason(w io.Writer, r *order.Reason) {
	if r == nil {
		return
	}
	fmt.Fprintf(w, "FAILED   %s\n", printable(r.Detail))
	if r.Hint != "" {
		fmt.Fprintf(w, "         %s\n", printable(r.Hint))
	}
}

// writeShipTo puts on one line who gets the goods.
func writeShipTo(w io.Writer, p *order.TradeParty) {
	if p == nil {
		return
	}
	parts := append([]string(nil), p.Names...)
	for _, c := range p.Contacts {
		parts = append(parts, c.Name)
	}
	if p.Address != nil {
		parts = append(parts, p.Address.Lines...)
		parts = append(parts, strings.TrimSpace(p.Address.PostalCode+" "+p.Address.City))
	}
	if len(parts) == 0 {
		parts = []string{p.ID.String()}
	}
	fmt.Fprintf(w, "Ship to  %s\n", printable(strings.Join(parts, ", ")))
}

func writeLines(w io.Writer, lines []hal.Line) error {
	answered := slices.ContainsFunc(lines, func(l hal.Line) bool { return answerWords(l) != "" })
	columns := []string{"LINE", "EAN", "QTY", "STATUS", "ANSWER"}
	if !answered {
		columns = columns[:4]
	}
	t := newTable(w, columns...)
	for _, l := range lines {
		cells := []string{strconv.Itoa(l.Number), l.EAN, strconv.FormatInt(l.Quantity, 10), l.Status, answerWords(l)}
		t.row(cells[:len(columns)]...)
	}
	return t.flush()
}

// answerWords is what the receiver says of a line beside its status.
func answerWords(l hal.Line) string {
	var words []string
	if detail := detailWords(l); detail != "" {
		words = append(words, detail)
	}
	if l.ValidFrom != "" {
		words = append(words, "valid from "+string(l.ValidFrom))
	}
	if l.ValidTo != "" {
		words = append(words, "valid to "+string(l.ValidTo))
	}
	if l.Price != nil {
		words = append(words, fmt.Sprintf("price %s, tax %s %%", l.Price.Amount, l.Price.Tax))
	}
	return strings.Join(words, ", ")
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
