package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// showHistory prints all that happened to an order, oldest first.
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
		t.row(e.At.Local().Format("2006-01-02 15:04:05"), eventWords(e), changeWords(e.From, e.To), actorWords(e), historyText(e))
	}
	return t.flush()
}

// historyText is what is said of an event beside its change. The sender reads
// there that its document had oddities, and that the receiver has read the event.
func historyText(e hal.Event) string {
	var words []string
	if e.Text != "" {
		words = append(words, e.Text)
	}
	if n := len(e.Findings); n > 0 {
		words = append(words, counted(n, "warning", "warnings")+" about the document")
	}
	if !e.Fetched.IsZero() {
		words = append(words, "fetched by the receiver at "+e.Fetched.Local().Format("2006-01-02 15:04:05"))
	}
	return strings.Join(words, "; ")
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
	switch {
	case e.Party == "":
		return "by " + e.Actor
	case e.Actor == "": // the name was erased
		return fmt.Sprintf("by %s, %s", e.Party, e.Via)
	}
	return fmt.Sprintf("by %s (%s), %s", e.Actor, e.Party, e.Via)
}
