package montly

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// Config is what the API needs. Exchange, Desk, Tariffs and Mailer must be
// given; to accept and to decline, Exchange and Mailer are enough.
type Config struct {
	Exchange *order.Exchange
	Desk     *auth.Desk
	Tariffs  Store
	Mailer   *Mailer

	// Finance is the company that buys what is leased.
	Finance Finance

	// LegalOnly refuses sole traders, who show a personal number.
	LegalOnly bool

	// StrictSums refuses orders whose sums do not add up, which are otherwise
	// kept with a note.
	StrictSums bool

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// API serves the dialect. It is safe for use by many goroutines.
type API struct{ config Config }

// New makes the API.
func New(c Config) *API {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Finance.Name == "" {
		c.Finance.Name = defaultFinance
	}
	return &API{c}
}

// defaultFinance is the finance company of the original's examples.
const defaultFinance = "Montly Leasing"

// Accept is the finance company's yes to an order, real or for trial. The
// customer is asked to sign.
func (a *API) Accept(ctx context.Context, by order.Actor, id order.ID) (order.Order, error) {
	o, err := a.config.Exchange.Whole(ctx, id)
	if err != nil {
		return order.Order{}, err
	}
	if o.Dialect() == Source { // of another there is nothing to accept, which decide says
		if err := a.config.Mailer.subscribe(ctx, o.Sender, id); err != nil {
			return order.Order{}, err
		}
	}
	return a.decide(ctx, by, id, accept)
}

// maxReason bounds why an order is declined: a sentence.
const maxReason = 200

// Decline is the finance company's no, with what the shop is told of it.
func (a *API) Decline(ctx context.Context, by order.Actor, id order.ID, reason string) (order.Order, error) {
	if len(reason) > maxReason || clean(reason) != reason {
		return order.Order{}, order.Errorf(order.Invalid, "lease-reason", "The reason has %d bytes or a break of line; one line of at most %d bytes is kept.", len(reason), maxReason).
			WithHint("Say in a sentence what the shop may know.")
	}
	return a.decide(ctx, by, id, func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
		return decline(o, by, reason, now)
	})
}

// ResendMail sends a customer the letter again that is waited for, when the mail
// server has given it back or somebody has lost it.
func (a *API) ResendMail(ctx context.Context, id order.ID) error {
	o, err := a.config.Exchange.Whole(ctx, id)
	if err != nil {
		return err
	}
	return a.config.Mailer.resend(ctx, &o)
}

// rule is one of the rules of a lease order that needs no more than the time.
type rule = func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error)

func (a *API) decide(ctx context.Context, by order.Actor, id order.ID, r rule) (order.Order, error) {
	return a.config.Exchange.Decide(ctx, by, Source, id, func(o *order.Order) ([]order.Event, error) { return r(o, by, a.config.Now()) })
}
