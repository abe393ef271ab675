package main

import (
	"context"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
)

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
	away := false
	for ctx.Err() == nil {
		feed, err := r.client.Feed(ctx, client.FeedQuery{After: r.after, Epoch: r.epoch, Limit: r.limit, Wait: followWait})
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !transient(err):
			return err
		case err != nil:
			r.sayAway(away, err)
			away = true
			pause(ctx, max(followRest, retryAfter(err)))
			continue
		case away:
			fmt.Fprintf(r.err, "%s is back\n", r.client.Base())
			away = false
		}
		if err := r.printLines(feed.Changes); err != nil {
			return err
		}
		r.epoch = feed.Epoch
	}
	return nil
}

// sayAway tells once that the server is away.
func (r *feedReader) sayAway(already bool, err error) {
	if !already {
		printError(r.err, err)
		fmt.Fprintf(r.err, "  going on every %s\n", followRest)
	}
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
		return printJSONLine(r.out, c)
	}
	text := whatWords(c)
	if c.OrderID != "" {
		text = fmt.Sprintf("%s  %s: %s", shortID(c.OrderID, idShort), printable(c.OrderNumber), text)
	}
	if to := changeWords(c.From, c.To); to != "" {
		text += ", " + to
	}
	_, err := fmt.Fprintf(r.out, "%s  %d  %s\n", c.Time.Local().Format("15:04:05"), c.Number, text)
	return err
}
