package simulation

import (
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// How long the work may go on after the last fault. Whatever a process held that
// died is free again after its lease, half a minute, and the steps of an uneasy clock; what a receiver failed to take
// comes again a day later at the latest, a fifth more with its jitter.
const (
	leases      = 36 * time.Second
	longestWait = 30 * time.Hour
	rounds      = 40 // of claiming what is due, while the events of an order come one by one
)

// settleDown ends all faults, lets the time pass that work may take, and does the
// work.
func (w *world) settleDown() {
	w.calm = true
	for _, m := range w.machines {
		if m.db == nil {
			m.start()
		}
		m.tasks = nil // those whose process died
	}
	if w.plan.rightEnd {
		w.ahead = 0
		for _, m := range w.machines {
			m.lookAtClock()
		}
	}
	w.say("all is well; the clocks are set right: %v; receivers say that they are back: %v", w.plan.rightEnd,
		w.plan.resume)
	for _, id := range endpointIDs() {
		r := w.receivers[id]
		paused := w.paused(w.machines[0], r)
		if w.plan.resume && !paused { // by which all that waits for it becomes due
			w.setPaused(r, true)
		}
		if w.plan.resume || paused {
			w.setPaused(r, false)
		}
	}
	w.passed += max(leases, w.plan.delay+time.Second)
	for _, m := range w.machines {
		w.workOff(m)
	}
	if !w.plan.resume {
		w.passed += longestWait
		w.workOff(w.machines[0])
	}
	for _, p := range w.parties {
		for _, poller := range p.pollers {
			w.poll(poller)
		}
	}
}

// paused reports whether the owner of an endpoint holds its events back.
func (w *world) paused(m *machine, r *receiver) bool {
	e, err := m.db.Endpoint(w.ctx, r.endpoint.Party, r.endpoint.ID)
	if err != nil {
		w.breach("endpoint %s: %v", r.endpoint.ID, err)
	}
	return e.State == webhook.Paused
}

// workOff has a process do all that it finds to do.
func (w *world) workOff(m *machine) {
	for m.exchange.ProcessNext(w.ctx) {
	}
	m.do("sweep", false, func() error { return m.exchange.ProcessPending(w.ctx) })
	for range rounds {
		var tasks []webhook.Task
		m.do("claim all", false, func() (err error) {
			tasks, err = m.dispatcher.Claim(w.ctx, 64)
			return err
		})
		if len(tasks) == 0 {
			return
		}
		for _, t := range tasks {
			m.do("deliver to "+t.Endpoint.ID, false, func() error {
				m.dispatcher.Try(w.ctx, t)
				return nil
			})
		}
	}
}

// checkAll holds the store against the ledger.
func (w *world) checkAll() {
	m := w.machines[0]
	for _, p := range w.parties {
		w.checkFeed(m, p)
	}
	w.findUnknown(m)
	for _, s := range w.book.orders {
		if s.acked {
			w.checkOrder(m, s)
		}
	}
	for _, p := range w.parties {
		w.checkLists(m, p)
	}
	for _, e := range endpoints() {
		w.checkDeliveries(m, w.receivers[e.ID])
	}
}

// checkFeed reads a party's feed from its beginning to its head.
func (w *world) checkFeed(m *machine, p *party) {
	for after := int64(0); ; {
		page, err := m.exchange.Feed(w.ctx, order.FeedQuery{Party: p.id, After: after, Limit: order.MaxPage}, 0)
		if err != nil {
			w.breach("the feed of %s: %v", p.id, err)
		}
		w.book.read(p.id, page.Changes)
		if after += int64(len(page.Changes)); !page.More {
			if after != page.Head {
				w.breach("the feed of %s has %d changes, and its head is %d", p.id, after, page.Head)
			}
			return
		}
	}
}

// findUnknown looks for the orders of which no receipt came and that are there all
// the same. Nothing else may be there, and nothing twice.
func (w *world) findUnknown(m *machine) {
	for _, p := range w.parties {
		numbers := map[string]bool{}
		for id := range w.listed(m, p.id, order.SentByMe) {
			o, err := m.exchange.Order(w.ctx, p.id, id)
			if err != nil {
				w.breach("order %s is listed and cannot be read: %v", w.book.nameOf(id), err)
			}
			if o.Sender != p.id {
				continue // sent in its name
			}
			if numbers[o.Number] {
				w.breach("number %s of %s is there twice", o.Number, p.id)
			}
			numbers[o.Number] = true
			i := slices.IndexFunc(w.book.orders, func(s *sent) bool { return s.sender() == p.id && s.order.Number == o.Number })
			if i < 0 {
				w.breach("order %s of %s was never sent", o.Number, p.id)
			}
			w.book.receipt(w.book.orders[i], order.Receipt{ID: id})
		}
	}
}

// checkOrder wants an order that was acknowledged to be where it belongs, with a
// history without holes.
func (w *world) checkOrder(m *machine, s *sent) {
	o, err := m.exchange.Order(w.ctx, s.sender(), s.ids)
	if order.KindOf(err) == order.Gone {
		w.wantGone(s)
		w.goneInTime(s)
		return
	}
	if err != nil {
		w.breach("order %s was acknowledged and is lost: %v", s.name, err)
	}
	w.book.seen(s, &o)
	switch {
	case s.seller == "" && o.Status != order.Failed && o.Status != order.Rejected:
		w.breach("order %s can go nowhere, and is %s", s.name, o.Status)
	case s.seller != "" && !o.Status.Routed():
		w.breach("order %s is %s; it should have reached %s", s.name, o.Status, s.seller)
	case s.seller != "" && o.Seller != s.seller:
		w.breach("order %s went to %s; it should have gone to %s", s.name, o.Seller, s.seller)
	}
	history, err := m.exchange.History(w.ctx, s.sender(), s.ids)
	if err != nil || len(history) == 0 {
		w.breach("the history of %s: %v", s.name, err)
	}
	w.checkHistory(s, &o, history)
	for _, p := range o.Audience() {
		w.checkReported(p, s, history)
	}
	if s.test {
		if _, err := m.exchange.Order(w.ctx, s.seller, s.ids); s.seller != "" && s.seller != s.sender() &&
			order.KindOf(err) != order.NotFound {
			w.breach("test order %s is shown to its receiver", s.name)
		}
	}
}

// checkHistory wants events without a hole, in the order of their times, up to the
// revision that the order has.
func (w *world) checkHistory(s *sent, o *order.Order, history []order.Event) {
	revision := int64(0)
	for i, ev := range history {
		switch {
		case ev.Number != i+1:
			w.breach("event %d of %s stands in place %d", ev.Number, s.name, i+1)
		case ev.Revision < revision || ev.Revision > revision+1:
			w.breach("event %d of %s has revision %d, behind %d", ev.Number, s.name, ev.Revision, revision)
		case i > 0 && !ev.At.After(history[i-1].At):
			w.breach("event %d of %s is stamped %s, and the one before it %s", ev.Number, s.name, ev.At, history[i-1].At)
		}
		revision = ev.Revision
	}
	if revision != o.Revision {
		w.breach("the history of %s ends at revision %d, and it has %d", s.name, revision, o.Revision)
	}
	if last := history[len(history)-1].At; !last.Equal(o.Updated) {
		w.breach("order %s was last changed %s, and its history ends %s", s.name, o.Updated, last)
	}
}

// checkReported wants each event of an order in a party's feed once, from the first
// that the party could see.
func (w *world) checkReported(p order.PartyID, s *sent, history []order.Event) {
	next := 0
	for _, c := range w.book.feeds[p] {
		if c.Order != s.ids {
			continue
		}
		if next == 0 && c.Event > 1 && p == s.seller {
			next = c.Event - 1 // it could not see what was before
			if history[next].Kind != order.EventProcessed {
				w.breach("the feed of %s begins with event %d of %s", p, c.Event, s.name)
			}
		}
		if next >= len(history) || c.Event != history[next].Number || c.Kind != history[next].Kind ||
			!c.At.Equal(history[next].At) {
			w.breach("change %d of %s is event %d of %s; event %d was to be next", c.Number, p, c.Event, s.name, next+1)
		}
		next++
	}
	if next != len(history) {
		w.breach("the feed of %s has %d of %d events of %s", p, next, len(history), s.name)
	}
}

// wantGone accepts that an order was taken out of storage, where that is done.
func (w *world) wantGone(s *sent) {
	if w.retired.IsZero() {
		w.breach("order %s was taken out of storage, and none is to be", s.name)
	}
	if s.seller != "" && !s.test && !s.finished && !s.unsure {
		w.breach("order %s was taken out of storage, and is not finished", s.name)
	}
	s.gone = true
}

// goneInTime wants its last change to be as old as the operator said.
func (w *world) goneInTime(s *sent) {
	feed := w.book.feeds[s.sender()]
	change := w.book.changeOf(s.sender(), s.ids)
	if at := feed[change-1].At; !at.Before(w.retired) {
		w.breach("order %s was changed %s, and was taken out of storage by a clock for which that is not old", s.name, at)
	}
}

// checkLists wants every order in the lists of those who see it, once, in the place
// of its last change; and every poller to have been shown that change.
func (w *world) checkLists(m *machine, p *party) {
	for _, mode := range []order.Mode{order.SentByMe, order.SentToMe, order.All} {
		listed := w.listed(m, p.id, mode)
		for id, change := range listed {
			if newest := w.book.changeOf(p.id, id); change != newest {
				w.breach("order %s stands at change %d in list %s of %s; its last is %d", w.book.nameOf(id), change, mode, p.id,
					newest)
			}
		}
		for _, s := range w.book.orders {
			if s.acked && !s.gone && w.belongs(s, p.id, mode) != (listed[s.ids] != 0) {
				w.breach("order %s in list %s of %s: %v, and should be: %v", s.name, mode, p.id, listed[s.ids] != 0, w.belongs(s,
					p.id, mode))
			}
		}
		for _, poller := range p.pollers {
			if poller.mode == mode && poller.trusted(w) {
				poller.wantShown(w, listed)
			}
		}
	}
}

// belongs reports whether an order is in a list, once it has gone where it can go.
func (w *world) belongs(s *sent, p order.PartyID, mode order.Mode) bool {
	sends := p == s.sender() || p == s.buyer()
	receives := p == s.seller && !s.test
	return sends && mode != order.SentToMe || receives && mode != order.SentByMe
}

// checkDeliveries wants nothing to wait, and every event to have come to who wants
// it, unless it was given up after all its tries.
func (w *world) checkDeliveries(m *machine, r *receiver) {
	for _, state := range []webhook.DeliveryState{webhook.Pending, webhook.Failed} {
		left, err := m.db.Deliveries(w.ctx, webhook.DeliveryQuery{Party: r.endpoint.Party, Endpoint: r.endpoint.ID,
			State: state, Limit: 200})
		if err != nil {
			w.breach("the deliveries to %s: %v", r.endpoint.ID, err)
		}
		for _, d := range left {
			if msg := r.got[d.ID]; state == webhook.Failed && msg != nil && msg.tries >= giveUpAfter {
				msg.taken++ // as far as can be
				continue
			}
			w.breach("the delivery of change %d to %s is %s, due %s, when the clock shows %s", d.Event.Change, r.endpoint.ID,
				d.State, d.Due, m.now())
		}
	}
	came := map[int64]bool{}
	for _, msg := range r.got {
		came[msg.change] = came[msg.change] || msg.taken > 0
	}
	for _, c := range w.book.wanted(r.endpoint) {
		if !came[c.Number] && !r.grouped(c) {
			w.breach("%s was never notified of change %d, %s of order %s", r.endpoint.ID, c.Number, c.Kind,
				w.book.nameOf(c.Order))
		}
	}
}

// grouped reports whether a change may be sent with a later one.
func (r *receiver) grouped(order.Change) bool { return r.endpoint.Format == mailFormat }

func (s *sent) sender() order.PartyID { return order.PartyID(s.name[:4]) }

func (s *sent) buyer() order.PartyID { return order.PartyID(s.order.Header.Buyer.ID.Value) }
