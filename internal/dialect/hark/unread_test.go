package hark

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// unread is the store of a database that is lost between the writing of an order
// and the reading of it, and of lists.
type unread struct{ *store.DB }

func (unread) Order(context.Context, order.PartyID, order.ID) (order.Order, error) {
	return order.Order{}, order.Errorf(order.Unavailable, "store-busy", "The database does not answer.")
}

func (unread) Find(context.Context, order.FindQuery) ([]order.Order, int64, error) {
	return nil, 0, order.Errorf(order.Unavailable, "store-busy", "The database does not answer.")
}

// TestOrderedAndNotReadBack answers with the id of an order that was stored, when
// nothing more can be read: else its sender orders a second one.
func TestOrderedAndNotReadBack(t *testing.T) {
	w := newWorld(t)
	lost := order.NewExchange(unread{w.DB}, w.DB, order.Config{Now: w.Now, Rules: map[string]order.Rules{Source: Rules()}})
	api, err := New(Config{Exchange: lost, Auth: auth.New(w.DB, "test", w.Now), Now: w.Now, Webhooks: w.Webhooks})
	check(t, err)
	q := graphqlRequest{Query: orderDevice, Variables: input(nil), sent: []byte("{}")}
	key := auth.Key{Party: strom, Permissions: Permissions()}
	got := api.run(httptest.NewRequest("POST", "/", nil), member{graphqlRequest: q}, api.root(key, q.sent))
	var data struct {
		OrderDevice *struct {
			Order         orderAnswer
			OrdersForUser []any
		}
	}
	check(t, json.Unmarshal(got.Data, &data))
	if data.OrderDevice == nil || len(got.Errors) != 1 || got.Errors[0].Path.String() != "orderDevice.ordersForUser" || data.OrderDevice.OrdersForUser != nil {
		t.Fatalf("%s %v", got.Data, got.Errors)
	}
	o := data.OrderDevice.Order
	if o.OrderStatus != "ORDERED" || o.IntermediaryID != string(strom) || o.Recipient.Email != "ola@nordmann.no" || w.core(strom, o.OrderID).Number != o.OrderID {
		t.Errorf("%+v", o)
	}
}
