package boknett

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

const (
	// feedLimit is the page of a reader that asks for no other.
	feedLimit = 100

	// maxWait is the longest wait that a reader may ask for, in seconds. It is
	// what the API has promised from the beginning.
	maxWait = 50

	// longestWait is how long a reader waits at most, whatever it asks for.
	// Proxies end a request that has been silent for their own limit, 50 s in
	// HAProxy's first example and a minute elsewhere, with a 504; the rest is
	// for the answer.
	longestWait = 45 * time.Second
)

// feedQuery is what a feed request asks for.
type feedQuery struct {
	order.FeedQuery
	wait  time.Duration     // that the reader asks for
	epoch string            // that After is of, "" when the reader does not say
	asked map[string]string // the parameters as they were written
}

// readFeedQuery reads the parameters of the feed, in any letter case.
func readFeedQuery(raw string, party order.PartyID) (q feedQuery, err error) {
	if q.asked, err = parameters(raw); err != nil {
		return q, err
	}
	after, err := wholeNumber(q.asked, "after", 0, 0, math.MaxInt64)
	if err != nil {
		return q, err
	}
	wait, err := wholeNumber(q.asked, "wait", 0, 0, maxWait)
	if err != nil {
		return q, err
	}
	limit, err := wholeNumber(q.asked, "limit", feedLimit, 1, order.MaxPage)
	q.FeedQuery = order.FeedQuery{Party: party, After: after, Limit: int(limit)}
	q.wait = time.Duration(wait) * time.Second
	q.epoch = q.asked["epoch"]
	return q, err
}

// waitTime is how long the reader is let wait.
func (q feedQuery) waitTime() time.Duration { return min(q.wait, longestWait) }

// resumeFeed makes a place in the feed one in the epoch that the store is in
// now. A reader that names no epoch is taken to be in it.
func (f *surface) resumeFeed(ctx context.Context, q *feedQuery) error {
	epoch, err := f.exchange.Epoch(ctx)
	if err != nil {
		return err
	}
	if q.epoch != "" && q.epoch != epoch {
		q.After, err = f.exchange.Resume(ctx, q.Party, q.epoch, q.After)
	}
	q.epoch = epoch
	return err
}

// address writes the query of this request with another number to begin
// behind.
func (q feedQuery) address(after int64) string {
	s := "?after=" + strconv.FormatInt(after, 10) + "&epoch=" + url.QueryEscape(q.epoch)
	if _, ok := q.asked["wait"]; ok {
		s += "&wait=" + strconv.Itoa(int(q.wait/time.Second))
	}
	if _, ok := q.asked["limit"]; ok {
		s += "&limit=" + strconv.Itoa(q.Limit)
	}
	return s
}

// feed answers GET /v2/feed: the changes behind a number, and when there are
// none the next ones, as long as the reader waits.
func (f *surface) feed(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := readFeedQuery(r.URL.RawQuery, by.Party)
	if err != nil {
		return err
	}
	if err := f.resumeFeed(r.Context(), &q); err != nil {
		return err
	}
	page, err := f.exchange.Feed(r.Context(), q.FeedQuery, 0)
	if err == nil && len(page.Changes) == 0 && q.wait > 0 {
		page, err = f.awaitFeed(w, r, q)
	}
	if err != nil {
		return err
	}
	next := q.After
	if n := len(page.Changes); n > 0 {
		next = page.Changes[n-1].Number
	}
	w.Header().Set("Cache-Control", "no-store")
	send(w, hal.MediaType, hal.AppendFeed(nil, &page, q.epoch, q.address(q.After), q.address(next), f.Surface))
	return nil
}

// waiter is the writer of a server that admits more requests that wait than
// requests that work.
type waiter interface{ WaitSlot() error }

// awaitFeed waits for the next change. A reader that has gone away in the
// meantime is not a failure: it asks again when it is back.
func (f *surface) awaitFeed(w http.ResponseWriter, r *http.Request, q feedQuery) (order.FeedPage, error) {
	if p, ok := w.(waiter); ok {
		if err := p.WaitSlot(); err != nil {
			return order.FeedPage{}, err
		}
	}
	held, release, err := f.hold(w, r)
	if err != nil {
		return order.FeedPage{}, err
	}
	defer release()
	page, err := f.exchange.Feed(held, q.FeedQuery, q.waitTime())
	if why := auth.Ended(held); why != nil {
		return order.FeedPage{}, why
	}
	if r.Context().Err() != nil {
		reqlog.From(r.Context()).Note("the reader left while it waited")
		return page, nil
	}
	return page, err
}

// acknowledge answers POST /v2/feed/ack: the party has read its feed up to a
// number, of the epoch that the link to here or the body names. A number from
// before a restore acknowledges what was there before it and is there still.
func (f *surface) acknowledge(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	body, err := readObject(w, r, "through", "epoch")
	if err != nil {
		return err
	}
	through, err := toThrough(body)
	if err != nil {
		return err
	}
	asked, err := parameters(r.URL.RawQuery)
	if err != nil {
		return err
	}
	epoch := asked["epoch"]
	if said, err := optionalText(body, "epoch"); err != nil {
		return err
	} else if said != nil {
		epoch = *said
	}
	q := feedQuery{FeedQuery: order.FeedQuery{Party: by.Party, After: through}, epoch: epoch}
	if err := f.resumeFeed(r.Context(), &q); err != nil {
		return err
	}
	head, acknowledged, err := f.exchange.Acknowledge(r.Context(), by, q.After)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	send(w, hal.MediaType, hal.AppendAcknowledged(nil, head, acknowledged, q.epoch, f.Surface))
	return nil
}

// toThrough reads {"through": 17}.
func toThrough(body *httpjson.Value) (int64, error) {
	v := body.Get("through")
	if v == nil {
		return 0, errThrough("through-missing", v, "The body does not say up to which number the feed was read.")
	}
	written, _ := v.Number()
	n, whole := written.Whole()
	if v.Kind() != httpjson.KindNumber {
		return 0, errThrough("through-invalid", v,
			"through is a "+string(v.Kind())+"; it must be a whole number from 0, without quotes.")
	}
	if !whole || n < 0 {
		return 0,
			errThrough("through-invalid", v, "through must be a whole number from 0, got "+order.Truncate(v.Text())+".")
	}
	return n, nil
}

func errThrough(code string, v *httpjson.Value, detail string) error {
	return order.Errorf(order.Malformed, code, "%s", detail).
		WithHint(`Send {"through": 17} with the number of the last change that you have read.`).
		WithField(order.Field{Pointer: "/through", Value: v.Text()})
}
