package server

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
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

// newWork makes the working places, of which a caller that comes alone has half: a party,
// or an address without a credential. See [quota]; a place is one of its units.
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
// the party from then on. Where the party has none left, the request returns its place
// and waits for one of the party's.
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
