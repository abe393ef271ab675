package storetest

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Store is a store of deliveries with the orders and parties that they are of.
type Store interface {
	webhook.Store
	order.Store
	order.Directory
}

// Run checks every promise of webhook.Store. open returns an empty store that
// reads the time by now.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) Store) {
	for _, g := range []group{
		{"endpoints", endpointPromises()},
		{"deliveries", deliveryPromises()},
		{"claims", claimPromises()},
		{"outcomes", outcomePromises()},
		{"sending again", resendPromises()},
		{"e-mails", mailPromises()},
		{"what was not delivered", undeliveredPromises()},
		{"callbacks", callbackPromises()},
	} {
		t.Run(g.name, func(t *testing.T) {
			for _, p := range g.promises {
				t.Run(p.says, func(t *testing.T) {
					t.Parallel()
					h := &fixture{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
					h.Store = open(t, h.now)
					h.furnish(t)
					p.check(t, h)
				})
			}
		})
	}
}

// group is a number of promises of one kind.
type group struct {
	name     string
	promises []promise
}

// promise is one sentence and the test of it.
type promise struct {
	says  string
	check func(t *testing.T, h *fixture)
}
