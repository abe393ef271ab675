package client

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// newFeed reads every change.
func newFeed(a cli.App) *cobra.Command {
	var f feedFlags
	c := &cobra.Command{
		Use:   "feed",
		Short: "Read the numbered changes of my orders",
		Long: `Read every change of the orders that I sent or received, oldest first. The changes are
numbered from 1 without gaps, so a reader that has all numbers up to the head has
everything.

It starts behind --after, by default behind the last acknowledged number
(bookgate feed ack N).`,
		Example: `  bookgate feed
  bookgate feed --after 0 --limit 1000 --json   # from the very beginning
  bookgate feed --wait 30s                      # wait for the next change
  bookgate feed --follow                        # print what happens, until interrupted`,
		Args: cli.ExactArgs(0),
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
	c.Flags().Int64Var(&f.after, "after", 0, "start behind this number (default: the last one acknowledged)")
	epochFlag(c, &f.epoch)
	c.Flags().DurationVar(&f.wait, "wait", 0, "how long to wait for a change when there is none")
	c.Flags().IntVar(&f.limit, "limit", usualFeed, "the maximum number of changes, 1 to "+strconv.Itoa(order.MaxPage))
	c.Flags().BoolVar(&f.follow, "follow", false, "print every change until interrupted")
	cli.JSONFlag(c, &f.asJSON)
	c.AddCommand(newFeedAck(a))
	return c
}

// epochFlag adds the epoch of a change number.
func epochFlag(c *cobra.Command, epoch *string) {
	c.Flags().StringVar(epoch, "epoch", "", "the epoch of the number, as --json shows it (default: the current one)")
}

// usualFeed is what a person reads at once, and more than fits a screen.
const usualFeed = 100

// feedFlags are the flags of feed.
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
		return cli.Usagef("--after %d is not a change number; they begin at 1, and 0 is before the first", f.after)
	case f.limit < 1 || f.limit > order.MaxPage:
		return cli.Usagef("--limit %d is not between 1 and %d", f.limit, order.MaxPage)
	case f.wait < 0 || f.wait > mostInterval:
		return cli.Usagef("--wait %s is not between 0s and %s\n  To go on reading: bookgate feed --follow", f.wait,
			mostInterval)
	case f.follow && f.wait > 0:
		return cli.Usagef("--follow waits by itself, so it takes no --wait")
	}
	return nil
}

// feedReader is one call of the command.
type feedReader struct {
	cli.App
	feedFlags
	client *client.Client
}

func openFeed(ctx context.Context, a cli.App, f feedFlags) (*feedReader, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	c, _, err := connect(a, f.profile)
	if err != nil {
		return nil, err
	}
	r := &feedReader{App: a, feedFlags: f, client: c}
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
		return cli.PrintJSON(r.Out, feed)
	}
	if len(feed.Changes) == 0 {
		fmt.Fprintf(r.Err, "nothing new behind %d\n", r.after)
		return nil
	}
	t := cli.NewTable(r.Out, "NUMBER", "TIME", "WHAT", "CHANGE", "AS", "ORDER", "NUMBER OF ORDER")
	for _, c := range feed.Changes {
		t.Row(strconv.FormatInt(c.Number, 10), c.Time.Local().Format(time.DateTime),
			eventWords(c.Kind, c.Line), changeWords(c.From, c.To), c.Side, shortID(c.OrderID, idShort), c.OrderNumber)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print the feed: %w", err)
	}
	r.sayRest(feed)
	return nil
}

// sayRest prints the end of the page and the next command.
func (r *feedReader) sayRest(feed hal.Feed) {
	last := feed.Changes[len(feed.Changes)-1].Number
	fmt.Fprintf(r.Err, "read up to %d of %d, acknowledged up to %d\n", last, feed.Head, feed.Acknowledged)
	if last < feed.Head {
		fmt.Fprintf(r.Err, "go on:     bookgate feed --after %d\n", last)
	}
	if last > feed.Acknowledged {
		fmt.Fprintf(r.Err, "done with: bookgate feed ack %d\n", last)
	}
}

// newFeedAck says how far the feed was read.
func newFeedAck(a cli.App) *cobra.Command {
	var profile, epoch string
	c := &cobra.Command{
		Use:   "ack N",
		Short: "Acknowledge the changes up to number N",
		Long: `Acknowledge that I have read and processed every change up to number N. The senders of
the orders see it in the history: bookgate order ID --history. A number that is not
greater than the last one changes nothing. Name the epoch of the number (from bookgate
feed --json) so that nothing false is acknowledged after the store was restored from a
backup.`,
		Example: `  bookgate feed ack 17
  bookgate feed ack 17 --profile forlag`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || n < 0 {
				return cli.Usagef("%q is not a change number: it is the number of a change in bookgate feed",
					order.Truncate(args[0]))
			}
			conn, _, err := connect(a, profile)
			if err != nil {
				return err
			}
			ack, err := conn.Acknowledge(c.Context(), n, epoch)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.Out, "acknowledged up to %d of %d\n", ack.Acknowledged, ack.Head)
			return err
		},
	}
	profileFlag(c, a, &profile)
	epochFlag(c, &epoch)
	return c
}

const (
	// followWait is how long one call of --follow waits: long, for nothing is
	// done in between.
	followWait = 5 * time.Minute

	// followRest is the pause before a server that is away is asked again.
	followRest = 2 * time.Second
)

// watch prints every change until ctx ends, which is the normal end. A server
// that cannot be reached is waited for.
func (r *feedReader) watch(ctx context.Context) error {
	down := outage{w: r.Err, server: r.client.Base(), every: followRest}
	for ctx.Err() == nil {
		feed, err := r.client.Feed(ctx,
			client.FeedQuery{After: r.after, Epoch: r.epoch, Limit: r.limit, Wait: followWait})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !transient(err):
			return err
		case err != nil:
			down.report(err)
			pause(ctx, max(followRest, retryAfter(err)))
			continue
		}
		down.end()
		if err := r.printLines(feed.Changes); err != nil {
			return err
		}
		r.epoch = feed.Epoch
	}
	return nil
}

// printLines prints changes as they come and moves on behind each.
func (r *feedReader) printLines(changes []hal.Change) error {
	for _, c := range changes {
		if err := r.printLine(c); err != nil {
			return fmt.Errorf("print change %d: %w", c.Number, err)
		}
		r.after = c.Number
	}
	return nil
}

func (r *feedReader) printLine(c hal.Change) error {
	if r.asJSON {
		return cli.PrintJSONLine(r.Out, c)
	}
	text := eventWords(c.Kind, c.Line)
	if c.OrderID != "" { // nothing else is known of an order that is seen no longer
		text = fmt.Sprintf("%s  %s: %s", shortID(c.OrderID, idShort), cli.Printable(c.OrderNumber), text)
	}
	if to := changeWords(c.From, c.To); to != "" {
		text += ", " + to
	}
	_, err := fmt.Fprintf(r.Out, "%s  %d  %s\n", c.Time.Local().Format("15:04:05"), c.Number, text)
	return err
}
