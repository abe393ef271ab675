package hark

import (
	"context"
	"fmt"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/record"
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

// root answers the operations of one request. Its methods are the fields of
// Query and Mutation.
type root struct {
	*API
	key      auth.Key
	by       order.Actor
	body     []byte // the request as it came
	readOnly bool
	budget   budget
}

func (a *API) root(key auth.Key, body []byte) *root {
	return &root{API: a, key: key, by: key.Actor(), body: body}
}

// begin lets an operation begin that the key allows and the request can
// afford.
func (r *root) begin(permission string, cost int64) error {
	if !r.key.May(permission) {
		return &fault{code: codeForbidden, message: "This API key does not have the permission " + permission + ".",
			hint: "Ask the operator for a key that has it."}
	}
	if r.readOnly && permission != mayRead {
		return &fault{code: codeRequest, message: "With GET only queries are answered.", hint: "Send the mutation with POST."}
	}
	return r.budget.spend(cost)
}

// orderArgs names an order.
type orderArgs struct{ Input struct{ OrderID string } }

// Order answers the query for one order.
func (r *root) Order(ctx context.Context, args orderArgs) (*deviceOrder, error) {
	if err := r.begin(mayRead, costOrder); err != nil {
		return nil, err
	}
	o, err := r.find(ctx, args.Input.OrderID)
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	return &deviceOrder{o}, nil
}

// find gives an order of the key's party and mode.
func (r *root) find(ctx context.Context, orderID string) (order.Order, error) {
	found, _, err := r.exchange.Find(ctx, order.FindQuery{Sender: r.by.Party, Source: r.source(), Number: orderID, Limit: 1})
	if err != nil {
		return order.Order{}, fmt.Errorf("find order %s: %w", order.Cut(orderID), err)
	}
	if orderID == "" || len(found) == 0 {
		return order.Order{}, errNoOrder(orderID)
	}
	record.Of(ctx).Order = found[0].ID
	return found[0], nil
}

// source keeps trials and real orders apart.
func (r *root) source() string { return order.SourceOf(Source, r.key.IsTest()) }

// userArgs names a recipient.
type userArgs struct {
	Input struct{ ExternalUserID string }
}

// userOrders is the answer to ordersForUser.
type userOrders struct{ orders []*deviceOrder }

// Orders are the user's orders, newest first.
func (u *userOrders) Orders() []*deviceOrder { return u.orders }

// OrdersForUser answers the query for a user's orders.
func (r *root) OrdersForUser(ctx context.Context, args userArgs) (*userOrders, error) {
	if err := r.begin(mayRead, costList); err != nil {
		return nil, err
	}
	orders, err := r.ofUser(ctx, args.Input.ExternalUserID)
	if err != nil {
		return nil, faultOf(ctx, err)
	}
	return &userOrders{orders}, nil
}

// ofUser lists a user's orders page by page, newest first.
func (r *root) ofUser(ctx context.Context, user string) ([]*deviceOrder, error) {
	all := []*deviceOrder{}
	if user == "" {
		return all, nil // every order has a user, and an empty subject would ask for all
	}
	for offset := 0; ; {
		page, _, err := r.exchange.Find(ctx, order.FindQuery{Sender: r.by.Party, Source: r.source(), Subject: user, Offset: offset, Limit: pageSize})
		if err != nil {
			return nil, fmt.Errorf("orders of a user: %w", err)
		}
		for _, o := range page {
			all = append(all, &deviceOrder{o})
		}
		offset += len(page)
		if len(page) < pageSize || len(all) >= mostListed {
			return all, nil
		}
	}
}

// pageSize is how many orders are read from the store at once.
const pageSize = 200
