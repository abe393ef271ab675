package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bookgate/bookgate/order"
)

// The parties of the stories. None needs to be registered to send.
const (
	shop      order.PartyID = "7045"
	school    order.PartyID = "7100"
	publisher order.PartyID = "1001"
	stranger  order.PartyID = "9999"
)

var (
	actor = order.Actor{Party: shop, Name: "kari", Via: "ticket"}
	// same compares what a store returns: an empty list and a missing one
	// are the same.
	same = cmp.Options{cmpopts.EquateEmpty()}
)

// sample is an order of two lines from shop, with the given number.
func sample(number string) order.Order {
	now := time.Now()
	return order.Order{
		ID: order.NewID(now), Revision: 1, Source: "boknett",
		Sender: shop, Buyer: shop, Number: number, Status: order.Unprocessed,
		Header: order.Header{
			IssuedAt: "20261121T0900", Purpose: order.Original, Currency: "NOK",
			Buyer:  order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: string(shop)}, Names: []string{"Bokhandel"}},
			Seller: &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: string(publisher)}},
		},
		Lines: []order.Line{line(1, "9788202337926", 2, now), line(2, "9788203364181", 5, now)},
	}
}

func line(number int, ean string, quantity int64, now time.Time) order.Line {
	return order.Line{
		Number: number, Products: []order.Identifier{{Type: "EAN13", Value: ean}}, Quantity: quantity,
		Status: order.Unprocessed, Changed: now, Detail: order.LineDetail{Title: "En bok"},
	}
}

// full is an order that uses every part of the model that a store must keep,
// with values that are long, foreign, or look like something else.
func full(number string) order.Order {
	o := sample(number)
	amount, err := order.ParseDecimal("1234567.8900")
	if err != nil {
		panic(err) // the text above is a number
	}
	lines, days := int64(2), int64(30)
	o.Header.References = []order.Reference{{Type: "Buyer", Number: "æøå ÆØÅ 漢字 🙂 ' \" \\ % _ ; -- $1", Date: "20260101"}}
	o.Header.PaymentTerms = &order.PaymentTerms{NetDaysDue: &days}
	o.Header.Discount = &amount
	o.Header.Messages = []order.Message{{Type: "Free", Lines: []string{strings.Repeat("lang ", 20_000), "</x><!-- & -->", "tab\tline\nend\u2028"}}}
	o.Summary = order.Summary{Lines: &lines}
	o.Findings = []order.Finding{
		{Code: "invisible", Path: "/Order/Header/OrderNumber", Line: 4, Column: 5, Message: "U+200B (zero width space) stands in the value", Value: "A\u200b-1"},
		{Code: "editx-more", Message: "2 further findings are not listed."},
	}
	o.Extensions = []order.Extension{{Parent: "/Order/ItemDetail[2]", After: "/Order/ItemDetail[2]/Bonus", XML: "<Unknown a=\"b\">&amp;</Unknown>"}}
	// Lines keep the order of the document, whatever their numbers say.
	o.Lines[0].Number, o.Lines[1].Number = 20, 10
	o.Lines[0].Detail.WrittenNumber = "020"
	o.Lines[1].Answer = order.Answer{Comment: "ok", ValidFrom: "2026-01-01", ValidTo: "2026-12-31", Price: &order.ConfirmedPrice{Amount: amount, Tax: order.Decimal{Units: 25}}}
	return o
}

func received(o order.Order) order.Event {
	return order.Event{Kind: order.EventReceived, At: time.Now(), Revision: o.Revision, To: order.Unprocessed,
		Party: actor.Party, Actor: actor.Name, Via: actor.Via, Text: "number " + order.Truncate(o.Number)}
}

func document(body string) order.Document {
	return order.NewDocument("application/xml; charset=utf-8", []byte(body))
}

// add keeps an order that must be new.
func add(t testing.TB, h *fixture, o order.Order) order.Order {
	t.Helper()
	stored, added, err := h.Add(t.Context(), o, document("<Order>"+o.Number+"</Order>"), received(o))
	if err != nil || !added {
		t.Fatalf("Add %s: added %v, %v", order.Truncate(o.Number), added, err)
	}
	return stored
}

// addMany keeps n orders of shop and sends each to publisher.
func addMany(t testing.TB, h *fixture, n int) []order.Order {
	t.Helper()
	orders := make([]order.Order, n)
	for i := range orders {
		orders[i] = change(t, h, add(t, h, sample(fmt.Sprintf("M-%04d", i))).ID, send(publisher))
	}
	return orders
}

type changer func(*order.Order) ([]order.Event, error)

// send routes an order to seller.
func send(seller order.PartyID) changer {
	return func(o *order.Order) ([]order.Event, error) {
		o.Seller, o.Routing = seller, "because"
		return setAll(o, order.Sent, order.EventProcessed), nil
	}
}

// fail ends an order with a reason.
func fail(o *order.Order) ([]order.Event, error) {
	o.Reason = &order.Reason{Code: "receiver-unknown", Detail: "no receiver", Hint: "ask the operator"}
	return setAll(o, order.Failed, order.EventProcessed), nil
}

// answer sets all lines to a status.
func answer(s order.Status) changer {
	return func(o *order.Order) ([]order.Event, error) { return setAll(o, s, order.EventMarked), nil }
}

func setAll(o *order.Order, s order.Status, kind order.EventKind) []order.Event {
	ev := order.Event{Kind: kind, From: o.Status, To: s, Actor: "bookgate", Via: "system"}
	o.Status = s
	for i := range o.Lines {
		o.Lines[i].Status = s
	}
	return []order.Event{ev}
}

func change(t testing.TB, h *fixture, id order.ID, c changer) order.Order {
	t.Helper()
	o, err := h.Update(t.Context(), id, c)
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	return o
}

// list reads a whole list, page by page.
func list(t testing.TB, h *fixture, q order.Query) []order.Item {
	t.Helper()
	var items []order.Item
	for {
		p, err := h.List(t.Context(), q)
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		items = append(items, p.Items...)
		if !p.More {
			return items
		}
		q.After = p.Next
	}
}

func head(t testing.TB, h *fixture, party order.PartyID) int64 {
	t.Helper()
	n, err := h.Head(t.Context(), party)
	if err != nil {
		t.Fatalf("Head: %v", err)
	}
	return n
}

func wantKind(t testing.TB, err error, kind order.Kind) {
	t.Helper()
	if err == nil || order.KindOf(err) != kind {
		t.Errorf("got error %v of kind %d, want kind %d", err, order.KindOf(err), kind)
	}
}

func wantSame(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, same); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, d)
	}
}
