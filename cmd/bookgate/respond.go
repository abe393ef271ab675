package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newRespond answers many lines with a document.
func newRespond(a app) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use:   "respond ID FILE",
		Short: "Answer an order that I received with an EDItX OrderResponse",
		Long: `Answer an order that I received with an EDItX OrderResponse: all of its lines are
taken, or none. Lines of the order that the document leaves out stay as they
are, and are named at the end. A FILE of - is standard input.`,
		Example: `  bookgate respond c2b9 response.xml
  make-response | bookgate respond c2b9 -`,
		Args: exactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			body, err := readDocument(a, args[1])
			if err != nil {
				return err
			}
			conn, id, err := connectTo(c.Context(), a, name, args[0])
			if err != nil {
				return err
			}
			return respond(c.Context(), a, conn, id, body)
		},
	}
	profileFlag(c, a, &name)
	return c
}

// respond sends the answer and says what it changed.
func respond(ctx context.Context, a app, c *client.Client, id order.ID, body []byte) error {
	before, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	missing, findings, err := c.Respond(ctx, id, "", body)
	if err != nil {
		return refusedDocument(err)
	}
	after, _, err := c.Order(ctx, id)
	if err != nil {
		return err
	}
	if n := printMarked(a, before, after); n == 0 {
		fmt.Fprintln(a.out, "nothing changed: the order has these answers already")
	}
	printFindings(a.err, findings)
	for _, line := range missing {
		fmt.Fprintf(a.out, "line %d: not answered yet\n", line)
	}
	return nil
}

// printMarked prints the lines whose answer differs and gives their number.
func printMarked(a app, before, after hal.Order) (n int) {
	was := map[int]hal.Line{}
	for _, l := range before.Embedded.Lines {
		was[l.Number] = l
	}
	for _, l := range after.Embedded.Lines {
		if old, ok := was[l.Number]; ok && !old.Changed.Equal(l.Changed.Time) {
			fmt.Fprintln(a.out, markedWords(l.Number, old.Status, l.Status, answerWords(l)))
			n++
		}
	}
	return n
}
