package installer

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

const (
	// maxList is the greatest list: 500 orders of some kilobytes. Pages of large
	// ones must be smaller.
	maxList = 16 << 20

	// scanned is how many orders are read at once when the store cannot tell
	// which are wanted.
	scanned = 500
)

// find gives a page of the orders of a key, and the count of all that match.
func (a *API) find(ctx context.Context, by caller, f filter) ([]order.Order, int64, error) {
	q := order.FindQuery{Sender: by.Party, Source: by.source(), Number: f.key, Text: f.text, Offset: f.offset, Limit: f.limit, Oldest: f.oldest}
	if f.name == "" && f.key == "" && f.status == nil {
		return a.exchange.Find(ctx, q)
	}
	return a.scan(ctx, q, f)
}

// scan looks through the orders for those that the store cannot tell.
func (a *API) scan(ctx context.Context, q order.FindQuery, f filter) (found []order.Order, count int64, err error) {
	for q.Offset, q.Limit = 0, scanned; q.Offset < order.MaxFound; q.Offset += scanned {
		orders, _, err := a.exchange.Find(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		for i := range orders {
			if !f.shows(&orders[i]) {
				continue
			}
			if count >= int64(f.offset) && len(found) < f.limit {
				found = append(found, orders[i])
			}
			count++
		}
		if len(orders) < scanned {
			break
		}
	}
	return found, count, nil
}

// shows reports whether an order is one that was asked for by what the store
// does not know of it.
func (f filter) shows(o *order.Order) bool {
	return (f.name == "" || displayID(o.ID) == f.name) && (f.key == "" || keyOf(o) == f.key) && (f.status == nil || statusOf(o) == *f.status)
}

// values writes the orders of a page.
func (a *API) values(ctx context.Context, by caller, orders []order.Order) ([]json.RawMessage, error) {
	all, size := []json.RawMessage{}, 0
	for i := range orders {
		shown, err := a.shown(ctx, by, &orders[i])
		if err != nil {
			return nil, err
		}
		value, err := httpjson.Encode(shown)
		if err != nil {
			return nil, fmt.Errorf("write order %s: %w", orders[i].ID, err)
		}
		if size += len(value); size > maxList {
			return nil, errPageTooLarge(i)
		}
		all = append(all, value)
	}
	return all, nil
}

func errPageTooLarge(fit int) error {
	return order.Errorf(order.Invalid, codeQuery, "The page has more than %d MiB.", maxList>>20).WithHint("Ask for smaller pages.").
		WithField(order.Field{Parameter: "pageSize", Message: fmt.Sprintf("The first %d orders of this page are as much as one answer can hold.", fit)})
}
