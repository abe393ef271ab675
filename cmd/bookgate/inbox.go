package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// inboxFlags are what inbox was told.
type inboxFlags struct {
	profile, save, from string
	watch, all, asJSON  bool
	interval            time.Duration
}

// The bounds of --interval: a poll that finds nothing is cheap for the server,
// but not free, and after an hour nobody watches.
const (
	usualInterval = 15 * time.Second
	leastInterval = time.Second
	mostInterval  = time.Hour
)

// newInbox lists what a party receives.
func newInbox(a app) *cobra.Command {
	var f inboxFlags
	c := &cobra.Command{
		Use:   "inbox",
		Short: "List the orders sent to me that are new since the last call",
		Long: `List the orders sent to me that are new or changed since the last call.

The place in the list is kept on this machine, once for looking (inbox) and once
for fetching (inbox --save), and moves on only after everything has been printed
or saved: what a crash interrupts comes again. --all and --since look back and
leave the place where it is.`,
		Example: `  bookgate inbox
  bookgate inbox --save ./in                    # fetch the new ones as EDItX
  bookgate inbox --watch --save ./in            # and go on doing so`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := openInbox(a, f)
			if err != nil {
				return err
			}
			if f.watch {
				return b.watch(c.Context())
			}
			return b.once(c.Context())
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.save, "save", "", "write each order as EDItX into this folder")
	c.Flags().StringVar(&f.from, "since", "", "list what changed since a day or time: monday, 2026-11-21, 3d, 2h")
	c.Flags().BoolVar(&f.all, "all", false, "list from the very beginning")
	c.Flags().BoolVar(&f.watch, "watch", false, "go on and print every change, until interrupted")
	c.Flags().DurationVar(&f.interval, "interval", usualInterval, "how often --watch looks")
	jsonFlag(c, &f.asJSON)
	return c
}

// inbox is one call of the command.
type inbox struct {
	app
	inboxFlags
	client *client.Client
	query  client.Query
	place  place
	moves  bool // whether this call moves the place on
}

func openInbox(a app, f inboxFlags) (*inbox, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, p, err := connect(a, f.profile)
	if err != nil {
		return nil, err
	}
	b := &inbox{app: a, inboxFlags: f, client: c, query: client.Query{Mode: order.SentToMe}, moves: !f.all && f.from == ""}
	if f.from != "" {
		b.query.Since, err = parseSince(f.from, time.Now())
		return b, err
	}
	if f.all {
		return b, nil
	}
	purpose := "listed"
	if f.save != "" {
		purpose = "saved"
	}
	b.place, err = loadPlace(a, p, order.SentToMe, purpose)
	b.query.Cursor = b.place.Cursor
	return b, err
}

func (f inboxFlags) check() error {
	switch {
	case f.all && f.from != "":
		return usagef("--all and --since exclude each other")
	case f.watch && (f.all || f.from != ""):
		return usagef("--watch goes on from the last call, so it takes neither --all nor --since")
	case f.interval < leastInterval || f.interval > mostInterval:
		return usagef("--interval %s is not between %s and %s", f.interval, leastInterval, mostInterval)
	}
	return nil
}

// once prints or saves what there is. With --save every page is done, and the
// place moved, before the next is fetched.
func (b *inbox) once(ctx context.Context) error {
	if b.save != "" && !b.asJSON {
		return b.saveAll(ctx)
	}
	var entries []hal.Entry
	cursor := b.query.Cursor
	err := b.client.Each(ctx, b.query, func(l hal.List) error {
		entries, cursor = append(entries, l.Embedded.Orders...), l.Cursor
		return nil
	})
	if err != nil {
		return b.explain(err)
	}
	if err := b.print(ctx, newest(entries)); err != nil {
		return err
	}
	return b.advance(cursor)
}

// saveAll saves page by page.
func (b *inbox) saveAll(ctx context.Context) error {
	n, since := 0, b.since()
	err := b.client.Each(ctx, b.query, func(l hal.List) error {
		n += len(l.Embedded.Orders)
		return b.page(ctx, l)
	})
	if err == nil && n == 0 {
		fmt.Fprintf(b.err, "nothing new%s\n", since)
	}
	return b.explain(err)
}

// since names the last call, if there was one.
func (b *inbox) since() string {
	if b.place.Cursor == "" {
		return ""
	}
	return " since " + shortTime(b.place.At, time.Now())
}

// advance moves the place on, once everything before it has been done.
func (b *inbox) advance(cursor string) error {
	if !b.moves {
		return nil
	}
	return b.place.advance(cursor, time.Now())
}

// explain adds to a refused cursor what to do about it.
func (b *inbox) explain(err error) error {
	if order.CodeOf(err) != "cursor-invalid" || b.place.path == "" {
		return err
	}
	return order.Errorf(order.Conflict, "cursor-invalid", "%s does not know where the last call ended; perhaps its store was replaced.", b.client.Base()).
		WithHint("To list everything anew, remove %s", b.place.path)
}

// print shows a whole answer.
func (b *inbox) print(ctx context.Context, entries []hal.Entry) error {
	if b.asJSON {
		rows := make([]listed, len(entries))
		for i, e := range entries {
			var err error
			if rows[i], err = b.row(ctx, e); err != nil {
				return err
			}
		}
		return printJSON(b.out, rows)
	}
	return b.printTable(entries)
}

func (b *inbox) printTable(entries []hal.Entry) error {
	now, since := time.Now(), b.since()
	if len(entries) == 0 {
		fmt.Fprintf(b.err, "nothing new%s\n", since)
		return nil
	}
	fmt.Fprintf(b.err, "%d new or changed%s\n", len(entries), since)
	length := idLength(entries)
	t := newTable(b.out, "ORDER", "FROM", "THEIR NUMBER", "STATUS", "RECEIVED")
	for _, e := range entries {
		t.row(shortID(e.ID, length), string(e.Buyer), e.Number, e.Status, shortTime(e.Created.Time, now))
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("print the list: %w", err)
	}
	fmt.Fprintf(b.err, "show one:  bookgate order %s        fetch all as EDItX:  bookgate inbox --save ./in\n", entries[0].ID[:length])
	return nil
}
