package hark

import (
	"context"
	"fmt"
	"sync"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// The permissions of a key.
const (
	mayCreate = "order:create"
	mayRead   = "order:read"
	mayCancel = "order:cancel"
)

// Permissions lists what a key of this dialect can be allowed to do.
func Permissions() []string { return []string{mayCreate, mayRead, mayCancel} }

// root answers the operations of one request: it is the resolvers that gqlgen
// wants.
type root struct {
	*API
	key  auth.Key
	by   order.Actor
	body []byte // the request as it came
	cost *queryCost
	turn sync.Mutex
}

func (a *API) root(key auth.Key, body []byte) *root {
	return &root{API: a, key: key, by: key.Actor(), body: body, cost: &queryCost{}}
}

// Query resolves queries.
func (r *root) Query() graph.QueryResolver { return queries{r} }

// Mutation resolves mutations.
func (r *root) Mutation() graph.MutationResolver { return mutations{r} }

// DeviceOrder resolves what of an order can fail.
func (r *root) DeviceOrder() graph.DeviceOrderResolver { return orderFields{} }

// OrderDeviceResponse resolves what is read behind a new order.
func (r *root) OrderDeviceResponse() graph.OrderDeviceResponseResolver { return placedFields{r} }

// authorize lets a field begin that the key allows and the request can afford.
func (r *root) authorize(permission string, cost int64) error {
	if err := r.allow(permission); err != nil {
		return err
	}
	return r.cost.spend(cost)
}

// allow refuses what the key has no permission for.
func (r *root) allow(permission string) error {
	if r.key.May(permission) {
		return nil
	}
	return &fault{code: codeForbidden, message: "This API key does not have the permission " + permission + ".",
		hint: "Ask the operator for a key that has it."}
}

type queries struct{ *root }

// Order answers the query for one order.
func (q queries) Order(ctx context.Context, input graph.OrderInput) (*graph.DeviceOrder, error) {
	if err := q.authorize(mayRead, costOrder); err != nil {
		return nil, err
	}
	o, err := q.find(ctx, input.OrderID)
	if err != nil {
		return nil, err
	}
	return deviceOrder(&o), nil
}

// OrdersForUser answers the query for a user's orders.
func (q queries) OrdersForUser(ctx context.Context, input graph.OrdersForUserInput) (
	*graph.OrdersForUserResponse, error,
) {
	if err := q.authorize(mayRead, costList); err != nil {
		return nil, err
	}
	orders, err := q.ordersOfUser(ctx, input.ExternalUserID)
	if err != nil {
		return nil, err
	}
	return &graph.OrdersForUserResponse{Orders: orders}, nil
}

type orderFields struct{}

// SubscriptionType is as it was ordered. The schema has no word for one that is
// not known any more.
func (orderFields) SubscriptionType(_ context.Context, o *graph.DeviceOrder) (graph.SubscriptionType, error) {
	if o.SubscriptionType == "" {
		return "", &fault{code: codeNotFound, hint: "Ask for its other fields.",
			message: "The personal data of order " + o.OrderID + " were erased, and its subscriptionType with them."}
	}
	return o.SubscriptionType, nil
}

// find returns an order of the key's party and mode.
func (r *root) find(ctx context.Context, orderID string) (order.Order, error) {
	found, _, err := r.exchange.Find(ctx,
		order.FindQuery{Sender: r.by.Party, Source: r.source(), Number: orderID, Limit: 1})
	if err != nil {
		return order.Order{}, fmt.Errorf("find order %s: %w", order.Truncate(orderID), err)
	}
	if orderID == "" || len(found) == 0 {
		return order.Order{}, errOrderNotFound(orderID)
	}
	reqlog.From(ctx).Order = found[0].ID
	return found[0], nil
}

// source separates test orders from live ones.
func (r *root) source() string { return order.SourceOf(Source, r.key.IsTest()) }

// ordersOfUser lists a user's orders page by page, newest first.
func (r *root) ordersOfUser(ctx context.Context, user string) ([]*graph.DeviceOrder, error) {
	all := []*graph.DeviceOrder{}
	if user == "" {
		return all, nil // every order has a user, and an empty subject would ask for all
	}
	for offset := 0; ; {
		page, _, err := r.exchange.Find(ctx,
			order.FindQuery{Sender: r.by.Party, Source: r.source(), CustomerRef: user, Offset: offset, Limit: pageSize})
		if err != nil {
			return nil, fmt.Errorf("orders of a user: %w", err)
		}
		for i := range page {
			all = append(all, deviceOrder(&page[i]))
		}
		offset += len(page)
		if len(page) < pageSize || len(all) >= mostListed {
			return all, nil
		}
	}
}

// pageSize is how many orders are read from the store at once.
const pageSize = 200
