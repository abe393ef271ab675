package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

var feedPromises = []promise{
	{"a feed has every number from 1 to the head, each with its order, event and side", feedHoldsAll},
	{"a feed goes on behind a number, in pages of 1 to MaxPage changes", feedPages},
	{"a tailing reader of the feed sees every number once while many write", feedComplete},
	{"a change of an order that a party sees no longer has its number and time alone", feedHides},
	{"heads of many parties are those of each, and a party without a change has none", headsOfMany},
}

var acknowledgementPromises = []promise{
	{"an acknowledged number is stored, and one that is not greater changes nothing", acknowledged},
	{"what has not happened cannot be acknowledged", acknowledgedAhead},
	{"of many acknowledgements at once the greatest is left", acknowledgedAtOnce},
	{"the sending side alone sees when the receiver first acknowledged each event", fetchedShown},
	{"an event is never fetched before it happened", fetchedBehind},
}

func feed(t testing.TB, h *fixture, party order.PartyID, after int64, limit int) order.FeedPage {
	t.Helper()
	page, err := h.Feed(t.Context(), order.FeedQuery{Party: party, After: after, Limit: limit})
	if err != nil {
		t.Fatalf("Feed: %v", err)
	}
	return page
}

func ack(t testing.TB, h *fixture, party order.PartyID, through int64) {
	t.Helper()
	a := order.Acknowledgement{Party: party, Through: through, At: h.clock.now(), Actor: "kari", Via: "ticket"}
	if err := h.Acknowledge(t.Context(), a); err != nil {
		t.Fatalf("Acknowledge %d: %v", through, err)
	}
}

func history(t testing.TB, h *fixture, viewer order.PartyID, id order.ID) []order.Event {
	t.Helper()
	events, err := h.History(t.Context(), viewer, id)
	if err != nil {
		t.Fatalf("History: %v", err)
	}
	return events
}

func feedHoldsAll(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	mark := func(o *order.Order) ([]order.Event, error) {
		o.Lines[1].Status = order.Received
		return []order.Event{{Kind: order.EventMarked, Line: 2, From: order.Sent, To: order.Received}}, nil
	}
	change(t, h, o.ID, mark)
	events := history(t, h, publisher, o.ID)
	want := []order.Change{
		{Number: 1, Order: o.ID, OrderNumber: "A-1", Event: 1, Kind: order.EventReceived, At: events[0].At, To: order.Unprocessed, Side: order.RoleSender},
		{Number: 2, Order: o.ID, OrderNumber: "A-1", Event: 2, Kind: order.EventProcessed, At: events[1].At, From: order.Unprocessed, To: order.Sent, Side: order.RoleSender},
		{Number: 3, Order: o.ID, OrderNumber: "A-1", Event: 3, Kind: order.EventMarked, At: events[2].At, Line: 2, From: order.Sent, To: order.Received, Side: order.RoleSender},
	}
	wantSame(t, "the sender's feed", order.FeedPage{Changes: want, Head: 3}, feed(t, h, shop, 0, 10))
	want = want[1:]
	for i := range want {
		want[i].Number, want[i].Side = int64(i+1), order.RoleReceiver
	}
	wantSame(t, "the receiver's feed", order.FeedPage{Changes: want, Head: 2}, feed(t, h, publisher, 0, 10))
	wantSame(t, "a stranger's feed", order.FeedPage{}, feed(t, h, stranger, 0, 10))
	change(t, h, add(t, h, sample("A-2")).ID, send(shop))
	if c := feed(t, h, shop, 3, 10).Changes; len(c) != 2 || c[0].Side != order.RoleSender || c[1].Side != order.RoleSender|order.RoleReceiver {
		t.Errorf("of an order to oneself: %+v", c)
	}
}

func feedPages(t *testing.T, h *fixture) {
	addMany(t, h, 4)
	var after int64
	for _, size := range []int{3, 3, 2} {
		page := feed(t, h, shop, after, 3)
		if len(page.Changes) != size || page.Head != 8 || page.More != (size == 3) || page.Changes[0].Number != after+1 {
			t.Fatalf("behind %d: %+v", after, page)
		}
		after += int64(size)
	}
	for _, beyond := range []int64{8, 9} {
		wantSame(t, "behind the end", order.FeedPage{Head: 8}, feed(t, h, shop, beyond, 3))
	}
	for _, limit := range []int{0, -1, order.MaxPage + 1} {
		_, err := h.Feed(t.Context(), order.FeedQuery{Party: shop, Limit: limit})
		wantKind(t, err, order.Invalid)
	}
}

func feedComplete(t *testing.T, h *fixture) {
	const workers = 8
	orders := fulltest.Rounds(5, 20)
	writers := write(t, h, workers, orders)
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	var after int64
	seen := map[order.ID]bool{}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		for more := true; more; {
			page := feed(t, h, publisher, after, 13)
			for _, c := range page.Changes {
				if c.Number != after+1 || c.Kind == order.EventHidden {
					t.Fatalf("%+v came after number %d", c, after)
				}
				after, seen[c.Order] = c.Number, true
			}
			more = page.More
		}
	}
	if n := head(t, h, publisher); n != after || len(seen) != workers*orders {
		t.Errorf("the reader ends at %d with %d orders, the head is %d", after, len(seen), n)
	}
}

func feedHides(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	at := feed(t, h, publisher, 0, 1).Changes[0].At
	change(t, h, o.ID, send(stranger))
	change(t, h, add(t, h, sample("A-2")).ID, send(publisher))
	page := feed(t, h, publisher, 0, 10)
	if len(page.Changes) != 2 || page.Changes[1].OrderNumber != "A-2" {
		t.Fatalf("got %+v", page)
	}
	wantSame(t, "the hidden change", order.Change{Number: 1, Kind: order.EventHidden, At: at}, page.Changes[0])
	change(t, h, o.ID, send(publisher))
	if c := feed(t, h, publisher, 0, 1).Changes[0]; c.Order != o.ID || c.Kind != order.EventProcessed {
		t.Errorf("visible again: %+v", c)
	}
}

func headsOfMany(t *testing.T, h *fixture) {
	want := map[order.PartyID]int64{}
	var asked []order.PartyID
	for i := range 40 {
		p := order.PartyID(fmt.Sprintf("P%03d", i))
		asked = append(asked, p)
		for n := range i % 3 { // every third has none
			o := sample(fmt.Sprintf("A-%d", n))
			o.Sender, o.Buyer = p, p
			add(t, h, o)
			want[p] = int64(n + 1)
		}
	}
	for _, n := range []int{0, 1, 2, 16, 17, 40} {
		heads, err := h.Heads(t.Context(), asked[:n])
		if err != nil {
			t.Fatal(err)
		}
		some := map[order.PartyID]int64{}
		for _, p := range asked[:n] {
			if want[p] > 0 {
				some[p] = want[p]
			}
		}
		wantSame(t, fmt.Sprintf("heads of %d parties", n), some, heads)
	}
	spread := append([]order.PartyID{}, asked[:9]...)
	heads, err := h.Heads(t.Context(), append(spread, asked[31:]...))
	if err != nil || heads["P020"] != 0 || heads["P032"] != want["P032"] {
		t.Errorf("a party that was not asked for is in %v, %v", heads, err)
	}
}

func acknowledged(t *testing.T, h *fixture) {
	addMany(t, h, 3)
	for _, step := range []struct{ through, want int64 }{{0, 0}, {2, 2}, {1, 2}, {2, 2}, {6, 6}, {-3, 6}} {
		ack(t, h, shop, step.through)
		if page := feed(t, h, shop, 6, 1); page.Acknowledged != step.want {
			t.Errorf("after %d: %d is acknowledged, want %d", step.through, page.Acknowledged, step.want)
		}
	}
	if page := feed(t, h, publisher, 0, 10); page.Acknowledged != 0 {
		t.Errorf("another party's acknowledgement counts: %+v", page)
	}
}

func acknowledgedAhead(t *testing.T, h *fixture) {
	add(t, h, sample("A-1"))
	for party, through := range map[order.PartyID]int64{shop: 2, stranger: 1} {
		err := h.Acknowledge(t.Context(), order.Acknowledgement{Party: party, Through: through, At: h.clock.now()})
		wantKind(t, err, order.Invalid)
		if order.CodeOf(err) != "ack-ahead" {
			t.Errorf("got %v", err)
		}
		if page := feed(t, h, party, 0, 1); page.Acknowledged != 0 {
			t.Errorf("%d is acknowledged all the same", page.Acknowledged)
		}
	}
}

func acknowledgedAtOnce(t *testing.T, h *fixture) {
	const most = 24
	o := add(t, h, sample("A-1"))
	change(t, h, o.ID, send(publisher))
	for range most - 1 {
		change(t, h, o.ID, answer(order.Received))
	}
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for n := w + 1; n <= most; n += 4 {
				ack(t, h, publisher, int64(n))
			}
		})
	}
	all.Wait()
	if page := feed(t, h, publisher, 0, 1); page.Acknowledged != most {
		t.Errorf("%d is acknowledged, want %d", page.Acknowledged, most)
	}
	var last time.Time
	for _, e := range history(t, h, shop, o.ID)[1:] {
		if e.Fetched.IsZero() || e.Fetched.Before(last) {
			t.Errorf("event %d was fetched at %s, the one before it at %s", e.Number, e.Fetched, last)
		}
		last = e.Fetched
	}
}

func fetchedShown(t *testing.T, h *fixture) {
	o := sample("A-1")
	o.Buyer = school
	id := change(t, h, add(t, h, o).ID, send(publisher)).ID
	change(t, h, id, answer(order.Received))
	ack(t, h, publisher, 1)
	ack(t, h, shop, 3) // says nothing of the receiver
	first := history(t, h, shop, id)
	if !first[0].Fetched.IsZero() || first[1].Fetched.IsZero() || !first[2].Fetched.IsZero() {
		t.Fatalf("after number 1: %+v", first)
	}
	ack(t, h, publisher, 2)
	second := history(t, h, shop, id)
	if second[2].Fetched.Before(second[1].Fetched) || second[2].Fetched.IsZero() {
		t.Errorf("after number 2: %+v", second)
	}
	wantSame(t, "what was fetched first", first[1], second[1])
	wantSame(t, "the buyer's view", second, history(t, h, school, id))
	for _, e := range history(t, h, publisher, id) {
		if !e.Fetched.IsZero() {
			t.Errorf("the receiver sees its own: %+v", e)
		}
	}
}

func fetchedBehind(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	h.clock.step(-time.Hour)
	ack(t, h, publisher, 1)
	if e := history(t, h, shop, o.ID)[1]; e.Fetched.Before(e.At) {
		t.Errorf("fetched at %s, and it happened at %s", e.Fetched, e.At)
	}
}
