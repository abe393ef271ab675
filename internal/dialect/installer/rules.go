package installer

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Rules are what installation orders add to the core's rules, in whichever
// dialect one is changed.
func Rules() order.Rules { return order.Rules{Mark: mark, Reduce: reduce, State: state} }

func state(o *order.Order) string { return statusOf(o).String() }

// mark lets the installer move an order on, until it is completed, declined or
// cancelled.
func mark(o *order.Order, m order.LineUpdate, _ time.Time) error {
	if len(m.Attributes) > 0 {
		names := slices.Sorted(maps.Keys(m.Attributes))
		return order.Errorf(order.Invalid, "attributes-not-accepted",
			"An installation order knows no attributes beside the answer, and there is %s.",
			order.Truncate(strings.Join(names, ", "))).
			WithHint("Leave the attributes out.")
	}
	from, to := statusOf(o), statusOf(answered(o, m))
	if from == to || !from.final() {
		return nil
	}
	return order.Errorf(order.Conflict, "installation-closed", "The installation order %s is %s, and cannot become %s.",
		order.Truncate(o.Number), from, to).
		WithHint("An order that is %s stays so.", from)
}

// answered is the order as it would be.
func answered(o *order.Order, m order.LineUpdate) *order.Order {
	after := *o
	after.Lines = slices.Clone(o.Lines)
	if l := after.Line(m.Line); l != nil {
		l.Status = m.Status
	}
	return &after
}

// reduce lets the router take back what it ordered as long as the order is not
// at its end.
func reduce(o *order.Order) error {
	now := statusOf(o)
	if !now.final() {
		return nil
	}
	return order.Errorf(order.Conflict, "installation-closed",
		"The installation order %s is %s, and nothing is taken back of it.", order.Truncate(o.Number), now).
		WithHint("An order that is %s stays so.", now)
}
