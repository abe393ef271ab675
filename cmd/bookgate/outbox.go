package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newOutbox lists what a party sent.
func newOutbox(a app) *cobra.Command {
	var name, since string
	var asJSON bool
	c := &cobra.Command{
		Use:   "outbox",
		Short: "List the orders that I sent, with their status",
		Example: `  bookgate outbox
  bookgate outbox --since monday --json`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			q := client.Query{Mode: order.SentByMe}
			if since != "" {
				var err error
				if q.Since, err = parseSince(since, time.Now()); err != nil {
					return err
				}
			}
			conn, _, err := connect(a, name)
			if err != nil {
				return err
			}
			return outbox(c.Context(), a, conn, q, asJSON)
		},
	}
	profileFlag(c, a, &name)
	c.Flags().StringVar(&since, "since", "", "list what changed since a day or time: monday, 2026-11-21, 3d, 2h")
	jsonFlag(c, &asJSON)
	return c
}

func outbox(ctx context.Context, a app, c *client.Client, q client.Query, asJSON bool) error {
	var entries []hal.Entry
	err := c.Each(ctx, q, func(l hal.List) error {
		entries = append(entries, l.Embedded.Orders...)
		return nil
	})
	if err != nil {
		return err
	}
	entries = newest(entries)
	rows, err := withReasons(ctx, c, entries)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.out, rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(a.err, "nothing sent")
		return nil
	}
	return printOutbox(a, rows, idLength(entries))
}

// withReasons asks for the reason of every order that failed; the list does
// not carry it.
func withReasons(ctx context.Context, c *client.Client, entries []hal.Entry) ([]listed, error) {
	rows := make([]listed, len(entries))
	for i, e := range entries {
		rows[i] = newListed(e)
		if e.Status != string(order.Failed) {
			continue
		}
		doc, _, err := c.Order(ctx, e.ID)
		if err != nil {
			return nil, fmt.Errorf("reason of order %s: %w", e.ID, err)
		}
		rows[i].Reason = doc.Reason
	}
	return rows, nil
}

func printOutbox(a app, rows []listed, length int) error {
	now := time.Now()
	columns := []string{"ORDER", "TO", "NUMBER", "STATUS", "LAST CHANGE", "REASON"}
	if !slices.ContainsFunc(rows, func(r listed) bool { return r.Reason != nil }) {
		columns = columns[:5]
	}
	t := newTable(a.out, columns...)
	for _, r := range rows {
		cells := []string{shortID(r.ID, length), r.To, r.Number, r.Status, shortTime(r.Updated.Time, now), ""}
		if r.Reason != nil {
			cells[5] = r.Reason.Detail
		}
		t.row(cells[:len(columns)]...)
	}
	return t.flush()
}
