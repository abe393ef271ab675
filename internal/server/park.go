package server

import "github.com/bookgate/bookgate/order"

// Park gives the request's place among those that work to another, because its
// handler is going to wait until something happens. Those that wait have places
// of their own, of which a party has a share; when there is none left, Park
// returns the error to answer with.
// A parked request stays so to its end, and ends when its client leaves.
func (a *responseWriter) Park() error {
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
