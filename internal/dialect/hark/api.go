package hark

import (
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Config is what the API needs; all but Now must be given.
type Config struct {
	Exchange *order.Exchange
	Desk     *auth.Desk
	Webhooks *webhook.Desk

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// API serves the dialect. It is safe for use by many goroutines.
type API struct {
	exchange *order.Exchange
	desk     *auth.Desk
	webhooks *webhook.Desk
	now      func() time.Time
	schema   *ast.Schema
}

// New makes the API.
func New(c Config) (*API, error) {
	a := &API{exchange: c.Exchange, desk: c.Desk, webhooks: c.Webhooks, now: c.Now, schema: loadSchema()}
	if a.now == nil {
		a.now = time.Now
	}
	return a, nil
}
