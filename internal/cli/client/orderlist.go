package client

import (
	"context"
	"fmt"
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

// newOutbox lists what a party sent.
func newOutbox(a cli.App) *cobra.Command {
	var name, since string
	var asJSON bool
	c := &cobra.Command{
		Use:   "outbox",
		Short: "List the orders that I sent, with their status",
		Example: `  bookgate outbox
  bookgate outbox --since monday --json`,
		Args: cli.ExactArgs(0),
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
	c.Flags().StringVar(&since, "since", "", "list changes since a day or time: monday, 2026-11-21, 3d, 2h")
	cli.JSONFlag(c, &asJSON)
	return c
}

func outbox(ctx context.Context, a cli.App, c *client.Client, q client.Query, asJSON bool) error {
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
		return cli.PrintJSON(a.Out, rows)
	}
	if len(rows) == 0 {
		fmt.Fprintln(a.Err, "nothing sent")
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

func printOutbox(a cli.App, rows []listed, length int) error {
	now := time.Now()
	columns := []string{"ORDER", "TO", "NUMBER", "STATUS", "LAST CHANGE", "REASON"}
	if !slices.ContainsFunc(rows, func(r listed) bool { return r.Reason != nil }) {
		columns = columns[:5]
	}
	t := cli.NewTable(a.Out, columns...)
	for _, r := range rows {
		cells := []string{shortID(r.ID, length), r.To, r.Number, r.Status, cli.ShortTime(r.Updated.Time, now), ""}
		if r.Reason != nil {
			cells[5] = r.Reason.Detail
		}
		t.Row(cells[:len(columns)]...)
	}
	return t.Flush()
}

// listed is an order of a list in JSON.
type listed struct {
	ID      order.ID      `json:"id"`
	Number  string        `json:"number"`
	From    order.PartyID `json:"from"`
	To      string        `json:"to"`
	Status  string        `json:"status"`
	Created hal.Time      `json:"createdAt"`
	Updated hal.Time      `json:"updatedAt"`
	Reason  *order.Reason `json:"reason,omitempty"`
	File    *savedFile    `json:"file,omitempty"`
}

func newListed(e hal.Entry) listed {
	return listed{ID: e.ID, Number: e.Number, From: e.Buyer, To: e.Seller, Status: e.Status, Created: e.Created,
		Updated: e.Updated}
}

// newest keeps of every order its last entry: one that changes while a list is
// read stands there twice.
func newest(entries []hal.Entry) []hal.Entry {
	last := map[order.ID]int{}
	for i, e := range entries {
		last[e.ID] = i
	}
	latest := entries[:0]
	for i, e := range entries {
		if last[e.ID] == i {
			latest = append(latest, e)
		}
	}
	return latest
}

// The lengths at which an id is cut for people, group by group. Ids made in the
// same minute share the first group, so it would name too many orders.
const (
	idShort  = 13
	idLonger = 18
)

// idLength is the shortest cut at which all entries differ.
func idLength(entries []hal.Entry) int {
	for _, n := range []int{idShort, idLonger} {
		seen := map[string]bool{}
		for _, e := range entries {
			seen[shortID(e.ID, n)] = true
		}
		if len(seen) == len(entries) {
			return n
		}
	}
	return len(entries[0].ID)
}

// shortID shows the beginning of an id.
func shortID(id order.ID, length int) string {
	if len(id) <= length {
		return string(id)
	}
	return string(id[:length]) + "…"
}

// parseSince reads a day or time as people write it; it is in the zone of now.
func parseSince(s string, now time.Time) (time.Time, error) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	days := map[string]int{"today": 0, "yesterday": 1}
	for back := range 7 {
		days[strings.ToLower(midnight.AddDate(0, 0, -back).Weekday().String())] = back
	}
	if back, ok := days[strings.ToLower(s)]; ok {
		return midnight.AddDate(0, 0, -back), nil
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if back, err := strconv.Atoi(n); err == nil && back >= 0 {
			return midnight.AddDate(0, 0, -back), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime,
		time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, cli.Usagef("--since %q is not a valid day or time\n"+
		"  Write 2026-11-21, \"2026-11-21 08:00\", monday, yesterday, 3d or 2h", order.Truncate(s))
}
