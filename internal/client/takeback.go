package client

import (
	"context"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// takeBackRounds bounds how often copies are taken back anew because somebody
// else changed the order in between.
const takeBackRounds = 3

// takeBack takes copies back and gives the lines that were added for it, as
// ours finds them among all that are new. The request is bound to the revision
// that is read first: so a lost answer and another try never take copies back
// twice.
func (c *Client) takeBack(ctx context.Context, id order.ID, send func(etag string) (answer, error), ours func(added []hal.Line) []hal.Line) ([]hal.Line, error) {
	for round := 1; ; round++ {
		lines, err := c.takeBackOnce(ctx, id, send, ours)
		if order.KindOf(err) != order.Stale || round == takeBackRounds {
			return lines, err
		}
	}
}

// takeBackOnce does so for the revision of now. That the order is said to have
// changed may come from our own first try, whose answer was lost.
func (c *Client) takeBackOnce(ctx context.Context, id order.ID, send func(etag string) (answer, error), ours func(added []hal.Line) []hal.Line) ([]hal.Line, error) {
	before, etag, err := c.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	etag = strings.TrimPrefix(etag, "W/") // a proxy that compresses weakens it, and the revision is the same
	a, err := send(etag)
	mayBeOurs := order.KindOf(err) == order.Stale && a.tries > 1
	if err != nil && !mayBeOurs {
		return nil, err
	}
	after, _, again := c.Order(ctx, id)
	if again != nil {
		return nil, again
	}
	lines := ours(added(before, after))
	if len(lines) > 0 {
		return lines, nil
	}
	if err == nil {
		err = order.Errorf(order.Unavailable, "not-bookgate", "%s took the reduction, and order %s shows no new line.", c.base, id).
			WithHint("See: bookgate order %s --history", id)
	}
	return nil, err
}

// added lists the lines that take copies back and by which after differs from
// before.
func added(before, after hal.Order) (lines []hal.Line) {
	last := 0
	for _, l := range before.Embedded.Lines {
		last = max(last, l.Number)
	}
	for _, l := range after.Embedded.Lines {
		if l.Number > last && l.Adjustment {
			lines = append(lines, l)
		}
	}
	return lines
}
