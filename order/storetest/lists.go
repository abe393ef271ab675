package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

var listPromises = []promise{
	{"a list shows what the order says", listShows},
	{"pages of any size join into the list without gap or repeat", pagesJoin},
	{"Since is inclusive and by the last change", sinceInclusive},
	{"a changed order moves to the end", changedMoves},
	{"a limit outside 1 to MaxPage and an unknown mode are Invalid", limitsHold},
	{"Through shows changed orders once, in their old place, as they are now", throughOldPlaces},
	{"Through leaves out what became visible afterwards", throughLeavesOut},
	{"Through and Since together go by the time of the old place", throughSince},
	{"Through holds for a side that the party gained later", throughSide},
	{"Through reads the list as it stood whatever others write meanwhile", throughProperty},
	{"Through misses and doubles nothing while many write", throughConcurrent},
}

func listShows(t *testing.T, h *house) {
	o := sample("A-1")
	o.Buyer = school
	o = add(t, h, o)
	want := order.Item{Change: 1, ID: o.ID, Number: "A-1", Buyer: school, Seller: string(publisher),
		Status: order.Unprocessed, Created: o.Created, Updated: o.Updated}
	wantSame(t, "the unrouted item", []order.Item{want}, list(t, h, order.Query{Party: shop, Mode: order.SentByMe, Limit: 1}))
	o = change(t, h, o.ID, send(stranger))
	want.Change, want.Seller, want.Status, want.Updated = 2, string(stranger), order.Sent, o.Updated
	wantSame(t, "the item sent", []order.Item{want}, list(t, h, order.Query{Party: shop, Mode: order.All, Limit: 1}))
}

func pagesJoin(t *testing.T, h *house) {
	addMany(t, h, 20)
	for i := range 10 { // from both sides, and to itself
		o := sample(fmt.Sprintf("P-%d", i))
		o.Sender, o.Buyer = publisher, publisher
		change(t, h, add(t, h, o).ID, send([]order.PartyID{shop, publisher}[i%2]))
	}
	for _, mode := range []order.Mode{order.SentToMe, order.SentByMe, order.All} {
		whole := list(t, h, order.Query{Party: publisher, Mode: mode, Limit: order.MaxPage})
		if want := map[order.Mode]int{order.SentToMe: 25, order.SentByMe: 10, order.All: 30}[mode]; len(whole) != want {
			t.Errorf("%s lists %d orders, want %d", mode, len(whole), want)
		}
		for _, limit := range []int{1, 2, 7, 25, 29, 30, 31} {
			wantSame(t, fmt.Sprintf("%s in pages of %d", mode, limit), whole, list(t, h, order.Query{Party: publisher, Mode: mode, Limit: limit}))
			p := head(t, h, publisher)
			wantSame(t, "the same through the head", whole, list(t, h, order.Query{Party: publisher, Mode: mode, Limit: limit, Through: p}))
		}
	}
}

func sinceInclusive(t *testing.T, h *house) {
	orders := addMany(t, h, 6)
	for i, o := range orders {
		q := order.Query{Party: publisher, Mode: order.SentToMe, Limit: 4, Since: o.Updated}
		if items := list(t, h, q); len(items) != 6-i || items[0].ID != o.ID {
			t.Errorf("since order %d: %d items", i, len(items))
		}
		q.Since = o.Updated.Add(time.Microsecond)
		if items := list(t, h, q); len(items) != 5-i {
			t.Errorf("just after order %d: %d items", i, len(items))
		}
		q.After = int64(i + 2)
		if items := list(t, h, q); len(items) != max(0, 4-i) {
			t.Errorf("after order %d and a cursor: %d items", i, len(items))
		}
	}
	future := order.Query{Party: publisher, Mode: order.All, Limit: 4, Since: h.clock.now().Add(time.Hour), After: 2}
	if p, err := h.List(t.Context(), future); err != nil || len(p.Items) != 0 || p.Next != 2 {
		t.Errorf("since tomorrow: %+v, %v", p, err)
	}
	change(t, h, orders[0].ID, answer(order.Received))
	items := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 4, Since: orders[5].Updated.Add(time.Microsecond)})
	if len(items) != 1 || items[0].ID != orders[0].ID {
		t.Errorf("the changed order alone should be listed: %+v", items)
	}
}

func changedMoves(t *testing.T, h *house) {
	orders := addMany(t, h, 3)
	change(t, h, orders[1].ID, answer(order.Received))
	var got []string
	for _, it := range list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 10}) {
		got = append(got, fmt.Sprint(it.Change, " ", it.Number, " ", it.Status))
	}
	wantSame(t, "the list", []string{"1 M-0000 SENT", "3 M-0002 SENT", "4 M-0001 RECEIVED"}, got)
}

func limitsHold(t *testing.T, h *house) {
	for _, limit := range []int{-1, 0, order.MaxPage + 1} {
		_, err := h.List(t.Context(), order.Query{Party: shop, Mode: order.All, Limit: limit})
		wantKind(t, err, order.Invalid)
	}
	_, err := h.List(t.Context(), order.Query{Party: shop, Mode: "sent_to_me", Limit: 10})
	wantKind(t, err, order.Invalid)
}
