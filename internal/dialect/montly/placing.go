package montly

import (
	"context"
	"fmt"
	"strconv"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// place keeps a new order. When it has answered, the order is kept for ever.
func (a *API) place(ctx context.Context, s shop, in object, body []byte) (placed, error) {
	table, err := TariffsOf(ctx, a.config.Tariffs, s.by.Party)
	if err != nil {
		return placed{}, err
	}
	l, bad := readLease(in, terms{table: table, legalOnly: a.config.LegalOnly, sums: a.config.StrictSums})
	if len(bad) > 0 {
		return placed{}, invalid(bad)
	}
	if s.key.IsTest() && rehearse(l.orgNumber) == refusedAtOnce {
		return placed{}, errNotAccepted()
	}
	o, err := a.submit(ctx, s, l, table[l.months], body)
	if err != nil {
		return placed{}, err
	}
	a.note(ctx, &o)
	if s.key.IsTest() {
		a.rehearse(ctx, s, &o, rehearse(l.orgNumber))
	}
	monthly, err := strconv.ParseInt(o.Facts[factMonthly], 10, 64)
	if err != nil {
		return placed{}, fmt.Errorf("monthly amount of order %s: %w", o.ID, err)
	}
	return placed{OrderID: l.orderID, MonthlyAmount: monthly}, nil
}

// submit hands an order to the exchange. A number that was used before is
// refused, whatever the two orders say.
func (a *API) submit(ctx context.Context, s shop, l *lease, percent order.Decimal, body []byte) (order.Order, error) {
	party, err := a.config.Exchange.Party(ctx, s.by.Party)
	if err != nil {
		return order.Order{}, fmt.Errorf("shop: %w", err)
	}
	now := a.config.Now()
	o := toOrder(l, party, a.config.Finance, percent, now)
	o.ID, o.Source = order.NewID(now), s.source
	if s.key.IsTest() {
		o.Header.Purpose = order.Test
	}
	receipt, err := a.config.Exchange.Submit(ctx, s.by, o, order.NewDocument(mediaType, body))
	reqlog.From(ctx).Order = receipt.ID
	if receipt.Repeated {
		return order.Order{}, errRepeated()
	}
	return o, err
}

// note leaves in the log what was tolerated.
func (a *API) note(ctx context.Context, o *order.Order) {
	rec := reqlog.From(ctx)
	if sums := o.Facts[factSums]; sums != "" {
		rec.Note("the sums of the lease order do not add up: " + sums)
	}
	if o.Facts[factTariff] != o.Facts[factPercent] {
		rec.Note("the lease order has the tariff " + o.Facts[factTariff] + ", and " + o.Facts[factPercent] + " is in force")
	}
}

// rehearse decides about a trial. The order is kept whatever comes of it: when
// deciding fails it stays pending, for an operator to decide.
func (a *API) rehearse(ctx context.Context, s shop, o *order.Order, v verdict) {
	if err := a.actOut(ctx, s, o.ID, v); err != nil {
		reqlog.From(ctx).Note("the trial stays as it is, because the sandbox failed: " + err.Error())
	}
}

// actOut does what the finance company and the customer would do.
func (a *API) actOut(ctx context.Context, s shop, id order.ID, v verdict) error {
	sandbox := order.Actor{Party: s.by.Party, Name: "sandbox", Via: "system"}
	if v == declinedAtOnce {
		_, err := a.Decline(ctx, sandbox, id, sandboxReason)
		return err
	}
	if v == awaitsDecision {
		return nil
	}
	if _, err := a.Accept(ctx, sandbox, id); err != nil || v == awaitsSignature {
		return err
	}
	_, err := a.config.Exchange.Release(ctx, sandbox, id, func(o *order.Order) ([]order.Event, error) {
		return sign(o, sandbox, a.config.Now())
	})
	return err
}
