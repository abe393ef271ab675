package montly

import (
	"context"
	"fmt"
	"strconv"

	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// postalAddress keeps a new order. When it has answered, the order is kept for ever.
func (a *API) submitLease(ctx context.Context, s caller, in object, body []byte) (submitResponse, error) {
	table, err := TariffsOf(ctx, a.config.Tariffs, s.by.Party)
	if err != nil {
		return submitResponse{}, err
	}
	l, bad := readLease(in, terms{table: table, legalOnly: a.config.LegalOnly, sums: a.config.StrictSums})
	if len(bad) > 0 {
		return submitResponse{}, invalid(bad)
	}
	if s.key.IsTest() && outcomeOf(l.orgNumber) == refusedAtOnce {
		return submitResponse{}, errNotAccepted()
	}
	o, err := a.submitOrder(ctx, s, l, table[l.months], body)
	if err != nil {
		return submitResponse{}, err
	}
	a.noteWarnings(ctx, &o)
	if s.key.IsTest() {
		a.runSandbox(ctx, s, &o, outcomeOf(l.orgNumber))
	}
	monthly, err := strconv.ParseInt(o.Facts[attrMonthly], 10, 64)
	if err != nil {
		return submitResponse{}, fmt.Errorf("monthly amount of order %s: %w", o.ID, err)
	}
	return submitResponse{OrderID: l.orderID, MonthlyAmount: monthly}, nil
}

// submitOrder hands an order to the exchange. A number that was used before is
// refused, whatever the two orders say.
func (a *API) submitOrder(ctx context.Context, s caller, l *lease, percent order.Decimal, body []byte) (order.Order, error) {
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
	record.Of(ctx).Order = receipt.ID
	if receipt.Repeated {
		return order.Order{}, errRepeated()
	}
	return o, err
}

// noteWarnings leaves in the log what was tolerated.
func (a *API) noteWarnings(ctx context.Context, o *order.Order) {
	rec := record.Of(ctx)
	if sums := o.Facts[attrSums]; sums != "" {
		rec.Note("the sums of the lease order do not add up: " + sums)
	}
	if o.Facts[attrTariff] != o.Facts[attrPercent] {
		rec.Note("the lease order has the tariff " + o.Facts[attrTariff] + ", and " + o.Facts[attrPercent] + " is in force")
	}
}

// outcomeOf decides about a trial. The order is kept whatever comes of it: when
// deciding fails it stays pending, for an operator to decide.
func (a *API) runSandbox(ctx context.Context, s caller, o *order.Order, v sandboxOutcome) {
	if err := a.applyOutcome(ctx, s, o.ID, v); err != nil {
		record.Of(ctx).Note("the trial stays as it is, because the sandbox failed: " + err.Error())
	}
}

// applyOutcome does what the finance company and the customer would do.
func (a *API) applyOutcome(ctx context.Context, s caller, id order.ID, v sandboxOutcome) error {
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
