package hark

import "github.com/bookgate/bookgate/order"

// The states of a device order. SHIPPED and CANCELLED are final.
const (
	ordered    = "ORDERED"
	inProgress = "IN_PROGRESS"
	shipped    = "SHIPPED"
	cancelled  = "CANCELLED"
)

// stateOf is the word for the status of the order's one line. An order that
// found no receiver will never be shipped, so it counts as cancelled.
func stateOf(s order.Status) string {
	switch s {
	case order.Received:
		return inProgress
	case order.Fulfilled, order.FulfilledAssigned, order.FulfilledBlocked:
		return shipped
	case order.Rejected, order.Failed:
		return cancelled
	}
	return ordered
}

// state is the word for an order as it stands.
func state(o *order.Order) string {
	if l := o.Line(deviceLine); l != nil {
		return stateOf(l.Status)
	}
	return stateOf(o.Status)
}
