package client_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// TestFeed waits for an order, acknowledges it, and sees from the other side
// that it was fetched.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	shop, publisher := w.client("shop"), w.client("publisher")
	woken := make(chan hal.Feed)
	go func() {
		feed, err := publisher.Feed(t.Context(), client.FeedQuery{Wait: 20 * time.Second})
		if err != nil {
			t.Error(err)
		}
		woken <- feed
	}()
	id := w.send("F-1", 1)
	feed := <-woken
	if len(feed.Changes) != 1 || feed.Changes[0].OrderID != id || feed.Changes[0].Side != "receiver" || feed.Head != 1 {
		t.Fatalf("woken with %+v", feed)
	}
	ack, err := publisher.Acknowledge(t.Context(), 1, "")
	check(t, err)
	if ack.Acknowledged != 1 || ack.Head != 1 {
		t.Errorf("acknowledged %+v", ack)
	}
	events, err := shop.History(t.Context(), id)
	check(t, err)
	if !events[0].Fetched.IsZero() || events[1].Fetched.Before(events[1].At.Time) {
		t.Errorf("history %+v", events)
	}
	feed, err = shop.Feed(t.Context(), client.FeedQuery{After: 1, Limit: 1})
	check(t, err)
	if len(feed.Changes) != 1 || feed.Changes[0].Number != 2 {
		t.Errorf("behind 1: %+v", feed)
	}
	_, err = publisher.Acknowledge(t.Context(), 2, "")
	want(t, err, order.Invalid, "ack-ahead")
	_, err = publisher.Feed(t.Context(), client.FeedQuery{After: 2, Wait: time.Hour})
	want(t, err, order.Invalid, "feed-ahead")
}

// answers puts a body in place of the feed and its acknowledgements, and notes
// what was asked.
func (w *world) answers(body string) *[]url.Values {
	var asked []url.Values
	w.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != hal.FeedPath && r.URL.Path != hal.FeedPath+"/ack" {
				next.ServeHTTP(rw, r)
				return
			}
			asked = append(asked, r.URL.Query())
			fmt.Fprint(rw, body)
		})
	}
	return &asked
}

// TestFeedWaitsInRounds: a long wait is several requests, each shorter than
// what lies between cuts off.
func TestFeedWaitsInRounds(t *testing.T) {
	w := newWorld(t)
	asked := w.answers(`{"_links":{"next":{"href":"/v2/feed?after=7"}},"head":7,"changes":[]}`)
	feed, err := w.client("shop").Feed(t.Context(), client.FeedQuery{After: 7, Limit: 5, Wait: 49500 * time.Millisecond})
	check(t, err)
	if feed.Head != 7 {
		t.Errorf("got %+v", feed)
	}
	var waits []string
	for _, v := range *asked {
		if v.Get("after") != "7" || v.Get("limit") != "5" {
			t.Errorf("asked %v", v)
		}
		waits = append(waits, v.Get("wait"))
	}
	if !slices.Equal(waits, []string{"20", "20", "10"}) {
		t.Errorf("waited %q", waits)
	}
}

// TestFeedOfAnother: an answer that is not a feed is not taken for an empty one.
func TestFeedOfAnother(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{`{}`, `[]`, ``, `<html>`} {
		w.answers(body)
		_, err := w.client("shop").Feed(t.Context(), client.FeedQuery{})
		want(t, err, order.Unavailable, "not-bookgate")
		_, err = w.client("shop").Acknowledge(t.Context(), 0, "")
		want(t, err, order.Unavailable, "not-bookgate")
	}
}
