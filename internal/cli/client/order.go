package client

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
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newOrder shows one order.
func newOrder(a cli.App) *cobra.Command {
	var f orderFlags
	c := &cobra.Command{
		Use:   "order ID",
		Short: "Show an order, its history, or its answers",
		Long: `Show an order. ID is the order's id or an unambiguous beginning of it.

The sender also sees the findings in the document.

With --history the sender also sees when the receiver acknowledged each event
(bookgate feed ack).

--response and --status-report print the receiver's answers as EDItX documents.`,
		Example: `  bookgate order 4db9
  bookgate order 4db9 --history
  bookgate order 4db9 --response -o response.xml`,
		Args: cli.ExactArgs(1),
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
	c.Flags().BoolVar(&f.history, "history", false, "show the history, oldest first")
	c.Flags().BoolVar(&f.response, "response", false, "print the answers as an EDItX OrderResponse")
	c.Flags().BoolVar(&f.report, "status-report", false, "print the status of every line as an EDItX OrderStatusReport")
	c.Flags().StringVarP(&f.output, "output", "o", "", "output file of the EDItX document, which is overwritten")
	cli.JSONFlag(c, &f.asJSON)
	return c
}

// orderFlags are the flags of order.
type orderFlags struct {
	profile, output                   string
	history, response, report, asJSON bool
}

func (f orderFlags) check() error {
	document := f.response || f.report
	switch {
	case f.response && f.report || document && f.history:
		return cli.Usagef("--history, --response and --status-report exclude each other")
	case document && f.asJSON:
		return cli.Usagef("--response and --status-report print EDItX, so they take no --json")
	case !document && f.output != "":
		return cli.Usagef("-o goes with --response or --status-report\n" +
			"  The order itself as EDItX: bookgate editx get ID -o FILE")
	}
	return nil
}

func (f orderFlags) show(ctx context.Context, a cli.App, c *client.Client, id order.ID) error {
	switch {
	case f.history:
		return showHistory(ctx, a, c, id, f.asJSON)
	case f.response:
		return f.writeDocument(ctx, a, c.Response, id)
	case f.report:
		return f.writeDocument(ctx, a, c.StatusReport, id)
	}
	return showOrder(ctx, a, c, id, f.asJSON)
}

func (f orderFlags) writeDocument(ctx context.Context, a cli.App,
	fetch func(context.Context, order.ID) ([]byte, error), id order.ID) error {
	body, err := fetch(ctx, id)
	if err != nil {
		return err
	}
	return cli.WriteDocument(a, f.output, body)
}

// connectTo returns the client of a profile, and the order that a person means.
func connectTo(ctx context.Context, a cli.App, profile, name string) (*client.Client, order.ID, error) {
	c, _, err := connect(a, profile)
	if err != nil {
		return nil, "", err
	}
	id, err := c.Find(ctx, name)
	return c, id, err
}

func showOrder(ctx context.Context, a cli.App, c *client.Client, id order.ID, asJSON bool) error {
	doc, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return cli.PrintJSON(a.Out, doc)
	}
	var b bytes.Buffer
	now := time.Now()
	fmt.Fprintf(&b, "Order %s from %s to %s    %s, received %s\n", cli.Printable(doc.Number), doc.Buyer,
		cli.Printable(cli.OrDash(doc.Seller)), doc.Status, cli.ShortTime(doc.Created.Time, now))
	fmt.Fprintf(&b, "%s\n", doc.ID)
	if !doc.Erased.IsZero() {
		fmt.Fprintf(&b, "Erased   the personal data were erased %s\n", cli.ShortTime(doc.Erased.Time, now))
	}
	writeReason(&b, doc.Reason)
	writeShipTo(&b, doc.Header.ShipTo)
	if err := writeLines(&b, doc.Embedded.Lines); err != nil {
		return err
	}
	printFindings(&b, doc.Findings)
	_, err = b.WriteTo(a.Out)
	return err
}

// printFindings prints what was odd about a document that was accepted.
func printFindings(w io.Writer, findings []hal.Finding) {
	for _, f := range findings {
		fmt.Fprintf(w, "%s: %s%s\n", f.Severity,
			cli.FieldPlace(order.Field{Path: f.Path, Line: f.Line, Column: f.Column}), cli.Printable(f.Message))
	}
}

func writeReason(w io.Writer, r *order.Reason) {
	if r == nil {
		return
	}
	fmt.Fprintf(w, "FAILED   %s\n", cli.Printable(r.Detail))
	if r.Hint != "" {
		fmt.Fprintf(w, "         %s\n", cli.Printable(r.Hint))
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
	fmt.Fprintf(w, "Ship to  %s\n", cli.Printable(strings.Join(parts, ", ")))
}

func writeLines(w io.Writer, lines []hal.Line) error {
	answered := slices.ContainsFunc(lines, func(l hal.Line) bool { return answerWords(l) != "" })
	columns := []string{"LINE", "EAN", "QTY", "STATUS", "ANSWER"}
	if !answered {
		columns = columns[:4]
	}
	t := cli.NewTable(w, columns...)
	for _, l := range lines {
		cells := []string{strconv.Itoa(l.Number), l.EAN, strconv.FormatInt(l.Quantity, 10), l.Status, answerWords(l)}
		t.Row(cells[:len(columns)]...)
	}
	return t.Flush()
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

// showHistory prints all that happened to an order, oldest first.
func showHistory(ctx context.Context, a cli.App, c *client.Client, id order.ID, asJSON bool) error {
	events, err := c.History(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return cli.PrintJSON(a.Out, cli.NotNil(events))
	}
	t := cli.NewTable(a.Out, "TIME", "WHAT", "CHANGE", "WHO", "TEXT")
	for _, e := range events {
		t.Row(e.At.Local().Format(time.DateTime), eventWords(e.Kind, e.Line), changeWords(e.From, e.To),
			actorWords(e), historyText(e))
	}
	return t.Flush()
}

// historyText is what is said of an event beside its change. The sender reads
// there that its document had oddities, and that the receiver has read the event.
func historyText(e hal.Event) string {
	var words []string
	if e.Text != "" {
		words = append(words, e.Text)
	}
	if n := len(e.Findings); n > 0 {
		words = append(words, cli.Counted(n, "warning", "warnings")+" about the document")
	}
	if !e.Fetched.IsZero() {
		words = append(words, "fetched by the receiver at "+e.Fetched.Local().Format(time.DateTime))
	}
	return strings.Join(words, "; ")
}

// eventWords says what happened, and to which line if it was one.
func eventWords(kind order.EventKind, line int) string {
	if line > 0 {
		return fmt.Sprintf("%s line %d", kind, line)
	}
	return string(kind)
}

// changeWords writes a change of status.
func changeWords(from, to string) string {
	if from == "" || from == to {
		return to
	}
	return from + " → " + to
}

func actorWords(e hal.Event) string {
	switch {
	case e.Party == "":
		return "by " + e.Actor
	case e.Actor == "": // the name was erased
		return fmt.Sprintf("by %s, %s", e.Party, e.Via)
	}
	return fmt.Sprintf("by %s (%s), %s", e.Actor, e.Party, e.Via)
}
