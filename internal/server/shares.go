package server

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/bookgate/bookgate/order"
)

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
// are taken the oldest of the owner that has the most. cut runs before leave returns, if
// at all, and must not wait.
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

// WaitSlot returns the request's place among those that work to another, because its
// handler is going to wait until something happens. Those that wait have places
// of their own, of which a party has a share; when there is none left, WaitSlot
// returns the error to answer with.
// A parked request stays so to its end, and ends when its client leaves.
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
