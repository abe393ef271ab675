package hark

import (
	"context"
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

type mutations struct{ *root }

// OrderDevice answers the mutation that orders a device. When it has answered,
// the order is stored for ever.
func (m mutations) OrderDevice(ctx context.Context, input graph.OrderDeviceInput) (*graph.OrderDeviceResponse, error) {
	if err := m.authorize(mayCreate, costList); err != nil {
		return nil, err
	}
	if err := m.check(ctx, input); err != nil {
		return nil, err
	}
	o, err := m.place(ctx, input)
	if err != nil {
		return nil, err
	}
	return &graph.OrderDeviceResponse{Order: deviceOrder(&o)}, nil
}

// check tells everything that is wrong with an input at once.
func (r *root) check(ctx context.Context, in graph.OrderDeviceInput) error {
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
		hint: "Correct the fields that are listed under extensions.fields. This field of the request ordered nothing."}
}

// place keeps the order. Its callback is registered before, so that no order is
// kept that tells its intermediary nothing.
func (r *root) place(ctx context.Context, in graph.OrderDeviceInput) (order.Order, error) {
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
	reqlog.From(ctx).Order = receipt.ID
	stored, err := r.exchange.Order(ctx, r.by.Party, receipt.ID)
	if err != nil { // it is ordered, and its id must not be lost with the reading
		reqlog.From(ctx).Note("a new order was not read back: " + err.Error())
		o.Sender, o.Updated = r.by.Party, r.now()
		return o, nil
	}
	return stored, nil
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

type placedFields struct{ *root }

// OrdersForUser lists the recipient's orders, the new one included. They are read
// as by the query, so the key needs the permission for that too.
func (p placedFields) OrdersForUser(ctx context.Context, placed *graph.OrderDeviceResponse) (
	[]*graph.DeviceOrder, error,
) {
	if err := p.allow(mayRead); err != nil {
		return nil, err
	}
	user := placed.Order.Recipient.ExternalUserID
	if user == nil {
		return []*graph.DeviceOrder{placed.Order}, nil
	}
	return p.ofUser(ctx, *user)
}

// CancelOrder answers the mutation that cancels an order.
func (m mutations) CancelOrder(ctx context.Context, input graph.CancelOrderInput) (*graph.DeviceOrder, error) {
	if err := m.authorize(mayCancel, costOrder); err != nil {
		return nil, err
	}
	o, err := m.find(ctx, input.OrderID)
	if err != nil {
		return nil, err
	}
	o, err = m.exchange.Act(ctx, m.by, o.ID, func(o *order.Order) ([]order.Event, error) { return cancel(o, m.by, m.now()) })
	if err != nil {
		return nil, err
	}
	return deviceOrder(&o), nil
}
