package storetest

import (
	"testing"

	"github.com/bookgate/bookgate/order"
)

var interchangePromises = []promise{
	{"a message reports the greatest number of its sender and type before it", interchangeLast},
	{"a message of the same name is repeated, and other content is noticed", interchangeRepeated},
}

func interchange(t testing.TB, h *fixture, i order.Interchange) order.Sequence {
	t.Helper()
	s, err := h.Interchange(t.Context(), i)
	if err != nil {
		t.Fatalf("Interchange %+v: %v", i, err)
	}
	return s
}

func interchangeLast(t *testing.T, h *fixture) {
	for _, c := range []struct {
		i    order.Interchange
		last int64
	}{
		{order.Interchange{Sender: shop, Type: "Order", Reference: "a", Number: 7}, 0},
		{order.Interchange{Sender: shop, Type: "Order", Reference: "b", Number: 8}, 7},
		{order.Interchange{Sender: shop, Type: "Order", Reference: "c", Number: 3}, 8},
		{order.Interchange{Sender: shop, Type: "Order", Reference: "d", Number: 9}, 8},
		{order.Interchange{Sender: shop, Type: "OrderResponse", Reference: "e", Number: 1}, 0},
		{order.Interchange{Sender: school, Type: "Order", Reference: "a", Number: 1}, 0},
	} {
		if got := interchange(t, h, c.i); got.Last != c.last || got.Repeated {
			t.Errorf("%+v: got %+v, want last %d", c.i, got, c.last)
		}
	}
}

func interchangeRepeated(t *testing.T, h *fixture) {
	i := order.Interchange{Sender: shop, Type: "Order", Reference: "a", Number: 7, SHA256: [32]byte{1}}
	interchange(t, h, i)
	if got := interchange(t, h, i); !got.Repeated || got.Differs || !got.InOrder(7) {
		t.Errorf("the same again: %+v", got)
	}
	other := i
	other.SHA256[0] = 2
	if got := interchange(t, h, other); !got.Repeated || !got.Differs {
		t.Errorf("the same name with other content: %+v", got)
	}
	other.Reference = "b"
	if got := interchange(t, h, other); got.Repeated || got.InOrder(7) {
		t.Errorf("the same number under another reference: %+v", got)
	}
	if got := interchange(t, h, i); got.Differs || got.Last != 0 {
		t.Errorf("the message must stand as it stood when it first came: %+v", got)
	}
}
