package montly

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// action is what a customer is asked to do, by a letter with a link of its own.
type action struct {
	name      string // in paths, seals, forms and the keys of texts
	step      string // the step of an order that waits for the customer
	attribute string // tells when it was done
	do        decision
}

// decision keeps that a customer has done what he was asked to.
type decision = func(ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time) (order.Order, error)

// The names of the tasks.
const (
	actionSign     = "sign"
	actionDelivery = "delivery"
)

// actions are the two of them: the customer signs, and then says that the goods
// have arrived.
func actions() []action {
	return []action{
		{name: actionSign, step: accepted, attribute: attrSigned, do: signOrder},
		{name: actionDelivery, step: shipped, attribute: attrDeliveryApproved, do: approveOrder},
	}
}

// actionOf gives what a customer is asked to do when an order has come to a step.
func actionOf(step string) (action, bool) {
	for _, t := range actions() {
		if t.step == step {
			return t, true
		}
	}
	return action{}, false
}

// signOrder keeps the signature and lets the order go to the shop.
func signOrder(ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time) (order.Order, error) {
	return x.Release(ctx, by, id, func(o *order.Order) ([]order.Event, error) { return sign(o, by, now) })
}

// approveOrder keeps that the goods have arrived, which completes the order.
func approveOrder(ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time) (order.Order, error) {
	return x.Act(ctx, by, id, func(o *order.Order) ([]order.Event, error) { return approve(o, by, now) })
}
