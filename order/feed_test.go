package order_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bookgate/bookgate/order"
)

// counted is a store that counts what those who wait ask of it.
type counted struct {
	order.Store
	feed, head, heads atomic.Int64
	deaf              atomic.Bool // hears of no change
}

func (c *counted) Feed(ctx context.Context, q order.FeedQuery) (order.FeedPage, error) {
	c.feed.Add(1)
	return c.Store.Feed(ctx, q)
}

func (c *counted) Head(ctx context.Context, party order.PartyID) (int64, error) {
	c.head.Add(1)
	return c.Store.Head(ctx, party)
}

func (c *counted) Heads(ctx context.Context, parties []order.PartyID) (map[order.PartyID]int64, error) {
	c.heads.Add(1)
	if c.deaf.Load() {
		return nil, nil
	}
	return c.Store.Heads(ctx, parties)
}

// inBubble runs a test on a clock that moves only while everybody waits, so
// that a wait is as long as it is meant to be and not a moment longer. The
// exchange of the scene runs until the test ends.
func inBubble(t *testing.T, test func(t *testing.T, s scene, c *counted)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		c := &counted{Store: s.db}
		s.Exchange = order.NewExchange(c, s.db, order.Config{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		t.Cleanup(func() { stop(); <-done })
		test(t, s, c)
	})
}

// submit sends an order to the publisher, through any exchange.
func submit(t *testing.T, x *order.Exchange, number string) order.ID {
	t.Helper()
	r, err := x.Submit(t.Context(), bookshop, draft(number, nbsn("7045"), nbsn("900877")), order.NewDocument("application/xml", []byte(number)))
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func read(t *testing.T, x *order.Exchange, party order.PartyID, after int64, wait time.Duration) order.FeedPage {
	t.Helper()
	page, err := x.Feed(t.Context(), order.FeedQuery{Party: party, After: after, Limit: 100}, wait)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// settled lets everything be routed. A while of the bubble is over only when
// all there is to do is done.
func settled() { time.Sleep(10 * time.Second) }

// TestFeedWakes: a client that waits for a change made here is woken by each of the
// ways to make one, and not by the question to the store, which is deaf here.
func TestFeedWakes(t *testing.T) {
	inBubble(t, func(t *testing.T, s scene, c *counted) {
		c.deaf.Store(true)
		id, withdrawn := submit(t, s.Exchange, "1"), submit(t, s.Exchange, "1b")
		settled()
		for _, step := range []struct {
			name string
			do   func() error
			wake order.PartyID
			tell order.EventKind
		}{
			{"submit", func() error { submit(t, s.Exchange, "2"); return nil }, "7045", order.EventReceived},
			{"settle", func() error { submit(t, s.Exchange, "3"); return nil }, "900877", order.EventProcessed},
			{"mark", func() error {
				_, err := s.Mark(t.Context(), publisher, id, 0, order.LineUpdate{Line: 1, Status: order.Received})
				return err
			}, "7045", order.EventMarked},
			{"reduce", func() error {
				_, err := s.Reduce(t.Context(), bookshop, id, 0, order.Reduction{EAN: "9788202337926", Number: 1})
				return err
			}, "900877", order.EventReduced},
			{"cancel", func() error {
				_, err := s.Cancel(t.Context(), bookshop, withdrawn, 0, order.Cancellation{})
				return err
			}, "900877", order.EventReduced},
			{"respond", func() error {
				_, err := s.Respond(t.Context(), publisher, id, 0, order.Response{OrderNumber: "1",
					Lines: []order.LineResponse{{Name: order.LineRef{Number: 1}, Mark: order.LineUpdate{Status: order.Fulfilled}}}})
				return err
			}, "7045", order.EventMarked},
		} {
			after, err := s.Head(t.Context(), step.wake)
			if err != nil {
				t.Fatal(err)
			}
			woken := make(chan order.FeedPage)
			go func() { woken <- read(t, s.Exchange, step.wake, after, time.Minute) }()
			synctest.Wait()
			if err := step.do(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if page := <-woken; len(page.Changes) == 0 || page.Changes[0].Kind != step.tell {
				t.Errorf("%s: woken with %+v", step.name, page)
			}
			settled()
		}
	})
}

// TestFeedHearsOfOtherReplicas: a change made through another exchange over the
// same store is heard of when the store is next asked.
func TestFeedHearsOfOtherReplicas(t *testing.T) {
	inBubble(t, func(t *testing.T, s scene, _ *counted) {
		other := order.NewExchange(s.db, s.db, order.Config{})
		woken := make(chan order.FeedPage)
		go func() { woken <- read(t, s.Exchange, "7045", 0, time.Minute) }()
		time.Sleep(2500 * time.Millisecond)
		start := time.Now()
		submit(t, other, "1")
		if page := <-woken; len(page.Changes) != 1 || time.Since(start) != 500*time.Millisecond {
			t.Errorf("woken after %s with %+v", time.Since(start), page)
		}
	})
}

// TestFeedWaitEnds: what does not come is waited for as long as was asked, and
// then the page is empty and reports the head.
func TestFeedWaitEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, s scene, _ *counted) {
		submit(t, s.Exchange, "1")
		settled()
		start := time.Now()
		page := read(t, s.Exchange, "7045", 2, 7*time.Second)
		if took := time.Since(start); took != 7*time.Second || page.Head != 2 || len(page.Changes) != 0 {
			t.Errorf("after %s: %+v", took, page)
		}
		start = time.Now()
		if page = read(t, s.Exchange, "7045", 0, 7*time.Second); len(page.Changes) != 2 || time.Since(start) != 0 {
			t.Errorf("what is there comes after %s: %+v", time.Since(start), page)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if _, err := s.Feed(ctx, order.FeedQuery{Party: "7045", After: 2, Limit: 1}, time.Minute); err != context.DeadlineExceeded {
			t.Errorf("the caller went away: %v", err)
		}
	})
}

// TestDismiss: a client that waits is answered with what there is, and none waits
// afterwards.
func TestDismiss(t *testing.T) {
	inBubble(t, func(t *testing.T, s scene, _ *counted) {
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if page := read(t, s.Exchange, "7045", 0, time.Hour); page.Head != 0 {
					t.Errorf("got %+v", page)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		s.Shutdown()
		s.Shutdown() // again is nothing
		all.Wait()
		read(t, s.Exchange, "900877", 0, time.Hour)
		if _, err := s.Await(t.Context(), "7045", 0); err != order.ErrShutdown {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %s", took)
		}
	})
}

// TestReadmit: after it callers wait as if no one had been dismissed.
func TestReadmit(t *testing.T) {
	inBubble(t, func(t *testing.T, s scene, _ *counted) {
		for range 2 {
			s.Shutdown()
			s.Readmit()
			s.Readmit() // again is nothing
			start := time.Now()
			read(t, s.Exchange, "7045", 0, time.Minute)
			if took := time.Since(start); took != time.Minute {
				t.Errorf("waited %s", took)
			}
		}
	})
}

// TestManyWaiters: two thousand who wait cost one question to the store each
// second, and no question at all once they are gone.
func TestManyWaiters(t *testing.T) {
	inBubble(t, func(t *testing.T, s scene, c *counted) {
		const waiters, parties, seconds = 2000, 500, 20
		time.Sleep(3 * time.Second)
		if n := c.heads.Load(); n != 0 {
			t.Errorf("%d questions while no client waits", n)
		}
		time.Sleep(10 * time.Millisecond)
		var all sync.WaitGroup
		for i := range waiters {
			all.Go(func() {
				party := order.PartyID(fmt.Sprintf("P%04d", i%parties))
				if page := read(t, s.Exchange, party, 0, seconds*time.Second); len(page.Changes) != 0 {
					t.Errorf("got %+v", page)
				}
			})
		}
		all.Wait()
		if n := c.heads.Load(); n != seconds {
			t.Errorf("%d questions in %d seconds", n, seconds)
		}
		if feed, head := c.feed.Load(), c.head.Load(); feed != waiters || head != waiters {
			t.Errorf("%d waiters read the feed %d times and their head %d times", waiters, feed, head)
		}
		time.Sleep(3 * time.Second)
		if n := c.heads.Load(); n != seconds {
			t.Errorf("%d questions after all had gone", n-seconds)
		}
	})
}

// TestWaitersLoseNothing: many who wait for one party, while changes come from
// here and from elsewhere, each see every number.
func TestWaitersLoseNothing(t *testing.T) {
	s := newScene(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	other := order.NewExchange(s.db, s.db, order.Config{})
	var all sync.WaitGroup
	all.Go(func() { s.Run(ctx) })
	const readers, orders = 8, 30
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for after := int64(0); after < 2*orders; {
				page, err := s.Feed(t.Context(), order.FeedQuery{Party: "7045", After: after, Limit: 7}, 20*time.Second)
				if err != nil || len(page.Changes) == 0 {
					t.Errorf("behind %d: %+v, %v", after, page, err)
					return
				}
				for _, c := range page.Changes {
					if after++; c.Number != after {
						t.Errorf("number %d where %d is next", c.Number, after)
					}
				}
			}
		})
	}
	for i := range orders {
		exchange := s.Exchange
		if i%2 == 0 {
			exchange = other
		}
		submit(t, exchange, fmt.Sprint(i))
	}
	reading.Wait()
	stop()
	all.Wait()
}

func TestFeedAhead(t *testing.T) {
	s := newScene(t)
	s.send(t, bookshop, draft("1", nbsn("7045"), nbsn("900877")))
	_, err := s.Feed(t.Context(), order.FeedQuery{Party: "7045", After: 3, Limit: 1}, time.Minute)
	if order.KindOf(err) != order.Invalid || order.CodeOf(err) != "feed-ahead" || !strings.Contains(err.Error(), "has number 2") {
		t.Errorf("got %v", err)
	}
}

func TestAcknowledge(t *testing.T) {
	s := newScene(t)
	id := s.send(t, bookshop, draft("1", nbsn("7045"), nbsn("900877")))
	for _, c := range []struct{ through, want int64 }{{1, 1}, {0, 1}} {
		head, acknowledged, err := s.Acknowledge(t.Context(), publisher, c.through)
		if err != nil || head != 1 || acknowledged != c.want {
			t.Errorf("%d: head %d, acknowledged %d, %v", c.through, head, acknowledged, err)
		}
	}
	if _, _, err := s.Acknowledge(t.Context(), publisher, 2); order.CodeOf(err) != "ack-ahead" {
		t.Errorf("got %v", err)
	}
	events, err := s.History(t.Context(), "7045", id)
	if err != nil || !events[0].Fetched.IsZero() || events[1].Fetched.IsZero() {
		t.Errorf("history %+v, %v", events, err)
	}
}
