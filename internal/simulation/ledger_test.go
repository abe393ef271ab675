package simulation

import (
	"fmt"
	"slices"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// ledger is what clients know of their orders, written beside the store.
type ledger struct {
	w      *world
	orders []*sent
	byID   map[order.ID]*sent
	feeds  map[order.PartyID][]order.Change // what a party was shown, by number
}

// sent is an order that a client sent.
type sent struct {
	name   string // in the trace
	order  order.Order
	acked  bool     // its receipt came
	ids    order.ID // that of the receipt
	seller order.PartyID
	test   bool

	revision int64 // the newest that anybody was shown
	finished bool  // a party was shown that nothing of it is open
	unsure   bool  // a change got no answer, and may have finished it
	gone     bool  // it was taken out of storage
}

func newLedger(w *world) *ledger {
	return &ledger{w: w, byID: map[order.ID]*sent{}, feeds: map[order.PartyID][]order.Change{}}
}

// known are the orders of which a client has a receipt.
func (l *ledger) known() (known []*sent) {
	for _, s := range l.orders {
		if s.acked {
			known = append(known, s)
		}
	}
	return known
}

// receipt notes that an order was acknowledged.
func (l *ledger) receipt(s *sent, r order.Receipt) {
	if s.acked && s.ids != r.ID {
		l.w.breach("order %s is %s and was acknowledged as another", s.name, "acknowledged under a second id")
	}
	if other := l.byID[r.ID]; other != nil && other != s {
		l.w.breach("orders %s and %s have one id", s.name, other.name)
	}
	s.acked, s.ids = true, r.ID
	l.byID[r.ID] = s
}

// seen notes the order as a party was shown it: it never goes back.
func (l *ledger) seen(s *sent, o *order.Order) {
	if o.Revision < s.revision {
		l.w.breach("order %s has revision %d, and had %d", s.name, o.Revision, s.revision)
	}
	s.revision = o.Revision
	s.finished = s.finished || o.Finished()
}

// read takes a page of a party's feed: it goes on where the last one ended, with no
// number left out, times that rise, and what was shown before is shown again the
// same.
func (l *ledger) read(p order.PartyID, changes []order.Change) {
	for _, c := range changes {
		feed := l.feeds[p]
		switch n := int64(len(feed)); {
		case c.Number > n+1:
			l.w.breach("the feed of %s goes from %d to %d", p, n, c.Number)
		case c.Number <= n && !sameChange(feed[c.Number-1], c):
			l.w.breach("change %d of %s was %+v and is %+v", c.Number, p, feed[c.Number-1], c)
		case c.Number == n+1:
			if n > 0 && !c.At.After(feed[n-1].At) {
				l.w.breach("change %d of %s is stamped %s, and the one before it %s", c.Number, p, c.At, feed[n-1].At)
			}
			l.feeds[p] = append(feed, c)
		}
	}
}

// sameChange compares the permanent part of a change; that its order was retired
// since may be added.
func sameChange(a, b order.Change) bool {
	if b.Retired {
		return a.Number == b.Number && a.Order == b.Order && a.Event == b.Event && a.Kind == b.Kind && a.At.Equal(b.At)
	}
	return a == b
}

// changeOf is the newest change of an order that a party could see, 0 for none.
func (l *ledger) changeOf(p order.PartyID, id order.ID) int64 {
	feed := l.feeds[p]
	for i := len(feed) - 1; i >= 0; i-- {
		if feed[i].Order == id {
			return feed[i].Number
		}
	}
	return 0
}

// wanted are the changes of a party that an endpoint is to be notified of. What is left
// of a retired order's does not say what they were.
func (l *ledger) wanted(e webhook.Endpoint) (changes []order.Change) {
	for _, c := range l.feeds[e.Party] {
		if t, ok := webhook.TypeOf(c.Kind, c.To); ok && e.Events.Wants(t) && !(c.Retired && c.To == "") {
			changes = append(changes, c)
		}
	}
	return changes
}

// nameOf is what the trace calls an order.
func (l *ledger) nameOf(id order.ID) string {
	if s := l.byID[id]; s != nil {
		return s.name
	}
	if i := slices.IndexFunc(l.orders, func(s *sent) bool { return s.order.ID == id }); i >= 0 {
		return l.orders[i].name
	}
	return fmt.Sprintf("(an order of %d)", len(l.orders))
}
