package webhook

import (
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

func TestFilters(t *testing.T) {
	everyday := slices.DeleteFunc(append(Types(), EndpointTest, OrderReminder), func(t Type) bool { return t == OrderMoved })
	for _, c := range []struct {
		filter string
		wants  []Type
	}{
		{"", everyday},
		{"*", everyday},
		{"order.*", everyday},
		{"order.sent", []Type{OrderSent, EndpointTest}},
		{"order.moved", []Type{OrderMoved, EndpointTest}},
		{"order.line.*", []Type{OrderLineStatus, EndpointTest}},
		{"order.re*", []Type{OrderReceived, OrderReduced, OrderReminder, EndpointTest}},
		{"order.sent order.failed", []Type{OrderSent, OrderFailed, EndpointTest}},
	} {
		f := Filter(strings.Fields(c.filter))
		if err := f.Check(); err != nil {
			t.Errorf("%q is refused: %v", c.filter, err)
		}
		wanted := map[Type]bool{}
		for _, w := range c.wants {
			wanted[w] = true
		}
		for _, typ := range append(Types(), EndpointTest, OrderReminder) {
			if got := f.Wants(typ); got != wanted[typ] {
				t.Errorf("%q wants %s: %v", c.filter, typ, got)
			}
		}
	}
}

func TestAFilterThatNothingPassesIsRefused(t *testing.T) {
	for pattern, hint := range map[string]string{
		"order.snt":         "Did you mean order.sent?",
		"Order.Sent":        "Did you mean order.sent?",
		"order.line.statsu": "Did you mean order.line.status?",
		"invoice.*":         "order.received, order.sent",
		"order.*.sent":      "order.",
		"":                  "order.received, order.sent",
		"endpoint.test":     "order.received, order.sent",
	} {
		err := Filter{"order.sent", pattern}.Check()
		if order.CodeOf(err) != "webhook-events" || !strings.Contains(hintOf(err), hint) {
			t.Errorf("%q: %v, hint %q, want %q", pattern, err, hintOf(err), hint)
		}
	}
}

// TestEveryEventHasItsType holds the table against the kinds that the core
// has: a new one needs a decision on who gets it.
func TestEveryEventHasItsType(t *testing.T) {
	types := map[Type]bool{}
	for _, c := range []struct {
		kind order.EventKind
		to   order.Status
		want Type
	}{
		{order.EventReceived, order.Unprocessed, OrderReceived},
		{order.EventProcessed, order.Sent, OrderSent},
		{order.EventProcessed, order.Failed, OrderFailed},
		{order.EventMarked, order.Received, OrderLineStatus},
		{order.EventAnswered, order.Received, OrderAnswered},
		{order.EventReduced, order.Requested, OrderReduced},
		{order.EventErased, "", OrderErased},
		{order.EventStateChanged, "SHIPPED", OrderMoved},
	} {
		got, ok := TypeOf(c.kind, c.to)
		if !ok || got != c.want {
			t.Errorf("%s to %s is %q, want %q", c.kind, c.to, got, c.want)
		}
		types[got] = true
	}
	for _, typ := range Types() {
		if !types[typ] {
			t.Errorf("no event is a %s", typ)
		}
	}
	if got, ok := TypeOf("unheard-of", ""); ok {
		t.Errorf("an event that is none is a %s", got)
	}
}
