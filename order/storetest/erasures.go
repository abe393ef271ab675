package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

var erasurePromises = []promise{
	{"an erased event drops the document's bytes, and its digest stays", erasedDocument},
	{"an erased event empties the words and users of the history before it", erasedHistory},
	{"an order is erased at the time of its last change, and may change afterwards", erasedTime},
	{"no other event erases anything", othersErase},
	{"an erased party keeps its number and its numbers of the trade alone", partyErased},
	{"nothing can be added for an erased party", partyStaysErased},
	{"an unknown party cannot be erased", unknownErased},
	{"an erased party is forgotten in every history, batch by batch, and what it sent is listed", partyForgotten},
	{"a party that is not erased is not forgotten", onlyErasedForgotten},
}

// erase is a rule that takes out a part of the content, as the operator.
func erase(o *order.Order) ([]order.Event, error) {
	o.Header.Messages, o.Extensions, o.Findings = nil, nil, nil
	return []order.Event{{Kind: order.EventErased, Actor: "operator", Via: "command", Text: "case 7"}}, nil
}

func erasedDocument(t *testing.T, h *fixture) {
	o := add(t, h, full("A-1"))
	before, err := h.Document(t.Context(), shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	erased := change(t, h, o.ID, erase)
	after, err := h.Document(t.Context(), shop, o.ID)
	wantKind(t, err, order.Gone)
	if order.CodeOf(err) != "document-erased" || len(after.Body) != 0 || after.SHA256 != before.SHA256 || after.MediaType != before.MediaType {
		t.Errorf("got %v with %d bytes of %s, digest %x", err, len(after.Body), after.MediaType, after.SHA256)
	}
	if has, err := h.HasDocument(t.Context(), shop, o.ID); has || err != nil {
		t.Errorf("it has a document: %t, %v", has, err)
	}
	_, err = h.Document(t.Context(), stranger, o.ID)
	wantKind(t, err, order.NotFound)
	got, err := h.Order(t.Context(), shop, o.ID)
	if err != nil || len(got.Header.Messages)+len(got.Extensions)+len(got.Findings) != 0 || len(got.Lines) != 2 {
		t.Errorf("the order is stored as %+v, %v", got, err)
	}
	wantSame(t, "the erased order", erased, got)
}

func erasedHistory(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	change(t, h, o.ID, send(publisher))
	change(t, h, o.ID, func(*order.Order) ([]order.Event, error) {
		return []order.Event{{Kind: order.EventMarked, Line: 1, From: order.Sent, To: order.Received, Party: publisher, Actor: "per", Via: "token", Text: "til Ola"}}, nil
	})
	before, err := h.History(t.Context(), shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	change(t, h, o.ID, erase)
	change(t, h, o.ID, erase)
	after, err := h.History(t.Context(), shop, o.ID)
	if err != nil || len(after) != len(before)+2 {
		t.Fatalf("%d events, %v", len(after), err)
	}
	for i, e := range before {
		if e.Text = ""; e.Party != "" {
			e.Actor = ""
		}
		wantSame(t, fmt.Sprintf("event %d", i+1), e, after[i])
	}
	for _, e := range after[len(before):] {
		if e.Kind != order.EventErased || e.Actor != "operator" || e.Text != "case 7" {
			t.Errorf("the erasure is reported as %+v", e)
		}
	}
}

func erasedTime(t *testing.T, h *fixture) {
	o := add(t, h, full("A-1"))
	erased := change(t, h, o.ID, erase)
	if !erased.Erased.Equal(erased.Updated) || erased.Erased.IsZero() || erased.Revision != 2 {
		t.Errorf("erased at %s, updated at %s, revision %d", erased.Erased, erased.Updated, erased.Revision)
	}
	later := change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.Erased, o.Purged = time.Time{}, time.Now()
		return send(publisher)(o)
	})
	got, err := h.Order(t.Context(), publisher, o.ID)
	if err != nil || !later.Erased.Equal(erased.Erased) || !got.Erased.Equal(erased.Erased) || !got.Updated.After(got.Erased) || !got.Purged.IsZero() {
		t.Errorf("after another change: erased %s, updated %s, retired %s, %v", got.Erased, got.Updated, got.Purged, err)
	}
	if stored, added, err := h.Add(t.Context(), sample("A-1"), document("x"), received(o)); err != nil || added || !stored.Erased.Equal(erased.Erased) {
		t.Errorf("the same number gave %v, erased %s, %v", added, stored.Erased, err)
	}
}

func othersErase(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	change(t, h, o.ID, send(publisher))
	change(t, h, o.ID, answer(order.FulfilledBlocked))
	if doc, err := h.Document(t.Context(), shop, o.ID); err != nil || len(doc.Body) == 0 {
		t.Errorf("the document: %v", err)
	}
	if events, err := h.History(t.Context(), shop, o.ID); err != nil || events[0].Text == "" || events[0].Actor == "" {
		t.Errorf("the history: %+v, %v", events, err)
	}
}

func partyErased(t *testing.T, h *fixture) {
	private := order.Identifier{Type: "Proprietary", TypeName: "Kundenr", Value: "12"}
	register(t, h, shop, alias("GLN", "7080010001559"), alias("VKNR", "kari"), private)
	register(t, h, school)
	for _, err := range []error{
		h.Allow(t.Context(), shop, school), h.Allow(t.Context(), school, shop),
		h.AddRoute(t.Context(), order.Route{Prefix: "978", Seller: shop}),
		h.SetDefaultSeller(t.Context(), school, shop), h.SetDefaultSeller(t.Context(), shop, school),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := h.EraseParty(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	want := order.Party{ID: shop, Name: "erased", Scheme: order.DefaultScheme, Aliases: []order.Identifier{alias("GLN", "7080010001559")}, Erased: p.Erased}
	wantSame(t, "the erased party", want, p)
	got, err := h.Resolve(t.Context(), alias("GLN", "7080010001559"))
	if err != nil || got.Erased.IsZero() {
		t.Errorf("by its alias: %+v, %v", got, err)
	}
	wantSame(t, "by its alias", want, got)
	_, err = h.Resolve(t.Context(), private)
	wantKind(t, err, order.NotFound)
	h.clock.step(time.Hour)
	again, err := h.EraseParty(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the party erased again", want, again)
	wantUnconnected(t, h)
}

// wantUnconnected checks that shop has no part in any rule.
func wantUnconnected(t *testing.T, h *fixture) {
	t.Helper()
	for _, pair := range [][2]order.PartyID{{shop, school}, {school, shop}} {
		if ok, err := h.Allowed(t.Context(), pair[0], pair[1]); err != nil || ok {
			t.Errorf("%s may still act for %s, %v", pair[0], pair[1], err)
		}
	}
	if routes, err := h.Routes(t.Context()); err != nil || len(routes) != 0 {
		t.Errorf("routes %v, %v", routes, err)
	}
	if sellers, err := h.DefaultSellers(t.Context()); err != nil || len(sellers) != 0 {
		t.Errorf("default sellers %v, %v", sellers, err)
	}
}

func partyStaysErased(t *testing.T, h *fixture) {
	p := register(t, h, shop)
	register(t, h, school)
	if _, err := h.EraseParty(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	wantKind(t, h.AddParty(t.Context(), p), order.Conflict)
	wantKind(t, h.Allow(t.Context(), school, shop), order.Conflict)
	wantKind(t, h.AddRoute(t.Context(), order.Route{Prefix: "978", Seller: shop}), order.Conflict)
	wantKind(t, h.SetDefaultSeller(t.Context(), school, shop), order.Conflict)
	wantUnconnected(t, h)
	parties, err := h.Parties(t.Context())
	if err != nil || len(parties) != 2 || parties[0].Erased.IsZero() || !parties[1].Erased.IsZero() {
		t.Errorf("parties %+v, %v", parties, err)
	}
}

func unknownErased(t *testing.T, h *fixture) {
	_, err := h.EraseParty(t.Context(), stranger)
	wantKind(t, err, order.NotFound)
}

func partyForgotten(t *testing.T, h *fixture) {
	register(t, h, publisher)
	var sentToIt, sentByIt []order.ID
	for i := range 5 {
		o := add(t, h, sample(fmt.Sprintf("A-%d", i)))
		sentToIt = append(sentToIt, o.ID)
		change(t, h, o.ID, send(publisher))
		change(t, h, o.ID, func(*order.Order) ([]order.Event, error) {
			return []order.Event{{Kind: order.EventMarked, Line: 1, To: order.Received, Party: publisher, Actor: "per", Via: "token", Text: "ok"}}, nil
		})
		own := sample(fmt.Sprintf("B-%d", i))
		if own.Buyer = publisher; i%2 == 0 {
			own.Sender, own.Buyer = publisher, school
		}
		sentByIt = append(sentByIt, add(t, h, own).ID)
	}
	if _, err := h.EraseParty(t.Context(), publisher); err != nil {
		t.Fatal(err)
	}
	var listed []order.ID
	for after, calls := int64(0), 0; ; calls++ {
		sent, next, err := h.Forget(t.Context(), publisher, after, 3)
		if err != nil || calls > 10 {
			t.Fatalf("call %d: %v", calls, err)
		}
		listed = append(listed, sent...)
		if after = next; next == 0 {
			break
		}
	}
	wantSame(t, "the orders that it sent", sentByIt, listed)
	for _, id := range sentToIt {
		events, err := h.History(t.Context(), shop, id)
		if err != nil || len(events) != 3 || events[0].Actor != "kari" || events[2].Party != publisher || events[2].Actor != "" || events[2].Text != "" || events[2].To != order.Received {
			t.Errorf("history %+v, %v", events, err)
		}
	}
}

func onlyErasedForgotten(t *testing.T, h *fixture) {
	register(t, h, shop)
	o := add(t, h, sample("A-1"))
	if _, _, err := h.Forget(t.Context(), shop, 0, 10); err == nil {
		t.Error("a party that is connected was forgotten")
	}
	if events, err := h.History(t.Context(), shop, o.ID); err != nil || events[0].Actor != "kari" {
		t.Errorf("history %+v, %v", events, err)
	}
}
