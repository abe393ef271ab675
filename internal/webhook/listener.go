package webhook

import (
	"context"
	"slices"
	"sync"

	"github.com/bookgate/bookgate/order"
)

const (
	// mostHeard bounds how many deliveries of one Resend go to those who listen;
	// the newest do. A developer who tries a program out sends a handful.
	mostHeard = 200

	// mostWaiting bounds what waits for one listener. One that is further
	// behind misses the rest: the deliveries themselves are not touched.
	mostWaiting = 2 * mostHeard
)

// listeners knows who listens for what is sent again, by party. It lives in the
// memory of one process: a Resend that another replica carries out is not heard.
type listeners struct {
	mu  sync.Mutex
	all map[order.PartyID][]*Listener
}

// Listener hears which deliveries of a party are sent again by hand, so that a
// live stream can show them: they are not changes and have no number in the
// feed.
type Listener struct {
	all   *listeners
	party order.PartyID

	mu      sync.Mutex
	waiting []Delivery
	wake    func()
}

// Listen begins to listen for a party. The caller closes the listener.
func (d *Service) Listen(party order.PartyID) *Listener {
	h := &d.listeners
	l := &Listener{all: h, party: party}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all == nil {
		h.all = map[order.PartyID][]*Listener{}
	}
	h.all[party] = append(h.all[party], l)
	return l
}

// Close ends the listening.
func (l *Listener) Close() {
	h := l.all
	h.mu.Lock()
	defer h.mu.Unlock()
	rest := slices.DeleteFunc(h.all[l.party], func(other *Listener) bool { return other == l })
	if h.all[l.party] = rest; len(rest) == 0 {
		delete(h.all, l.party)
	}
}

// Take returns what was heard since the last call, oldest first.
func (l *Listener) Take() []Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	heard := l.waiting
	l.waiting, l.wake = nil, nil
	return heard
}

// Wake has do called once when there is something to take, at once when there
// is already.
func (l *Listener) Wake(do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake = do; len(l.waiting) > 0 {
		do()
	}
}

func (l *Listener) deliver(heard []Delivery) {
	l.mu.Lock()
	defer l.mu.Unlock()
	free := max(mostWaiting-len(l.waiting), 0)
	l.waiting = append(l.waiting, heard[:min(free, len(heard))]...)
	if l.wake != nil {
		l.wake()
	}
}

// of lists who listens for a party.
func (h *listeners) of(party order.PartyID) []*Listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.all[party])
}

// Resend sends deliveries again and reports how many. Who listens hears of them.
func (d *Service) Resend(ctx context.Context, r Resend) (int64, error) {
	r.Now = d.now()
	var heard []Delivery
	audience := d.listeners.of(r.Party)
	if len(audience) > 0 {
		var err error
		if heard, err = d.selected(ctx, r); err != nil { // before it, for failed ones are pending afterwards
			return 0, err
		}
	}
	n, err := d.store.Resend(ctx, r)
	if err != nil {
		return 0, err
	}
	d.ring()
	for _, l := range audience {
		l.deliver(heard)
	}
	return n, nil
}

// selected returns the deliveries that a Resend selects, oldest first, at most mostHeard.
func (d *Service) selected(ctx context.Context, r Resend) ([]Delivery, error) {
	if r.ID != "" {
		one, err := d.store.Delivery(ctx, r.Party, r.Endpoint, r.ID)
		return []Delivery{one}, err
	}
	q := DeliveryQuery{Party: r.Party, Endpoint: r.Endpoint, Limit: mostHeard}
	if r.Failed {
		q.State = Failed
	}
	all, err := d.store.Deliveries(ctx, q)
	all = slices.DeleteFunc(all, func(one Delivery) bool { return one.Created.Before(r.Since) })
	slices.Reverse(all)
	return all, err
}
