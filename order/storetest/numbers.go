package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

var numberPromises = []promise{
	{"a party's numbers start at 1 and have no holes", numbersDense},
	{"a tailing reader misses nothing and sees nothing twice while many write", tailComplete},
	{"times of a party never run backwards when the clock steps back", clockStepsBack},
	{"a change that several parties see has one time, behind the last of each", oneTimeForAll},
	{"a reader that goes on behind the newest time it saw misses nothing", timesComplete},
}

func numbersDense(t *testing.T, h *fixture) {
	const orders = 20
	addMany(t, h, orders)
	if s, p := head(t, h, shop), head(t, h, publisher); s != 2*orders || p != orders {
		t.Errorf("heads %d and %d, want %d and %d", s, p, 2*orders, orders)
	}
	for i, it := range list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 7}) {
		if it.Change != int64(i+1) {
			t.Errorf("order %d stands at %d", i+1, it.Change)
		}
	}
}

// write lets several workers add orders to publisher and change them.
func write(t *testing.T, h *fixture, workers, orders int) *sync.WaitGroup {
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range orders {
				o := sample(fmt.Sprintf("W-%d-%d", w, i))
				o.Sender = order.PartyID(fmt.Sprintf("S%d", w))
				o.Buyer = o.Sender
				o = change(t, h, add(t, h, o).ID, send(publisher))
				if i%3 == 0 {
					change(t, h, o.ID, answer(order.Received))
				}
			}
		})
	}
	return &all
}

func tailComplete(t *testing.T, h *fixture) {
	const workers = 8
	orders := fulltest.Rounds(5, 20)
	writers := write(t, h, workers, orders)
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	tail := newTail(h, publisher)
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		tail.read(t, order.Query{After: tail.after})
	}
	tail.wantAll(t, workers*orders)
}

// tail is a reader that polls a list and keeps the newest it saw of each order.
type tail struct {
	h       *fixture
	party   order.PartyID
	after   int64
	newest  time.Time
	changes map[int64]order.Item
	orders  map[order.ID]order.Item
}

func newTail(h *fixture, party order.PartyID) *tail {
	return &tail{h: h, party: party, changes: map[int64]order.Item{}, orders: map[order.ID]order.Item{}}
}

func (r *tail) read(t *testing.T, q order.Query) {
	t.Helper()
	q.Party, q.Mode, q.Limit = r.party, order.SentToMe, 13
	for {
		p, err := r.h.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range p.Items {
			if _, twice := r.changes[it.Change]; twice || it.Change <= r.after || it.Updated.Before(r.newest) {
				t.Errorf("change %d at %s came after change %d at %s", it.Change, it.Updated, r.after, r.newest)
			}
			r.changes[it.Change], r.orders[it.ID] = it, it
			r.after, r.newest = it.Change, it.Updated
		}
		if q.After = p.Next; !p.More {
			return
		}
	}
}

// wantAll checks that the reader ends with every order as it is now.
func (r *tail) wantAll(t *testing.T, orders int) {
	t.Helper()
	if len(r.orders) != orders {
		t.Errorf("the reader saw %d orders of %d", len(r.orders), orders)
	}
	if n := head(t, r.h, r.party); n != r.after {
		t.Errorf("the reader ends at %d, the head is %d", r.after, n)
	}
	for _, it := range list(t, r.h, order.Query{Party: r.party, Mode: order.SentToMe, Limit: 1000}) {
		wantSame(t, "the newest that the reader saw of "+it.Number, it, r.orders[it.ID])
	}
}

func clockStepsBack(t *testing.T, h *fixture) {
	first := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	h.clock.step(-time.Hour)
	second := change(t, h, add(t, h, sample("A-2")).ID, send(publisher))
	if !second.Created.After(first.Updated) || !second.Updated.After(second.Created) {
		t.Errorf("created %s, updated %s after %s", second.Created, second.Updated, first.Updated)
	}
	// A party that has seen nothing yet goes by the clock.
	o := sample("A-3")
	o.Sender, o.Buyer = school, school
	if o = add(t, h, o); !o.Created.Before(first.Created) {
		t.Errorf("created %s by a clock that stands before %s", o.Created, first.Created)
	}
	h.clock.step(2 * time.Hour)
	if o := change(t, h, o.ID, send(publisher)); o.Updated.Before(h.clock.now().Add(-time.Minute)) {
		t.Errorf("updated %s after the clock was set right", o.Updated)
	}
}

func oneTimeForAll(t *testing.T, h *fixture) {
	add(t, h, sample("A-1")) // shop has seen the true time
	h.clock.step(-time.Hour)
	for _, receiver := range []order.PartyID{"0001", "9998"} { // named before and behind shop
		sent := change(t, h, add(t, h, sample("B-"+string(receiver))).ID, send(receiver))
		o := sample("C-" + string(receiver))
		o.Sender, o.Buyer = school+receiver, school+receiver
		o = change(t, h, add(t, h, o).ID, send(receiver)) // two parties that only the receiver joins to shop
		items := list(t, h, order.Query{Party: receiver, Mode: order.SentToMe, Limit: 10})
		if len(items) != 2 || !items[0].Updated.Equal(sent.Updated) || !items[1].Updated.Equal(o.Updated) || !o.Updated.After(sent.Updated) {
			t.Errorf("%s sees %s and then %s", receiver, sent.Updated, o.Updated)
		}
	}
}

func timesComplete(t *testing.T, h *fixture) {
	const workers = 6
	orders := fulltest.Rounds(5, 15)
	h.clock.step(-time.Minute)
	writers := write(t, h, workers, orders)
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	tail := newTail(h, publisher)
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		since := tail.newest
		if !since.IsZero() {
			since = since.Add(time.Microsecond)
		}
		tail.read(t, order.Query{Since: since})
	}
	tail.wantAll(t, workers*orders)
}
