package montly

import (
	"context"
	"fmt"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// submitLease submits a new order. Once it returns without an error, the order is
// stored durably.
func (a *API) submitLease(ctx context.Context, c caller, in *httpjson.Value, body []byte) (submitResponse, error) {
	table, err := TariffsOf(ctx, a.config.Tariffs, c.by.Party)
	if err != nil {
		return submitResponse{}, err
	}
	l, bad := readLease(in, terms{table: table, legalOnly: a.config.LegalOnly, sums: a.config.StrictSums})
	if len(bad) > 0 {
		return submitResponse{}, invalid(bad)
	}
	if c.key.IsTest() && outcomeOf(l.orgNumber) == refusedAtOnce {
		return submitResponse{}, errNotAccepted()
	}
	o, err := a.submitOrder(ctx, c, l, table[l.months], body)
	if err != nil {
		return submitResponse{}, err
	}
	noteWarnings(ctx, &o)
	if c.key.IsTest() {
		a.runSandbox(ctx, c, &o, outcomeOf(l.orgNumber))
	}
	monthly, err := intAttribute(&o, attrMonthly)
	if err != nil {
		return submitResponse{}, err
	}
	return submitResponse{OrderID: l.orderID, MonthlyAmount: monthly}, nil
}

// submitOrder submits an order to the exchange. An order number that was used
// before is rejected, also with the same order.
func (a *API) submitOrder(
	ctx context.Context, c caller, l *lease, percent order.Decimal, body []byte,
) (order.Order, error) {
	party, err := a.config.Exchange.Party(ctx, c.by.Party)
	if err != nil {
		return order.Order{}, fmt.Errorf("shop: %w", err)
	}
	now := a.config.Now()
	o := toOrder(l, party, a.config.Finance, percent, c.key.IsTest(), now)
	o.ID = order.NewID(now)
	receipt, err := a.config.Exchange.Submit(ctx, c.by, o, order.NewDocument(mediaType, body))
	reqlog.From(ctx).Order = receipt.ID
	if receipt.Repeated {
		return order.Order{}, errRepeated()
	}
	return o, err
}

// noteWarnings logs what was tolerated in an order.
func noteWarnings(ctx context.Context, o *order.Order) {
	rec := reqlog.From(ctx)
	if sums := o.Attributes[attrSums]; sums != "" {
		rec.Note("the sums of the lease order do not add up: " + sums)
	}
	if o.Attributes[attrTariff] != o.Attributes[attrPercent] {
		rec.Note("the lease order has the tariff " + o.Attributes[attrTariff] +
			", and " + o.Attributes[attrPercent] + " is in force")
	}
}
