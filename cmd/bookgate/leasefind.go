package main

import (
	"context"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// leases are the lease orders of a store, without a server.
type leases struct {
	db       *store.DB
	exchange *order.Exchange
	api      *montly.API
}

func leasesOver(db *store.DB) leases {
	x := exchangeOver(db)
	letters := montly.NewMailer(actionmail.Config{Exchange: x, Store: db})
	return leases{db: db, exchange: x, api: montly.New(montly.Config{Exchange: x, Mailer: letters})}
}

// find gives the lease order that a person means. party is "" for any.
func (l leases) find(ctx context.Context, name string, party order.PartyID) (order.Order, error) {
	if id, ok := order.ParseID(name); ok {
		o, err := l.exchange.Whole(ctx, id)
		if err == nil && (o.Dialect() != montly.Source || party != "" && o.Sender != party) {
			return o, noLease(name)
		}
		return o, err
	}
	found, err := l.begun(ctx, name)
	if err != nil {
		return order.Order{}, err
	}
	numbered, err := l.numbered(ctx, name)
	if err != nil {
		return order.Order{}, err
	}
	found = slices.DeleteFunc(append(found, numbered...), func(o order.Order) bool { return party != "" && o.Sender != party })
	slices.SortFunc(found, func(a, b order.Order) int { return strings.Compare(string(a.ID), string(b.ID)) })
	found = slices.CompactFunc(found, func(a, b order.Order) bool { return a.ID == b.ID })
	switch len(found) {
	case 0:
		return order.Order{}, noLease(name)
	case 1:
		return found[0], nil
	}
	return order.Order{}, severalLeases(name, found)
}

// begun gives the orders, not signed yet, whose ids begin with name.
func (l leases) begun(ctx context.Context, name string) ([]order.Order, error) {
	begin := strings.ToLower(name)
	return l.db.Held(ctx, montly.Source, func(o *order.Order) bool { return begin != "" && strings.HasPrefix(string(o.ID), begin) })
}

// numbered gives the orders that bear a shop's number, of every shop and mode.
func (l leases) numbered(ctx context.Context, name string) (found []order.Order, err error) {
	parties, err := l.db.Parties(ctx)
	if err != nil || name == "" {
		return nil, err
	}
	for _, p := range parties {
		for _, trial := range []bool{false, true} {
			orders, _, err := l.exchange.Find(ctx, order.FindQuery{Sender: p.ID, Source: order.SourceOf(montly.Source, trial), Number: name, Limit: 1})
			if err != nil {
				return nil, err
			}
			found = append(found, orders...)
		}
	}
	return found, nil
}

func noLease(name string) error {
	return order.Errorf(order.NotFound, "order-not-found", "There is no lease order %s.", order.Cut(name)).
		WithHint("Look in: bookgate lease list")
}

// maxLeases bounds the candidates that are shown: a screenful.
const maxLeases = 10

func severalLeases(name string, found []order.Order) error {
	e := order.Errorf(order.Malformed, "id-ambiguous", "%s means %d lease orders.", order.Cut(name), len(found)).
		WithHint("Write the id, or say --party.")
	for _, o := range found[:min(len(found), maxLeases)] {
		e = e.WithField(order.Field{Message: string(o.ID) + "  number " + order.Cut(o.Number) + " of party " + string(o.Sender) + ", " + montly.Mode(&o)})
	}
	return e
}
