package server

import (
	"fmt"
	"net/http"
)

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
