package montly

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// task is what a customer is asked to do, by a letter with a link of its own.
type task struct {
	name string // in paths, seals, forms and the keys of texts
	step string // the step of an order that waits for the customer
	fact string // tells when it was done
	do   decision
}

// decision keeps that a customer has done what he was asked to.
type decision = func(ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time) (order.Order, error)

// The names of the tasks.
const (
	taskSign     = "sign"
	taskDelivery = "delivery"
)

// tasks are the two of them: the customer signs, and then says that the goods
// have arrived.
func tasks() []task {
	return []task{
		{name: taskSign, step: accepted, fact: factSigned, do: signOrder},
		{name: taskDelivery, step: shipped, fact: factDeliveryApproved, do: approveOrder},
	}
}

// taskOf gives what a customer is asked to do when an order has come to a step.
func taskOf(step string) (task, bool) {
	for _, t := range tasks() {
		if t.step == step {
			return t, true
		}
	}
	return task{}, false
}

// signOrder keeps the signature and lets the order go to the shop.
func signOrder(ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time) (order.Order, error) {
	return x.Release(ctx, by, id, func(o *order.Order) ([]order.Event, error) { return sign(o, by, now) })
}

// approveOrder keeps that the goods have arrived, which completes the order.
func approveOrder(ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time) (order.Order, error) {
	return x.Act(ctx, by, id, func(o *order.Order) ([]order.Event, error) { return approve(o, by, now) })
}
