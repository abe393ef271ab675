package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/bookgate/bookgate/order"
)

// quota is a number of units, bytes of bodies or working places, that all requests
// may have together, of which each owner may have some. A request that finds none left
// waits.
type quota struct {
	most, each int64
	spare      bool  // beyond each, an owner may have as many as are free
	exempt     owner // whose units count for no share; empty exempts none

	mu     sync.Mutex
	taken  int64
	of     map[owner]int64
	queues []*waiters // of the owners that wait, in the order of their turns
}

// wanted is what one request waits for.
type wanted struct {
	owner owner
	units int64
	got   chan struct{} // closed when it has them
}

func newQuota(most, each int64) *quota {
	return &quota{most: most, each: each, of: map[owner]int64{}}
}

// take waits for units, until some time has passed or gone is closed; false says
// that it has none.
func (q *quota) take(o owner, units int64, patience time.Duration, gone <-chan struct{}) bool {
	q.mu.Lock()
	if len(q.queues) == 0 && q.taken+units <= q.most && q.within(o, units) { // the usual case: no other waits
		q.hold(o, units)
		q.mu.Unlock()
		return true
	}
	w := &wanted{o, units, make(chan struct{})}
	q.queue(w)
	q.serve()
	served := w.served()
	q.mu.Unlock()
	if served {
		return true
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.got:
		return true
	case <-timer.C:
	case <-gone:
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.served() { // in between
		return true
	}
	q.unqueue(w)
	q.serve() // it may have stood before others
	return false
}

// give returns units.
func (q *quota) give(o owner, units int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(o, units)
	q.serve()
}

// serve hands out what there is, with mu held. The owners take turns. Who waits for
// others of the same owner is passed over; who waits for the whole is not, or a large
// body would wait for as long as small ones come.
func (q *quota) serve() {
	for next := 0; next < len(q.queues); {
		l := q.queues[next]
		w := l.waiting[0]
		if !q.within(w.owner, w.units) {
			next++
			continue
		}
		if q.taken+w.units > q.most {
			return
		}
		q.hold(w.owner, w.units)
		close(w.got)
		q.queues = slices.Delete(q.queues, next, next+1)
		if l.waiting = l.waiting[1:]; len(l.waiting) > 0 {
			q.queues = append(q.queues, l)
		}
		next = 0 // what was passed over may fit into what is free now
	}
}

// waiters are what the requests of one owner wait for, the oldest first.
type waiters struct {
	owner   owner
	waiting []*wanted
}

// queue appends to the queue of an owner, with mu held.
func (q *quota) queue(w *wanted) {
	for _, l := range q.queues {
		if l.owner == w.owner {
			l.waiting = append(l.waiting, w)
			return
		}
	}
	q.queues = append(q.queues, &waiters{w.owner, []*wanted{w}})
}

// unqueue takes one out of its queue, with mu held.
func (q *quota) unqueue(w *wanted) {
	for i, l := range q.queues {
		if l.owner != w.owner {
			continue
		}
		if at := slices.Index(l.waiting, w); at >= 0 {
			l.waiting = slices.Delete(l.waiting, at, at+1)
		}
		if len(l.waiting) == 0 {
			q.queues = slices.Delete(q.queues, i, i+1)
		}
		return
	}
}

// within reports whether an owner may have so many more by its own share, with mu
// held. Beyond each it may have no more than it then leaves to others.
func (q *quota) within(o owner, units int64) bool {
	held := q.of[o] + units
	return o == q.exempt || held <= q.each || q.spare && (q.taken+units > q.most || held <= q.most-q.taken)
}

// full reports whether it is the owner's own share that has nothing left.
func (q *quota) full(o owner) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken < q.most && !q.within(o, 1)
}

// heldBy is how many units an owner has.
func (q *quota) heldBy(o owner) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.of[o]
}

// move makes one unit that an owner has another's, if that one's share allows.
func (q *quota) move(from, to owner) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(from, 1)
	if q.within(to, 1) {
		q.hold(to, 1)
		q.serve() // from may be one that waits
		return true
	}
	q.hold(from, 1)
	return false
}

// hold puts units into the books, with mu held.
func (q *quota) hold(o owner, units int64) {
	q.taken += units
	q.of[o] += units
}

// drop takes units out of the books, with mu held.
func (q *quota) drop(o owner, units int64) {
	q.taken -= units
	if q.of[o] -= units; q.of[o] <= 0 {
		delete(q.of, o)
	}
}

// served reports whether a request has what it waited for.
func (w *wanted) served() bool {
	select {
	case <-w.got:
		return true
	default:
		return false
	}
}

// inHand is how many units are taken.
func (q *quota) inHand() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.taken
}

// newWork makes the working places, of which a caller that comes alone has half: a
// party, or an address without a credential. See [quota]; a place is one of its
// units.
func newWork(places int) *quota {
	w := newQuota(int64(places), max(leastWork, int64(places)/workShares))
	w.spare, w.exempt = true, unchecked
	return w
}

// unchecked owns the places of the requests whose credential is still to be looked
// up, which takes no longer than to refuse it. They count for no address: behind a
// proxy many parties have the same one.
const unchecked owner = "unchecked credential"

// worker returns who has the working place of a request: the party once it is known.
func (a *responseWriter) worker() owner {
	if a.claims && a.record.Party == "" {
		return unchecked
	}
	return a.owner()
}

// claims reports whether a request shows a credential, good or not.
func claims(r *http.Request) bool {
	return len(r.Header.Values("Authorization"))+len(r.Header.Values("X-Api-Key")) > 0
}

// work takes a place among those that work, and waits a little for one.
func (a *responseWriter) work() error {
	o, places := a.worker(), a.server.work
	if places.take(o, 1, workTime, nil) {
		a.working, a.works = true, o
		return nil
	}
	own := places.full(o)
	a.server.config.Metrics.RequestRefused(own)
	if own {
		return busy(fmt.Sprintf("%d requests of yours are being answered, as many as one party or address may have now.", places.heldBy(o)))
	}
	return busy(fmt.Sprintf("The server is answering %d requests, as many as it may at once.", places.most))
}

// identified is called once it is known whose the request is: its place counts for
// the party from then on. Where the party has none left, the request frees its
// place and waits for one of the party's.
func (a *responseWriter) identified() error {
	o := a.worker()
	if !a.working || a.works == o {
		return nil
	}
	if a.server.work.move(a.works, o) {
		a.works = o
		return nil
	}
	a.Leave()
	return a.work()
}

// share lets what is found out about a request decide whose places it has.
func (a *responseWriter) share(r *http.Request) {
	a.claims, a.record.Identified = claims(r), a.identified
}

// owner is who has a place: the party of a request with a valid credential,
// wherever it comes from, else the address that it comes from.
type owner string

// owner returns whose the request is, by what its handler has found out so far.
func (a *responseWriter) owner() owner {
	if a.record != nil && a.record.Party != "" {
		return "party " + owner(a.record.Party)
	}
	return "address " + a.address
}

// addressOf returns the address that counts for a request without a credential.
// A client with an address of IPv6 has its whole /64.
func addressOf(r *http.Request) owner {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return owner(r.RemoteAddr)
	}
	ip := at.Addr().Unmap().WithZone("")
	if !ip.Is6() {
		return owner(ip.String())
	}
	network, _ := ip.Prefix(64) // 64 bits are there
	return owner(network.String())
}

// shares are places for requests, of which each owner may have some.
type shares struct {
	most, each int
	spare      bool // beyond each, an owner may have as many as are free

	mu    sync.Mutex
	taken int
	of    map[owner][]*place // the oldest first
}

// place is one of them, taken.
type place struct {
	shares *shares
	owner  owner
	cut    func() // takes the place away from its holder; nil where it stays
}

// newShares makes places for most requests, each of one owner.
func newShares(most, each int) *shares {
	return &shares{most: most, each: min(most, each), of: map[owner][]*place{}}
}

// take takes a place, or returns nil where there is none left in all or in the
// owner's share, and which of the two bounds it was. Holders that can be cut
// are dropped: the oldest of the owner whose share is full, and where all places
// are taken the oldest of the owner that has the most. cut runs before leave
// returns, if at all, and must not wait.
func (s *shares) take(o owner, cut func()) (p *place, bound int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, held, free := o, len(s.of[o]), s.most-s.taken
	switch {
	case held >= s.each && (!s.spare || free > 0 && held >= free):
		bound = held
	case free <= 0:
		bound = s.most
		for other, places := range s.of {
			if len(places) > len(s.of[from]) {
				from = other
			}
		}
	}
	if bound > 0 {
		if cut == nil || len(s.of[from]) == 0 {
			return nil, bound
		}
		oldest := s.of[from][0]
		oldest.cut()
		s.remove(oldest)
	}
	p = &place{shares: s, owner: o, cut: cut}
	s.of[o] = append(s.of[o], p)
	s.taken++
	return p, 0
}

// leave frees the place, where it was not taken away before.
func (p *place) leave() {
	p.shares.mu.Lock()
	defer p.shares.mu.Unlock()
	p.shares.remove(p)
}

// remove takes a place out of the books, with mu held.
func (s *shares) remove(p *place) {
	at := slices.Index(s.of[p.owner], p)
	if at < 0 {
		return
	}
	s.taken--
	if s.of[p.owner] = slices.Delete(s.of[p.owner], at, at+1); len(s.of[p.owner]) == 0 {
		delete(s.of, p.owner)
	}
}

// len is how many places are taken.
func (s *shares) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// WaitSlot frees the request's place among those that work, because its handler is
// going to wait until something happens. Those that wait have places of their own,
// of which a party has a share; when there is none left, WaitSlot returns the error
// to answer with. A waiting request stays so to its end, and ends when its client
// leaves.
func (a *responseWriter) WaitSlot() error {
	if a.join != nil {
		a.join()
	}
	if !a.admitted || a.seat != nil && a.seat.shares == a.server.waiting {
		return nil
	}
	seat, bound := a.server.waiting.take(a.owner(), nil)
	if seat == nil {
		return errTooManyWaiting(bound, bound < a.server.waiting.most)
	}
	a.Leave()
	a.seat = seat
	return nil
}

// errTooManyWaiting refuses to wait beside most others: of the same party where own,
// else of all.
func errTooManyWaiting(most int, own bool) error {
	whose, who := "requests", "as many as may"
	if own {
		whose, who = "requests of yours", "as many as one party may have now"
	}
	e := order.Errorf(order.Unavailable, "waiting-full", "%d %s wait for something to happen, %s.", most, whose, who).
		WithHint("Ask again after the time in Retry-After, or without waiting.")
	e.RetryAfter = parkedRetry
	return e
}

// exempt reports whether a path is one of health, which no limit holds up.
func exempt(path string) bool { return path == alivePath || path == readyPath }
