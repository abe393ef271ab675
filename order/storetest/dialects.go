package storetest

import (
	"fmt"
	"testing"

	"github.com/bookgate/bookgate/order"
)

var dialectPromises = []promise{
	{"subject, attributes and Held come back as they were stored and changed", dialectComesBack},
	{"the same number in another source is another order", otherSourceOtherOrder},
	{"an order that is held does not wait, and one that is let go does", heldWaitsNot},
	{"Find returns a sender's orders of one source, newest or oldest first, page by page with their count", findPages},
	{"Find narrows by subject, number and text", findNarrows},
	{"Find shows an order as it is now", findIsNow},
}

// from is an order that came by a dialect.
func from(source, subject, number string) order.Order {
	o := sample(number)
	o.Source, o.CustomerRef, o.OnHold = source, subject, true
	o.Attributes = order.Attributes{"state": "pending", "note": "æøå \" <&>"}
	return o
}

func dialectComesBack(t *testing.T, h *fixture) {
	o := add(t, h, from("hark", "reader-1", "A-1"))
	if got, err := h.Order(t.Context(), shop, o.ID); err != nil || got.CustomerRef != "reader-1" || !got.OnHold || got.Attributes["note"] != "æøå \" <&>" || len(got.Attributes) != 2 {
		t.Fatalf("came back as %q, %v, %v, %v", got.CustomerRef, got.OnHold, got.Attributes, err)
	}
	moved := change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.CustomerRef, o.OnHold, o.Attributes, o.Source = "", false, o.Attributes.Set("state", "accepted").Set("note", ""), "montly"
		return []order.Event{o.StateChanged(actor, "pending", "accepted", o.Updated)}, nil
	})
	got, err := h.Order(t.Context(), shop, o.ID)
	if err != nil || got.CustomerRef != "" || got.OnHold || len(got.Attributes) != 1 || got.Attributes["state"] != "accepted" || got.Source != "hark" {
		t.Errorf("changed to %q, %v, %v, %s, %v", got.CustomerRef, got.OnHold, got.Attributes, got.Source, err)
	}
	wantSame(t, "the moved order", moved, got)
	events, err := h.History(t.Context(), shop, o.ID)
	if err != nil || len(events) != 2 || events[1].Kind != order.EventStateChanged || events[1].From != "pending" || events[1].To != "accepted" {
		t.Errorf("history %+v, %v", events, err)
	}
	// A change without an event changes nothing.
	change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.OnHold, o.Attributes = true, nil
		return nil, nil
	})
	if got, err := h.Order(t.Context(), shop, o.ID); err != nil || got.OnHold || len(got.Attributes) != 1 {
		t.Errorf("without an event it became %v, %v, %v", got.OnHold, got.Attributes, err)
	}
}

func otherSourceOtherOrder(t *testing.T, h *fixture) {
	first := add(t, h, sample("A-1"))
	second := add(t, h, from("hark", "", "A-1"))
	if first.ID == second.ID || head(t, h, shop) != 2 {
		t.Errorf("orders %s and %s, head %d", first.ID, second.ID, head(t, h, shop))
	}
	again := from("hark", "", "A-1")
	stored, added, err := h.Add(t.Context(), again, document("x"), received(again))
	if err != nil || added || stored.ID != second.ID {
		t.Errorf("again gave %s, %v, %v; want %s", stored.ID, added, err, second.ID)
	}
}

func heldWaitsNot(t *testing.T, h *fixture) {
	o := add(t, h, from("hark", "", "A-1"))
	if got := waiting(t, h, soon(h), 9); len(got) != 0 {
		t.Errorf("%d held orders wait", len(got))
	}
	change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.OnHold = false
		return []order.Event{o.StateChanged(actor, "", "", o.Updated)}, nil
	})
	if got := waiting(t, h, soon(h), 9); len(got) != 1 || got[0].ID != o.ID {
		t.Errorf("%d orders wait after one was let go", len(got))
	}
}

// found returns the numbers that a query finds, and their count.
func found(t *testing.T, h *fixture, q order.FindQuery) (numbers []string, count int64) {
	t.Helper()
	orders, count, err := h.Find(t.Context(), q)
	if err != nil {
		t.Fatalf("Find %+v: %v", q, err)
	}
	for _, o := range orders {
		numbers = append(numbers, o.Number)
	}
	return numbers, count
}

func findPages(t *testing.T, h *fixture) {
	for i := range 5 {
		add(t, h, from("hark", []string{"u1", "u2"}[i%2], fmt.Sprint("A-", i)))
	}
	add(t, h, from("montly", "u1", "M-1"))
	foreign := from("hark", "u1", "S-1")
	foreign.Sender, foreign.Buyer = school, shop // visible to shop, and not sent by it
	add(t, h, foreign)
	all := order.FindQuery{Sender: shop, Source: "hark"}
	for _, c := range []struct {
		offset, limit int
		subject       string
		oldest        bool
		want          string
		count         int64
	}{
		{0, 9, "", false, "[A-4 A-3 A-2 A-1 A-0]", 5},
		{0, 9, "", true, "[A-0 A-1 A-2 A-3 A-4]", 5},
		{1, 2, "", false, "[A-3 A-2]", 5},
		{4, 2, "", true, "[A-4]", 5},
		{9, 2, "", true, "[]", 5},
		{0, 0, "", true, "[]", 5},
		{0, 9, "u1", false, "[A-4 A-2 A-0]", 3},
		{1, 1, "u2", true, "[A-3]", 2},
		{0, 9, "u3", true, "[]", 0},
	} {
		q := all
		q.Offset, q.Limit, q.CustomerRef, q.Oldest = c.offset, c.limit, c.subject, c.oldest
		if got, n := found(t, h, q); fmt.Sprint(got) != c.want || n != c.count {
			t.Errorf("%+v gave %v of %d, want %s of %d", q, got, n, c.want, c.count)
		}
	}
}

func findNarrows(t *testing.T, h *fixture) {
	for i, title := range []string{"Sult", "Markens GRØDE", "100% Sult_"} {
		o := from("hark", fmt.Sprint("u", i), fmt.Sprint("A-", i))
		o.Lines[1].Detail.Title = title
		o.Header.ShipTo = &order.TradeParty{Names: []string{[]string{"Kari Vinter", "Ola Sommer", ""}[i]}}
		add(t, h, o)
	}
	for _, c := range []struct {
		q     order.FindQuery
		want  string
		count int64
	}{
		{order.FindQuery{Number: "A-1"}, "[A-1]", 1},
		{order.FindQuery{Number: "A-9"}, "[]", 0},
		{order.FindQuery{Number: "A-1", CustomerRef: "u0"}, "[]", 0},
		{order.FindQuery{Number: "A-1", Text: "sult"}, "[]", 0},
		{order.FindQuery{Text: "sult"}, "[A-2 A-0]", 2},
		{order.FindQuery{Text: "sult", Oldest: true}, "[A-0 A-2]", 2},
		{order.FindQuery{Text: "sult", Oldest: true, Offset: 1}, "[A-2]", 2},
		{order.FindQuery{Text: "sult", CustomerRef: "u2"}, "[A-2]", 1},
		{order.FindQuery{Text: "grøde"}, "[A-1]", 1},
		{order.FindQuery{Text: "vinter"}, "[A-0]", 1},
		{order.FindQuery{Text: "0%"}, "[A-2]", 1},
		{order.FindQuery{Text: "t_"}, "[A-2]", 1},
		{order.FindQuery{Text: "a-1"}, "[A-1]", 1},
		{order.FindQuery{Text: "\x00"}, "[]", 0},
	} {
		q := c.q
		q.Sender, q.Source, q.Limit = shop, "hark", 9
		if got, n := found(t, h, q); fmt.Sprint(got) != c.want || n != c.count {
			t.Errorf("%+v gave %v of %d, want %s of %d", c.q, got, n, c.want, c.count)
		}
	}
}

func findIsNow(t *testing.T, h *fixture) {
	o := add(t, h, from("hark", "u1", "A-1"))
	now := change(t, h, o.ID, send(publisher))
	orders, _, err := h.Find(t.Context(), order.FindQuery{Sender: shop, Source: "hark", Limit: 1})
	if err != nil || len(orders) != 1 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
	wantSame(t, "the found order", now, orders[0])
}
