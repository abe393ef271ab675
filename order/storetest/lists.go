package storetest

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/internal/fulltest"
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

func listShows(t *testing.T, h *fixture) {
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

func pagesJoin(t *testing.T, h *fixture) {
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
		for _, limit := range fulltest.Cases([]int{1, 7, 2, 30, 25, 31, 29}, 2) {
			wantSame(t, fmt.Sprintf("%s in pages of %d", mode, limit), whole, list(t, h, order.Query{Party: publisher, Mode: mode, Limit: limit}))
			p := head(t, h, publisher)
			wantSame(t, "the same through the head", whole, list(t, h, order.Query{Party: publisher, Mode: mode, Limit: limit, Through: p}))
		}
	}
}

func sinceInclusive(t *testing.T, h *fixture) {
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

func changedMoves(t *testing.T, h *fixture) {
	orders := addMany(t, h, 3)
	change(t, h, orders[1].ID, answer(order.Received))
	var got []string
	for _, it := range list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 10}) {
		got = append(got, fmt.Sprint(it.Change, " ", it.Number, " ", it.Status))
	}
	wantSame(t, "the list", []string{"1 M-0000 SENT", "3 M-0002 SENT", "4 M-0001 RECEIVED"}, got)
}

func limitsHold(t *testing.T, h *fixture) {
	for _, limit := range []int{-1, 0, order.MaxPage + 1} {
		_, err := h.List(t.Context(), order.Query{Party: shop, Mode: order.All, Limit: limit})
		wantKind(t, err, order.Invalid)
	}
	_, err := h.List(t.Context(), order.Query{Party: shop, Mode: "sent_to_me", Limit: 10})
	wantKind(t, err, order.Invalid)
}

var sidePromises = []promise{
	{"an UNPROCESSED order is seen by the sending side alone", unprocessedHidden},
	{"a SENT order is seen by both sides", sentSeen},
	{"a FAILED order is seen by the sending side alone, with its reason", failedHidden},
	{"a test order never reaches the receiver", testHidden},
	{"a buyer sees what was sent in its name", buyerSees},
	{"an order to oneself is in both modes and once in ALL", orderToOneself},
	{"a party that no longer stands in the order loses sight of it", sightLost},
	{"an order that is not visible looks like one that is not there", hiddenLikeMissing},
	{"a change for a party that does not see the order is not run", changeOutside},
	{"an order is found as sent by its sender in its source alone", sentBySender},
}

// wantSeen checks every way in which a party can see an order.
func wantSeen(t *testing.T, h *fixture, o order.Order, party order.PartyID, want order.Role) {
	t.Helper()
	_, err := h.Order(t.Context(), party, o.ID)
	_, errDoc := h.Document(t.Context(), party, o.ID)
	_, errHas := h.HasDocument(t.Context(), party, o.ID)
	_, errHist := h.History(t.Context(), party, o.ID)
	_, errChange := h.Change(t.Context(), party, o.ID, func(*order.Order) ([]order.Event, error) { return nil, nil })
	for what, err := range map[string]error{"Change": errChange, "Order": err, "Document": errDoc, "HasDocument": errHas, "History": errHist} {
		if want == order.RoleNone && order.KindOf(err) != order.NotFound || want != order.RoleNone && err != nil {
			t.Errorf("%s of %s (%s) for %s: %v", what, o.Number, o.Status, party, err)
		}
	}
	for mode, side := range map[order.Mode]order.Role{order.SentByMe: order.RoleSender, order.SentToMe: order.RoleReceiver, order.All: order.RoleSender | order.RoleReceiver} {
		n := 0
		for _, it := range list(t, h, order.Query{Party: party, Mode: mode, Limit: 100}) {
			if it.ID == o.ID {
				n++
			}
		}
		if seen := want&side != 0; seen && n != 1 || !seen && n != 0 {
			t.Errorf("%s (%s) is %d times in the list %s of %s", o.Number, o.Status, n, mode, party)
		}
	}
}

func unprocessedHidden(t *testing.T, h *fixture) {
	o := sample("A-1")
	o.Seller = publisher
	add(t, h, o)
	wantSeen(t, h, o, shop, order.RoleSender)
	wantSeen(t, h, o, publisher, order.RoleNone)
	wantSeen(t, h, o, stranger, order.RoleNone)
	wantSeen(t, h, o, "", order.RoleNone)
}

func sentSeen(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	for _, s := range []order.Status{order.Sent, order.Received, order.Rejected, order.FulfilledBlocked} {
		o = change(t, h, o.ID, answer(s))
		wantSeen(t, h, o, shop, order.RoleSender)
		wantSeen(t, h, o, publisher, order.RoleReceiver)
		wantSeen(t, h, o, stranger, order.RoleNone)
	}
}

func failedHidden(t *testing.T, h *fixture) {
	o := sample("A-1")
	o.Seller = publisher
	failed := change(t, h, add(t, h, o).ID, fail)
	wantSeen(t, h, failed, shop, order.RoleSender)
	wantSeen(t, h, failed, publisher, order.RoleNone)
	got, err := h.Order(t.Context(), shop, o.ID)
	if err != nil || got.Reason == nil || got.Reason.Hint != "ask the operator" {
		t.Errorf("reason %+v, %v", got.Reason, err)
	}
}

func testHidden(t *testing.T, h *fixture) {
	o := sample("A-1")
	o.Header.Purpose = order.Test
	sent := change(t, h, add(t, h, o).ID, send(publisher))
	wantSeen(t, h, sent, shop, order.RoleSender)
	wantSeen(t, h, sent, publisher, order.RoleNone)
	if n := head(t, h, publisher); n != 0 {
		t.Errorf("the receiver's head is %d, want 0", n)
	}
}

func buyerSees(t *testing.T, h *fixture) {
	o := sample("A-1")
	o.Buyer = school
	sent := change(t, h, add(t, h, o).ID, send(publisher))
	wantSeen(t, h, sent, shop, order.RoleSender)
	wantSeen(t, h, sent, school, order.RoleSender)
	wantSeen(t, h, sent, publisher, order.RoleReceiver)
	if n := head(t, h, school); n != 2 {
		t.Errorf("the buyer's head is %d, want 2", n)
	}
}

func orderToOneself(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	wantSeen(t, h, o, shop, order.RoleSender)
	o = change(t, h, o.ID, send(shop))
	wantSeen(t, h, o, shop, order.RoleSender|order.RoleReceiver)
	o = change(t, h, o.ID, answer(order.Received))
	wantSeen(t, h, o, shop, order.RoleSender|order.RoleReceiver)
	if n := head(t, h, shop); n != 3 {
		t.Errorf("head is %d, want 3: one number a change, however many sides", n)
	}
}

func sightLost(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	o = change(t, h, o.ID, send(stranger))
	wantSeen(t, h, o, publisher, order.RoleNone)
	wantSeen(t, h, o, stranger, order.RoleReceiver)
	o = change(t, h, o.ID, send(publisher))
	wantSeen(t, h, o, publisher, order.RoleReceiver)
	wantSeen(t, h, o, stranger, order.RoleNone)
}

func hiddenLikeMissing(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	_, hidden := h.Order(t.Context(), publisher, o.ID)
	_, missing := h.Order(t.Context(), publisher, order.NewID(h.clock.now()))
	wantKind(t, hidden, order.NotFound)
	if hidden.Error() != missing.Error() {
		t.Errorf("%q and %q tell the two apart", hidden, missing)
	}
}

func changeOutside(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	run := false
	_, hidden := h.Change(t.Context(), stranger, o.ID, func(*order.Order) ([]order.Event, error) {
		run = true
		return []order.Event{{Kind: order.EventMarked}}, nil
	})
	_, missing := h.Change(t.Context(), stranger, order.NewID(h.clock.now()), func(*order.Order) ([]order.Event, error) { return nil, nil })
	wantKind(t, hidden, order.NotFound)
	if run || hidden.Error() != missing.Error() {
		t.Errorf("run %t; %q and %q tell the two apart", run, hidden, missing)
	}
	after, err := h.Order(t.Context(), publisher, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order after it", o, after)
	changed, err := h.Change(t.Context(), publisher, o.ID, answer(order.Received))
	if err != nil || changed.Revision != o.Revision+1 {
		t.Errorf("the receiver's change: revision %d, %v", changed.Revision, err)
	}
}

func sentBySender(t *testing.T, h *fixture) {
	o := sample("A-1")
	o.Buyer, o.Source = school, "hark"
	o = change(t, h, add(t, h, o).ID, send(publisher))
	got, err := h.Sent(t.Context(), shop, "hark", o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order sent", o, got)
	for _, of := range []struct {
		sender order.PartyID
		source string
		id     order.ID
	}{{shop, "", o.ID}, {shop, "hark-test", o.ID}, {school, "hark", o.ID}, {publisher, "hark", o.ID}, {stranger, "hark", o.ID}, {"", "hark", o.ID},
		{shop, "hark", order.NewID(h.clock.now())}} {
		_, err := h.Sent(t.Context(), of.sender, of.source, of.id)
		wantKind(t, err, order.NotFound)
	}
}

// placed is an item without what may change after a snapshot.
type placed struct {
	Change int64
	ID     order.ID
}

func places(items []order.Item) []placed {
	var out []placed
	for _, it := range items {
		out = append(out, placed{it.Change, it.ID})
	}
	return out
}

func throughOldPlaces(t *testing.T, h *fixture) {
	orders := addMany(t, h, 6)
	before := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Limit: 10})
	for _, i := range []int{4, 1, 1, 5} {
		change(t, h, orders[i].ID, func(o *order.Order) ([]order.Event, error) {
			events, err := answer(order.Received)(o)
			return append(events, order.Event{Kind: order.EventMarked, Line: 2}), err
		})
	}
	for limit := 1; limit <= 7; limit++ {
		items := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Through: 6, Limit: limit})
		wantSame(t, fmt.Sprintf("places in pages of %d", limit), places(before), places(items))
		for i, it := range items {
			moved := i == 1 || i == 4 || i == 5
			if want := map[bool]order.Status{true: order.Received, false: order.Sent}[moved]; it.Status != want {
				t.Errorf("%s is shown as %s, want %s", it.Number, it.Status, want)
			}
		}
	}
}

func throughLeavesOut(t *testing.T, h *fixture) {
	addMany(t, h, 2)
	late := add(t, h, sample("L-1")) // visible to its sender, not yet to the receiver
	change(t, h, late.ID, send(publisher))
	change(t, h, late.ID, answer(order.Received))
	if items := list(t, h, order.Query{Party: publisher, Mode: order.All, Through: 2, Limit: 1}); len(items) != 2 {
		t.Errorf("%d items through 2, want 2", len(items))
	}
	if items := list(t, h, order.Query{Party: shop, Mode: order.All, Through: 5, Limit: 2}); len(items) != 3 || items[2].Change != 5 {
		t.Errorf("the sender's list through 5: %+v", items)
	}
	if items := list(t, h, order.Query{Party: shop, Mode: order.All, Through: 99, Limit: 2}); len(items) != 3 || items[2].Change != 7 {
		t.Errorf("the sender's list through a number to come: %+v", items)
	}
}

func throughSince(t *testing.T, h *fixture) {
	orders := addMany(t, h, 6)
	change(t, h, orders[1].ID, answer(order.Received))
	change(t, h, orders[4].ID, answer(order.Received))
	items := list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Through: 6, Since: orders[3].Updated, Limit: 1})
	var got []int64
	for _, it := range items {
		got = append(got, it.Change)
	}
	wantSame(t, "the places since the fourth order", []int64{4, 5, 6}, got)
}

func throughSide(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	change(t, h, o.ID, send(shop))
	for mode, want := range map[order.Mode]int{order.SentByMe: 1, order.SentToMe: 0, order.All: 1} {
		if items := list(t, h, order.Query{Party: shop, Mode: mode, Through: 1, Limit: 5}); len(items) != want {
			t.Errorf("%s through 1: %d items, want %d", mode, len(items), want)
		}
	}
}

// throughProperty plays any sequence of changes, some before the snapshot and
// some between its pages, and compares the list with the one that was read at
// once.
func throughProperty(t *testing.T, h *fixture) {
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		p := &player{h: h, shop: order.PartyID(fmt.Sprintf("S%d", round)), seller: order.PartyID(fmt.Sprintf("R%d", round))}
		for range rapid.IntRange(0, 15).Draw(rt, "before") {
			p.step(t, rt)
		}
		viewer := rapid.SampledFrom([]order.PartyID{p.shop, p.seller}).Draw(rt, "viewer")
		q := order.Query{Party: viewer, Mode: rapid.SampledFrom([]order.Mode{order.All, order.SentByMe, order.SentToMe}).Draw(rt, "mode"), Limit: order.MaxPage}
		if len(p.times) > 0 && rapid.Bool().Draw(rt, "since?") {
			q.Since = rapid.SampledFrom(p.times).Draw(rt, "since")
		}
		want := places(list(t, h, q))
		if q.Through = head(t, h, viewer); q.Through == 0 {
			return
		}
		q.Limit = rapid.IntRange(1, 5).Draw(rt, "limit")
		var got []placed
		for more := true; more; {
			page, err := h.List(t.Context(), q)
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, places(page.Items)...)
			q.After, more = page.Next, page.More
			for range rapid.IntRange(0, 4).Draw(rt, "between") {
				p.step(t, rt)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("through %d:\n got %v\nwant %v", q.Through, got, want)
		}
	})
}

// player changes orders of two parties at random.
type player struct {
	h            *fixture
	shop, seller order.PartyID
	orders       []order.ID
	times        []time.Time
}

func (p *player) step(t *testing.T, rt *rapid.T) {
	if len(p.orders) == 0 || rapid.IntRange(0, 2).Draw(rt, "add?") == 0 {
		o := sample(fmt.Sprintf("N%d", len(p.orders)))
		o.Sender, o.Buyer = p.shop, p.shop
		p.orders = append(p.orders, add(t, p.h, o).ID)
		return
	}
	id := rapid.SampledFrom(p.orders).Draw(rt, "order")
	o := change(t, p.h, id, func(o *order.Order) ([]order.Event, error) {
		if o.Status != order.Unprocessed {
			return answer(rapid.SampledFrom(order.Answers()).Draw(rt, "answer"))(o)
		}
		to := rapid.SampledFrom([]order.PartyID{p.seller, p.seller, p.shop}).Draw(rt, "to")
		events, err := send(to)(o)
		if rapid.Bool().Draw(rt, "two events") {
			events = append(events, order.Event{Kind: order.EventMarked})
		}
		return events, err
	})
	p.times = append(p.times, o.Updated)
}

func throughConcurrent(t *testing.T, h *fixture) {
	orders := addMany(t, h, fulltest.Rounds(30, 60))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range fulltest.Rounds(40, 120) {
			change(t, h, orders[i*7%len(orders)].ID, answer(order.Answers()[i%5]))
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		through, seen, last := head(t, h, publisher), map[order.ID]bool{}, int64(0)
		for _, it := range list(t, h, order.Query{Party: publisher, Mode: order.SentToMe, Through: through, Limit: 7}) {
			if seen[it.ID] || it.Change <= last || it.Change > through {
				t.Fatalf("%s at %d after %d, through %d", it.Number, it.Change, last, through)
			}
			seen[it.ID], last = true, it.Change
		}
		if len(seen) != len(orders) {
			t.Fatalf("%d orders of %d through %d", len(seen), len(orders), through)
		}
	}
}
