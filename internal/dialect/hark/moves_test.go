package hark

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// TestMoves tries every status of the line after every state.
func TestMoves(t *testing.T) {
	w := newWorld(t)
	reach := map[string][]order.Status{ordered: nil, inProgress: {order.Received}, shipped: {order.Received, order.Fulfilled}, cancelled: {order.Rejected}}
	const refused = ""
	for from, want := range map[string]map[order.Status]string{
		ordered:    {order.Received: inProgress, order.Fulfilled: shipped, order.FulfilledBlocked: shipped, order.FulfilledAssigned: shipped, order.Rejected: cancelled},
		inProgress: {order.Received: inProgress, order.Fulfilled: shipped, order.FulfilledBlocked: shipped, order.FulfilledAssigned: shipped, order.Rejected: cancelled},
		shipped:    {order.Received: refused, order.Fulfilled: shipped, order.FulfilledBlocked: shipped, order.FulfilledAssigned: shipped, order.Rejected: refused},
		cancelled:  {order.Received: refused, order.Fulfilled: refused, order.FulfilledBlocked: refused, order.FulfilledAssigned: refused, order.Rejected: cancelled},
	} {
		for status, to := range want {
			id := w.place("good", nil).OrderID
			for _, s := range reach[from] {
				check(t, w.mark(id, s, parcelOf(s)))
			}
			err := w.mark(id, status, parcelOf(status))
			if to == refused && order.CodeOf(err) != "device-order-closed" || to != refused && err != nil {
				t.Errorf("%s, %s: %v", from, status, err)
			}
			if to == refused {
				to = from
			}
			got := w.look("good", id)
			if got.OrderStatus != to || (got.DeviceID != nil) != (to == shipped) || (got.TrackingLink != nil) != (to == shipped) {
				t.Errorf("%s, %s: %+v", from, status, got)
			}
		}
		id := w.place("good", nil).OrderID
		for _, s := range reach[from] {
			check(t, w.mark(id, s, parcelOf(s)))
		}
		before := w.core(strom, id)
		a := w.ask("good", `mutation { cancelOrder(input: {orderId: "`+id+`"}) { orderStatus } }`, nil)
		if from == ordered {
			if a.code() != "" || w.look("good", id).OrderStatus != cancelled || w.core(strom, id).Lines[0].Answer.Comment != cancelComment {
				t.Errorf("cancelled: %s", a.raw)
			}
			continue
		}
		if diff := cmp.Diff(before, w.core(strom, id)); a.code() != codeNotCancellable || diff != "" || !strings.Contains(a.raw, from) {
			t.Errorf("cancel of %s: %s\n%s", from, a.raw, diff)
		}
	}
}

func parcelOf(s order.Status) order.Attributes {
	if stateOf(s) == shipped {
		return parcel()
	}
	return nil
}

// TestAttributesOfAParcel refuses to ship without both attributes, in words.
func TestAttributesOfAParcel(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", nil).OrderID
	for _, attributes := range []order.Attributes{nil, {"deviceId": "1A2B3C4D"}, {"trackingLink": "https://a.no/1"}, {"deviceId": "1A2B3C4", "trackingLink": "https://a.no/1"},
		{"deviceId": "1A2B3C4DE", "trackingLink": "https://a.no/1"}, {"deviceId": "1A2B3C4D", "trackingLink": "javascript:alert(1)"}, {"deviceId": "1A2B3C4D", "trackingLink": "a.no/1"}} {
		if err := w.mark(id, order.Fulfilled, attributes); order.CodeOf(err) != "device-attribute" || !strings.Contains(err.Error(), "two attributes") {
			t.Errorf("%v: %v", attributes, err)
		}
	}
	if got := w.look("good", id); got.OrderStatus != ordered {
		t.Errorf("%+v", got)
	}
	check(t, w.mark(id, order.Fulfilled, parcel()))
	check(t, w.mark(id, order.FulfilledBlocked, nil))
	if err := w.mark(id, order.FulfilledAssigned, order.Attributes{"deviceId": "XXXXXXXX"}); err == nil {
		t.Error("another device for a parcel that left")
	}
	if got := w.look("good", id); *got.DeviceID != "1A2B3C4D" || *got.TrackingLink != "https://sporing.example.no/1" {
		t.Errorf("%+v", got)
	}
	o := w.core(strom, w.place("good", nil).OrderID)
	_, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: strom, Name: "a", Via: "ticket"}, o.ID, order.AnyRevision, order.Reduction{EAN: "HAN_LTEM", Number: 1})
	if order.CodeOf(err) != "device-order-whole" {
		t.Errorf("reduced: %v", err)
	}
}

// TestNoReceiver: an order that no seller will ship is cancelled.
func TestNoReceiver(t *testing.T) {
	w := newWorld(t)
	const alone order.PartyID = "7099"
	check(t, w.DB.AddParty(t.Context(), order.Party{ID: alone, Name: "Without a seller", Scheme: "GLN"}))
	w.Key("alone", alone, Source, "live", Permissions()...)
	to := newReceiver(t)
	id := w.place("alone", func(in, _, _ map[string]any) { in["webhookCallbackUrl"] = to.URL }).OrderID
	if got := w.look("alone", id); got.OrderStatus != cancelled {
		t.Errorf("%+v", got)
	}
	if got := to.got(t, 1)[0]; !strings.Contains(got, `"orderStatus":"CANCELLED"`) {
		t.Error(got)
	}
}

// TestCallbacks sends every change of the status once, in its order and in the
// documented six members.
func TestCallbacks(t *testing.T) {
	w := newWorld(t)
	to, quiet := newReceiver(t), newReceiver(t)
	with := func(r receiver) func(in, _, _ map[string]any) {
		return func(in, _, _ map[string]any) { in["webhookCallbackUrl"] = r.URL + "/callback?id=1" }
	}
	id := w.place("good", with(to)).OrderID
	idle := w.place("good", with(quiet)).OrderID
	check(t, w.mark(id, order.Received, nil))
	check(t, w.mark(id, order.Received, nil))
	check(t, w.mark(id, order.Fulfilled, parcel()))
	check(t, w.mark(id, order.FulfilledBlocked, nil)) // still SHIPPED, so nothing is sent
	w.ask("good", `mutation { cancelOrder(input: {orderId: "`+idle+`"}) { orderId } }`, nil)
	want := []string{
		`POST application/json {"externalUserId":"user_1","orderId":"` + id + `","deviceType":"HAN_LTEM","orderStatus":"IN_PROGRESS"}`,
		`POST application/json {"externalUserId":"user_1","orderId":"` + id + `","deviceType":"HAN_LTEM","deviceId":"1A2B3C4D","trackingLink":"https://sporing.example.no/1","orderStatus":"SHIPPED"}`,
	}
	if got := to.got(t, 2); words(got) != words(want) {
		t.Errorf("got\n%s\nwant\n%s", words(got), words(want))
	}
	if got := quiet.got(t, 1); words(got) != `POST application/json {"externalUserId":"user_1","orderId":"`+idle+`","deviceType":"HAN_LTEM","orderStatus":"CANCELLED"}` {
		t.Error(words(got))
	}
	events, err := w.Exchange.History(t.Context(), strom, w.core(strom, id).ID)
	check(t, err)
	var moves []string
	for _, e := range events {
		if e.Kind == order.EventStateChanged {
			moves = append(moves, string(e.From+">"+e.To))
		}
	}
	if words(moves) != "ORDERED>IN_PROGRESS\nIN_PROGRESS>SHIPPED" {
		t.Errorf("moves %v", moves)
	}
}

// TestCallbackAsItIs writes links and ids as they are: & does not become \u0026.
func TestCallbackAsItIs(t *testing.T) {
	w := newWorld(t)
	to := newReceiver(t)
	id := w.place("good", func(in, recipient, _ map[string]any) {
		in["webhookCallbackUrl"], recipient["externalUserId"] = to.URL+"/callback?a=1&b=2", "Ola & Co <17>"
	}).OrderID
	check(t, w.mark(id, order.Fulfilled, order.Attributes{"deviceId": "1A2B3C4D", "trackingLink": "https://sporing.example.no/?q=1&l=no"}))
	if got := to.got(t, 1)[0]; !strings.Contains(got, `"externalUserId":"Ola & Co <17>"`) || !strings.Contains(got, `"trackingLink":"https://sporing.example.no/?q=1&l=no"`) {
		t.Error(got)
	}
	a := w.ask("good", `{ order(input: {orderId: "`+id+`"}) { trackingLink webhookCallbackUrl recipient { externalUserId } } }`, nil)
	if strings.Contains(a.raw, `\u0026`) || !strings.Contains(a.raw, "q=1&l=no") || !strings.Contains(a.raw, "a=1&b=2") || !strings.Contains(a.raw, "Ola & Co <17>") {
		t.Error(a.raw)
	}
}
