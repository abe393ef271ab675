package webhook

import (
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Type names what a delivery reports, in words that integrators filter by.
type Type string

// The types. A party gets what it may see: of order.received and
// order.failed the receiver hears nothing, because the order is not its own
// yet, or never.
const (
	OrderReceived   Type = "order.received"    // the exchange has taken the order in; to its sender
	OrderSent       Type = "order.sent"        // it was routed and lies ready for its receiver; to both
	OrderFailed     Type = "order.failed"      // it could not be routed; to its sender
	OrderLineStatus Type = "order.line.status" // the receiver answered a line; to both
	OrderAnswered   Type = "order.answered"    // the last line without an answer got one; to both
	OrderReduced    Type = "order.reduced"     // the sender takes copies back; to both
	OrderErased     Type = "order.erased"      // its personal data were erased; to both
	OrderMoved      Type = "order.moved"       // it went on in its own dialect, whose words From and To are; to who asks for it by this name alone
	OrderReminder   Type = "order.reminder"    // no line has been answered for long; to its receiver, by mail
	EndpointTest    Type = "endpoint.test"     // its owner asked for a test event; to one endpoint
)

// Types lists the types that a filter may name or match, in the order of an
// order's life. OrderMoved is not among them: it can be named alone.
func Types() []Type {
	return []Type{OrderReceived, OrderSent, OrderFailed, OrderLineStatus, OrderAnswered, OrderReduced, OrderErased}
}

// TypeOf returns the type of an order's event; ok is false for one that is
// not sent.
func TypeOf(kind order.EventKind, to order.Status) (t Type, ok bool) {
	switch kind {
	case order.EventReceived:
		return OrderReceived, true
	case order.EventProcessed:
		if to == order.Failed {
			return OrderFailed, true
		}
		return OrderSent, true
	case order.EventMarked:
		return OrderLineStatus, true
	case order.EventReduced:
		return OrderReduced, true
	case order.EventAnswered:
		return OrderAnswered, true
	case order.EventErased:
		return OrderErased, true
	case order.EventStateChanged:
		return OrderMoved, true
	}
	return "", false
}

// Filter says which types an endpoint wants: exact names, or a beginning with
// a star such as order.* or order.line.*. An empty filter wants all. OrderMoved
// speaks in a dialect's own words, so its exact name alone wants it.
type Filter []string

// Wants reports whether t passes. A test event always does.
func (f Filter) Wants(t Type) bool {
	if t == OrderMoved {
		return slices.Contains(f, string(t))
	}
	if len(f) == 0 || t == EndpointTest {
		return true
	}
	return slices.ContainsFunc(f, func(pattern string) bool { return matches(pattern, t) })
}

func matches(pattern string, t Type) bool {
	if begin, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(string(t), begin)
	}
	return pattern == string(t)
}

// maxFilters is more than there are types.
const maxFilters = 20

// Check refuses a filter that no event can pass, and names the nearest word.
func (f Filter) Check() error {
	if len(f) > maxFilters {
		return order.Errorf(order.Invalid, "webhook-events", "There are %d filters, and %d are taken.", len(f), maxFilters).
			WithHint("Use a pattern such as order.*.")
	}
	for _, pattern := range f {
		if pattern == string(OrderMoved) || slices.ContainsFunc(Types(), func(t Type) bool { return matches(pattern, t) }) {
			continue
		}
		e := order.Errorf(order.Invalid, "webhook-events", "%q matches no type of event.", order.Truncate(pattern))
		names := make([]string, 0, len(Types()))
		for _, t := range Types() {
			names = append(names, string(t))
		}
		if near, ok := order.Nearest(pattern, names); ok {
			return e.WithHint("Did you mean %s? Patterns such as order.* are taken as well.", near)
		}
		return e.WithHint("Use %s, or a pattern such as order.*.", strings.Join(names, ", "))
	}
	return nil
}
