package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newFeed reads every change.
func newFeed(a app) *cobra.Command {
	var f feedFlags
	c := &cobra.Command{
		Use:   "feed",
		Short: "Read every change that I could see, by its number",
		Long: `Read every change of the orders that I sent or received, oldest first. Each has a
number of its own; the numbers begin at 1 and have no holes, so whoever has all of
them up to the head has everything.

It begins behind --after, and when that is left out behind the last number that
was acknowledged (bookgate feed ack N).`,
		Example: `  bookgate feed
  bookgate feed --after 0 --limit 1000 --json   # from the very beginning
  bookgate feed --wait 30s                      # wait for the next change
  bookgate feed --follow                        # print what happens, until interrupted`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			f.begins = c.Flags().Changed("after")
			r, err := openFeed(c.Context(), a, f)
			if err != nil {
				return err
			}
			if f.follow {
				return r.watch(c.Context())
			}
			return r.once(c.Context())
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().Int64Var(&f.after, "after", 0, "begin behind this number (default: the last one acknowledged)")
	epochFlag(c, &f.epoch)
	c.Flags().DurationVar(&f.wait, "wait", 0, "when there is nothing, wait so long for the next change")
	c.Flags().IntVar(&f.limit, "limit", usualFeed, "the greatest number of changes, 1 to "+strconv.Itoa(order.MaxPage))
	c.Flags().BoolVar(&f.follow, "follow", false, "go on and print every change, until interrupted")
	jsonFlag(c, &f.asJSON)
	c.AddCommand(newFeedAck(a))
	return c
}

// epochFlag adds the epoch of a change number.
func epochFlag(c *cobra.Command, epoch *string) {
	c.Flags().StringVar(epoch, "epoch", "", "the epoch of the number, as --json shows it (default: the present one)")
}

// usualFeed is what a person reads at once, and more than fits a screen.
const usualFeed = 100

// feedFlags are what feed was told.
type feedFlags struct {
	profile        string
	after          int64
	epoch          string // that after is of, "" for the one that the server is in
	begins         bool   // whether after was given
	wait           time.Duration
	limit          int
	follow, asJSON bool
}

func (f feedFlags) check() error {
	switch {
	case f.after < 0:
		return usagef("--after %d is no change number; they begin at 1, and 0 is before the first", f.after)
	case f.limit < 1 || f.limit > order.MaxPage:
		return usagef("--limit %d is not between 1 and %d", f.limit, order.MaxPage)
	case f.wait < 0 || f.wait > mostInterval:
		return usagef("--wait %s is not between 0s and %s\n  To go on reading: bookgate feed --follow", f.wait, mostInterval)
	case f.follow && f.wait > 0:
		return usagef("--follow waits by itself, so it takes no --wait")
	}
	return nil
}

// feedReader is one call of the command.
type feedReader struct {
	app
	feedFlags
	client *client.Client
}

func openFeed(ctx context.Context, a app, f feedFlags) (*feedReader, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, _, err := connect(a, f.profile)
	if err != nil {
		return nil, err
	}
	r := &feedReader{app: a, feedFlags: f, client: c}
	if !f.begins {
		page, err := c.Feed(ctx, client.FeedQuery{Limit: 1})
		if err != nil {
			return nil, err
		}
		r.after, r.epoch = page.Acknowledged, page.Epoch
	}
	return r, nil
}

// once prints one page.
func (r *feedReader) once(ctx context.Context) error {
	feed, err := r.client.Feed(ctx, client.FeedQuery{After: r.after, Epoch: r.epoch, Limit: r.limit, Wait: r.wait})
	if err != nil {
		return err
	}
	if r.asJSON {
		return printJSON(r.out, feed)
	}
	if len(feed.Changes) == 0 {
		fmt.Fprintf(r.err, "nothing new behind %d\n", r.after)
		return nil
	}
	t := newTable(r.out, "NUMBER", "TIME", "WHAT", "CHANGE", "AS", "ORDER", "NUMBER OF ORDER")
	for _, c := range feed.Changes {
		t.row(strconv.FormatInt(c.Number, 10), c.Time.Local().Format("2006-01-02 15:04:05"), whatWords(c), changeWords(c.From, c.To),
			c.Side, shortID(c.OrderID, idShort), c.OrderNumber)
	}
	if err := t.flush(); err != nil {
		return fmt.Errorf("print the feed: %w", err)
	}
	r.sayRest(feed)
	return nil
}

// sayRest tells where the page ends and what comes next.
func (r *feedReader) sayRest(feed hal.Feed) {
	last := feed.Changes[len(feed.Changes)-1].Number
	fmt.Fprintf(r.err, "read up to %d of %d, acknowledged up to %d\n", last, feed.Head, feed.Acknowledged)
	if last < feed.Head {
		fmt.Fprintf(r.err, "go on:     bookgate feed --after %d\n", last)
	}
	if last > feed.Acknowledged {
		fmt.Fprintf(r.err, "done with: bookgate feed ack %d\n", last)
	}
}

// whatWords says what happened. Of an order that is seen no longer nothing else
// is known.
func whatWords(c hal.Change) string {
	if c.Line > 0 {
		return fmt.Sprintf("%s line %d", c.Kind, c.Line)
	}
	return string(c.Kind)
}
