package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// placed is an item without what may change after a snapshot.
type placed struct {
	Change int64
	ID     order.ID
}

func places(items []order.Item) []placed {
	var out []placed
	for _, it := range items {
		out = append(out, placed{it.Change, it.ID})
	}
	return out
}

func throughOldPlaces(t *testing.T, h *fixture) {
	orders := addMany(t, h, 6)
	before := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 10})
	for _, i := range []int{4, 1, 1, 5} {
		change(t, h, orders[i].ID, func(o *order.Order) ([]order.Event, error) {
			events, err := answer(order.Received)(o)
			return append(events, order.Event{Kind: order.EventMarked, Line: 2}), err
		})
	}
	for limit := 1; limit <= 7; limit++ {
		items := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Through: 6, Limit: limit})
		wantSame(t, fmt.Sprintf("places in pages of %d", limit), places(before), places(items))
		for i, it := range items {
			moved := i == 1 || i == 4 || i == 5
			if want := map[bool]order.Status{true: order.Received, false: order.Sent}[moved]; it.Status != want {
				t.Errorf("%s is shown as %s, want %s", it.Number, it.Status, want)
			}
		}
	}
}

func throughLeavesOut(t *testing.T, h *fixture) {
	addMany(t, h, 2)
	late := add(t, h, sample("L-1")) // visible to its sender, not yet to the receiver
	change(t, h, late.ID, send(publisher))
	change(t, h, late.ID, answer(order.Received))
	if items := list(t, h, order.Query{Party: publisher, Mode: order.All, Through: 2, Limit: 1}); len(items) != 2 {
		t.Errorf("%d items through 2, want 2", len(items))
	}
	if items := list(t, h, order.Query{Party: shop, Mode: order.All, Through: 5, Limit: 2}); len(items) != 3 || items[2].Change != 5 {
		t.Errorf("the sender's list through 5: %+v", items)
	}
	if items := list(t, h, order.Query{Party: shop, Mode: order.All, Through: 99, Limit: 2}); len(items) != 3 || items[2].Change != 7 {
		t.Errorf("the sender's list through a number to come: %+v", items)
	}
}

func throughSince(t *testing.T, h *fixture) {
	orders := addMany(t, h, 6)
	change(t, h, orders[1].ID, answer(order.Received))
	change(t, h, orders[4].ID, answer(order.Received))
	items := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Through: 6, Since: orders[3].Updated, Limit: 1})
	var got []int64
	for _, it := range items {
		got = append(got, it.Change)
	}
	wantSame(t, "the places since the fourth order", []int64{4, 5, 6}, got)
}

func throughSide(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	change(t, h, o.ID, send(shop))
	for mode, want := range map[order.Mode]int{order.SentByMe: 1, order.SentToMe: 0, order.All: 1} {
		if items := list(t, h, order.Query{Party: shop, Mode: mode, Through: 1, Limit: 5}); len(items) != want {
			t.Errorf("%s through 1: %d items, want %d", mode, len(items), want)
		}
	}
}

// throughProperty plays any sequence of changes, some before the snapshot and
// some between its pages, and compares the list with the one that was read at
// once.
func throughProperty(t *testing.T, h *fixture) {
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		p := &player{h: h, shop: order.PartyID(fmt.Sprintf("S%d", round)), seller: order.PartyID(fmt.Sprintf("R%d", round))}
		for range rapid.IntRange(0, 15).Draw(rt, "before") {
			p.step(t, rt)
		}
		viewer := rapid.SampledFrom([]order.PartyID{p.shop, p.seller}).Draw(rt, "viewer")
		q := order.Query{Party: viewer, Mode: rapid.SampledFrom([]order.Mode{order.All, order.SentByMe, order.SentToMe}).Draw(rt, "mode"), Limit: order.MaxPage}
		if len(p.times) > 0 && rapid.Bool().Draw(rt, "since?") {
			q.Since = rapid.SampledFrom(p.times).Draw(rt, "since")
		}
		want := places(list(t, h, q))
		if q.Through = head(t, h, viewer); q.Through == 0 {
			return
		}
		q.Limit = rapid.IntRange(1, 5).Draw(rt, "limit")
		var got []placed
		for more := true; more; {
			page, err := h.List(t.Context(), q)
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, places(page.Items)...)
			q.After, more = page.Next, page.More
			for range rapid.IntRange(0, 4).Draw(rt, "between") {
				p.step(t, rt)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("through %d:\n got %v\nwant %v", q.Through, got, want)
		}
	})
}

// player changes orders of two parties at random.
type player struct {
	h            *fixture
	shop, seller order.PartyID
	orders       []order.ID
	times        []time.Time
}

func (p *player) step(t *testing.T, rt *rapid.T) {
	if len(p.orders) == 0 || rapid.IntRange(0, 2).Draw(rt, "add?") == 0 {
		o := sample(fmt.Sprintf("N%d", len(p.orders)))
		o.Sender, o.Buyer = p.shop, p.shop
		p.orders = append(p.orders, add(t, p.h, o).ID)
		return
	}
	id := rapid.SampledFrom(p.orders).Draw(rt, "order")
	o := change(t, p.h, id, func(o *order.Order) ([]order.Event, error) {
		if o.Status != order.Unprocessed {
			return answer(rapid.SampledFrom(order.Answers()).Draw(rt, "answer"))(o)
		}
		to := rapid.SampledFrom([]order.PartyID{p.seller, p.seller, p.shop}).Draw(rt, "to")
		events, err := send(to)(o)
		if rapid.Bool().Draw(rt, "two events") {
			events = append(events, order.Event{Kind: order.EventMarked})
		}
		return events, err
	})
	p.times = append(p.times, o.Updated)
}

func throughConcurrent(t *testing.T, h *fixture) {
	orders := addMany(t, h, fulltest.Rounds(30, 60))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range fulltest.Rounds(40, 120) {
			change(t, h, orders[i*7%len(orders)].ID, answer(order.Answers()[i%5]))
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		through, seen, last := head(t, h, publisher), map[order.ID]bool{}, int64(0)
		for _, it := range list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Through: through, Limit: 7}) {
			if seen[it.ID] || it.Change <= last || it.Change > through {
				t.Fatalf("%s at %d after %d, through %d", it.Number, it.Change, last, through)
			}
			seen[it.ID], last = true, it.Change
		}
		if len(seen) != len(orders) {
			t.Fatalf("%d orders of %d through %d", len(seen), len(orders), through)
		}
	}
}
