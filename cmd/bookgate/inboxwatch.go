package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/order"
)

// watch prints every change until ctx ends, which is the normal end. A server
// that cannot be reached is waited for.
func (b *inbox) watch(ctx context.Context) error {
	away := false
	for ctx.Err() == nil {
		list, err := b.client.List(ctx, b.query)
		if err == nil {
			err = b.page(ctx, list)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			b.query.Cursor = list.Cursor
			away = b.sayBack(away)
		case !transient(err):
			return b.explain(err)
		default:
			away = b.sayAway(away, err)
		}
		if err != nil || list.Links.Next == nil {
			pause(ctx, max(b.interval, retryAfter(err)))
		}
	}
	return nil
}

// sayAway tells once that the server is away.
func (b *inbox) sayAway(away bool, err error) bool {
	if !away {
		printError(b.err, err)
		fmt.Fprintf(b.err, "  going on every %s\n", b.interval)
	}
	return true
}

func (b *inbox) sayBack(away bool) bool {
	if away {
		fmt.Fprintf(b.err, "%s is back\n", b.client.Base())
	}
	return false
}

// transient reports whether waiting can help.
func transient(err error) bool {
	kind := order.KindOf(err)
	return kind == order.Unavailable || kind == order.TooMany
}

// retryAfter is how long the server asks to be left alone, at most as long as
// a watch may sleep.
func retryAfter(err error) time.Duration {
	var e *order.Error
	if errors.As(err, &e) {
		return min(e.RetryAfter, mostInterval)
	}
	return 0
}

// pause sleeps until d has passed or ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
