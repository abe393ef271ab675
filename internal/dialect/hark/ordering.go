package hark

import (
	"context"
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// deviceArgs is what orderDevice takes.
type deviceArgs struct{ Input orderInput }

// placed is the answer to orderDevice.
type placed struct {
	*root
	order order.Order
}

// OrderDevice answers the mutation that orders a device. When it has answered,
// the order is kept for ever.
func (r *root) OrderDevice(ctx context.Context, args deviceArgs) (*placed, error) {
	if err := r.begin(mayCreate, costList); err != nil {
		return nil, err
	}
	if err := r.check(ctx, args.Input); err != nil {
		return nil, err
	}
	o, err := r.place(ctx, args.Input)
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	return &placed{r, o}, nil
}

// check tells everything that is wrong with an input at once.
func (r *root) check(ctx context.Context, in orderInput) error {
	bad := checkInput(in)
	if in.WebhookCallbackURL != nil {
		if err := r.webhooks.CheckURL(ctx, *in.WebhookCallbackURL); err != nil {
			f := faultOf(ctx, err)
			bad = append(bad, badField{"webhookCallbackUrl", strings.TrimSpace(f.message + " " + f.hint)})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	names := make([]string, len(bad))
	for i, b := range bad {
		names[i] = b.Field
	}
	return &fault{code: codeInput, message: "The input cannot be taken: " + strings.Join(names, ", ") + ".", fields: bad,
		hint: "Correct the fields that are listed under extensions.fields; nothing was ordered."}
}

// place keeps the order. Its callback is registered before, so that no order is
// kept that tells its intermediary nothing.
func (r *root) place(ctx context.Context, in orderInput) (order.Order, error) {
	intermediary, err := r.exchange.Party(ctx, r.by.Party)
	if err != nil {
		return order.Order{}, fmt.Errorf("intermediary: %w", err)
	}
	o := toOrder(in, intermediary, r.key.IsTest(), r.now())
	withdraw, err := r.callback(ctx, o.ID, in.WebhookCallbackURL)
	if err != nil {
		return order.Order{}, err
	}
	receipt, err := r.exchange.Submit(ctx, r.by, o, order.NewDocument(mediaType, r.body))
	if err != nil {
		withdraw()
		return order.Order{}, err
	}
	record.Of(ctx).Order = receipt.ID
	return r.exchange.Order(ctx, r.by.Party, receipt.ID)
}

// callback registers the address that is told of an order's status, if there is
// one. withdraw takes it back; where it cannot, nothing is ever sent there,
// because there is no such order.
func (r *root) callback(ctx context.Context, id order.ID, url *string) (withdraw func(), err error) {
	if url == nil {
		return func() {}, nil
	}
	e, err := r.webhooks.AddCallback(ctx, webhook.Endpoint{Party: r.by.Party, URL: *url, Description: "device order",
		Events: webhook.Filter{string(webhook.OrderMoved)}, Format: Source, Scope: id})
	if err != nil {
		return nil, fmt.Errorf("callback of order %s: %w", id, err)
	}
	return func() { _ = r.webhooks.Delete(context.WithoutCancel(ctx), e.Party, e.ID) }, nil
}

// Order is the new order.
func (p *placed) Order() *deviceOrder { return &deviceOrder{p.order} }

// OrdersForUser lists the recipient's orders, the new one included.
func (p *placed) OrdersForUser(ctx context.Context) ([]*deviceOrder, error) {
	orders, err := p.ofUser(ctx, p.order.Subject)
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	return orders, nil
}

// CancelOrder answers the mutation that cancels an order.
func (r *root) CancelOrder(ctx context.Context, args orderArgs) (*deviceOrder, error) {
	if err := r.begin(mayCancel, costOrder); err != nil {
		return nil, err
	}
	o, err := r.find(ctx, args.Input.OrderID)
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	o, err = r.exchange.Act(ctx, r.by, o.ID, func(o *order.Order) ([]order.Event, error) { return cancel(o, r.by, r.now()) })
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	return &deviceOrder{o}, nil
}
