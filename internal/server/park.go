package server

import "github.com/bookgate/bookgate/order"

// Park gives the request's place among those that work to another, because its
// handler is going to wait until something happens. Those that wait have places
// of their own; when there is none left, Park gives the error to answer with.
// A parked request stays so to its end, and ends when its client leaves.
func (a *answer) Park() error {
	if a.join != nil {
		a.join()
	}
	if a.parking == nil || a.place == a.parking {
		return nil
	}
	select {
	case a.parking <- struct{}{}:
		<-a.place
		a.place = a.parking
		return nil
	default:
		return errParked(cap(a.parking))
	}
}

func errParked(most int) error {
	e := order.Errorf(order.Unavailable, "waiting-full", "%d requests wait for something to happen, as many as may.", most).
		WithHint("Ask again after the time in Retry-After, or without waiting.")
	e.RetryAfter = parkedRetry
	return e
}
