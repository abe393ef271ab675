package store

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook/storetest"
)

func TestDeliveriesKeepEveryPromise(t *testing.T) {
	for name, place := range engines() {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T, now func() time.Time) storetest.Store {
				return openIn(t, place(t), Options{Now: now})
			})
		})
	}
}
