package store

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

const (
	buyer  order.PartyID = "7045"
	seller order.PartyID = "1001"
)

// newOrder is an order of five lines, unprocessed.
func newOrder(number string) order.Order {
	now := time.Now()
	o := order.Order{
		ID: order.NewID(now), Revision: 1, Source: "boknett", Sender: buyer, Buyer: buyer, Number: number, Status: order.Unprocessed,
		Header: order.Header{
			IssuedAt: "20261121", Purpose: order.Original, Currency: "NOK",
			Buyer: order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: string(buyer)}, Names: []string{"Bokhandelen på hjørnet"},
				Address: &order.Address{Lines: []string{"Storgata 1"}, City: "Oslo", PostalCode: "0155", CountryCode: "NO"}},
			Seller: &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: string(seller)}},
		},
	}
	for i := range 5 {
		o.Lines = append(o.Lines, order.Line{Number: i + 1, Products: []order.Identifier{{Type: "EAN13", Value: "9788202337926"}},
			Quantity: int64(i + 1), Status: order.Unprocessed, Changed: now, Detail: order.LineDetail{Title: "Sofies verden"}})
	}
	return o
}

func addOrder(t testing.TB, db *DB, number string) order.Order {
	o := newOrder(number)
	ev := order.Event{Kind: order.EventReceived, To: order.Unprocessed, Party: buyer, Actor: "kari", Via: "ticket"}
	stored, added, err := db.Add(t.Context(), o, order.NewDocument("application/xml", body), ev)
	if err != nil || !added {
		t.Errorf("Add %s: %v, %v", number, added, err)
	}
	return stored
}

// route sends an order to seller.
func route(t testing.TB, db *DB, id order.ID) {
	_, err := db.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
		o.Seller, o.Status = seller, order.Sent
		for i := range o.Lines {
			o.Lines[i].Status = order.Sent
		}
		return []order.Event{{Kind: order.EventProcessed, From: order.Unprocessed, To: order.Sent, Actor: "bookgate", Via: "system"}}, nil
	})
	if err != nil {
		t.Errorf("route: %v", err)
	}
}

// mark sets one line of an order.
func mark(t testing.TB, db *DB, id order.ID, line int, to order.Status) {
	_, err := db.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
		l := o.Line(line)
		l.Status, l.Changed = to, time.Now()
		return []order.Event{{Kind: order.EventMarked, Line: line, To: to, Party: seller}}, nil
	})
	if err != nil {
		t.Errorf("mark: %v", err)
	}
}
