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
	var name string
	var history, asJSON bool
	c := &cobra.Command{
		Use:   "order ID",
		Short: "Show one order, or what happened to it",
		Long:  "Show one order. ID is the order's id or its beginning, as long as it means one order.",
		Example: `  bookgate order 4db9
  bookgate order 4db9 --history`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			conn, id, err := connectTo(c.Context(), a, name, args[0])
			if err != nil {
				return err
			}
			if history {
				return showHistory(c.Context(), a, conn, id, asJSON)
			}
			return showOrder(c.Context(), a, conn, id, asJSON)
		},
	}
	profileFlag(c, a, &name)
	c.Flags().BoolVar(&history, "history", false, "show what happened, oldest first")
	jsonFlag(c, &asJSON)
	return c
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
		doc.Status, shortTime(doc.Created, now))
	fmt.Fprintf(&b, "%s\n", doc.ID)
	writeReason(&b, doc.Reason)
	writeShipTo(&b, doc.Header.ShipTo)
	if err := writeLines(&b, doc.Embedded.Lines); err != nil {
		return err
	}
	_, err = b.WriteTo(a.out)
	return err
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
	if l.Comment != "" {
		words = append(words, strconv.Quote(l.Comment))
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

func showHistory(ctx context.Context, a app, c *client.Client, id order.ID, asJSON bool) error {
	events, err := c.History(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.out, notNil(events))
	}
	t := newTable(a.out, "TIME", "WHAT", "CHANGE", "WHO", "TEXT")
	for _, e := range events {
		t.row(e.At.Local().Format("2006-01-02 15:04:05"), eventWords(e), changeWords(e.From, e.To), actorWords(e), e.Text)
	}
	return t.flush()
}

func eventWords(e hal.Event) string {
	if e.Line > 0 {
		return fmt.Sprintf("%s line %d", e.Kind, e.Line)
	}
	return string(e.Kind)
}

// changeWords writes a change of status.
func changeWords(from, to string) string {
	if from == "" || from == to {
		return to
	}
	return from + " → " + to
}

func actorWords(e hal.Event) string {
	if e.Party == "" {
		return "by " + e.Actor
	}
	return fmt.Sprintf("by %s (%s), %s", e.Actor, e.Party, e.Via)
}
