package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/bookgate/bookgate/order"
)

func cancelledCaller(t *testing.T, h *house) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := sample("A-1")
	if _, _, err := h.Add(ctx, o, document("x"), received(o)); !errors.Is(err, context.Canceled) {
		t.Errorf("Add gave %v", err)
	}
	if _, err := h.Order(ctx, shop, o.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("Order gave %v", err)
	}
	if n := head(t, h, shop); n != 0 {
		t.Errorf("head is %d, want 0", n)
	}
	add(t, h, o)
	_, err := h.Update(ctx, o.ID, func(*order.Order) ([]order.Event, error) {
		t.Error("change ran for a caller that was gone")
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update gave %v", err)
	}
}
