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

// place keeps the order, then has its callback registered.
func (r *root) place(ctx context.Context, in orderInput) (order.Order, error) {
	intermediary, err := r.exchange.Party(ctx, r.by.Party)
	if err != nil {
		return order.Order{}, fmt.Errorf("intermediary: %w", err)
	}
	o := toOrder(in, intermediary, r.key.IsTest(), r.now())
	receipt, err := r.exchange.Submit(ctx, r.by, o, order.NewDocument(mediaType, r.body))
	if err != nil {
		return order.Order{}, err
	}
	record.Of(ctx).Order = receipt.ID
	if in.WebhookCallbackURL != nil {
		if err := r.callback(ctx, receipt.ID, *in.WebhookCallbackURL); err != nil {
			record.Of(ctx).Failure = err
			return order.Order{}, &fault{code: codeLater, message: "The device was ordered as " + o.Number + ", and its webhookCallbackUrl could not be registered.",
				hint: "Follow the order with the query order, or cancel it and order again."}
		}
	}
	return r.exchange.Order(ctx, r.by.Party, receipt.ID)
}

// callback registers the address that is told of an order's status.
func (r *root) callback(ctx context.Context, id order.ID, url string) error {
	_, err := r.webhooks.AddCallback(ctx, webhook.Endpoint{Party: r.by.Party, URL: url, Description: "device order",
		Events: webhook.Filter{string(webhook.OrderMoved)}, Format: Source, Scope: id})
	if err != nil {
		return fmt.Errorf("callback of order %s: %w", id, err)
	}
	return nil
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
