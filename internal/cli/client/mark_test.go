package client

import (
	"testing"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// TestDetailWords leaves out what is not said.
func TestDetailWords(t *testing.T) {
	for want, l := range map[string]hal.Line{
		"":                    {},
		`"takk", 3 cancelled`: {Comment: "takk", Quantities: &order.Quantities{Cancelled: 3}},
		"expected 2026-12-01": {Expected: "2026-12-01"},
	} {
		if got := detailWords(l); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
