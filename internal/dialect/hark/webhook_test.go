package hark

import (
	"context"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// TestCallbackBody: texts are as they are, with the escapes that JSON demands
// and no other.
func TestCallbackBody(t *testing.T) {
	o := order.Order{Number: `Ola & Co <17>`, CustomerRef: "kunde \"æ\"\u2028"}
	read := func(context.Context, order.PartyID, order.ID) (order.Order, error) { return o, nil }
	m, err := Format(read).Write(t.Context(), webhook.Task{Delivery: webhook.Delivery{Event: webhook.Event{To: order.Sent}}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	want := "{\"externalUserId\":\"kunde \\\"æ\\\"\u2028\",\"orderId\":\"Ola & Co <17>\""
	if got := string(m.Body); len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("got %s, want %s…", got, want)
	}
}
