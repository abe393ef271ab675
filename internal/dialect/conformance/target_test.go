package conformance

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// target is what an operation is tried on: an order of the sender's with all
// that hangs on it, or the names of one that is not there.
type target struct {
	order    order.Order
	endpoint string // which is notified of the order
	delivery string // which reports it
	response string // an OrderResponse to it
	link     string // the path of the page on which a person decides about it
}

// names are those by which the target is asked for.
func (a target) names() []string {
	return slices.DeleteFunc([]string{string(a.order.ID), a.order.Number, a.endpoint, a.delivery, a.link}, func(name string) bool { return name == "" })
}

// nothing is a target that is not there, under names like those of d's orders.
func nothing(d client) target {
	absent := target{endpoint: "ep_" + rand.Text(), delivery: "018f3c2e-0000-7000-8000-000000000001"}
	absent.order = order.Order{ID: "018f3c2e-0000-7000-8000-000000000002", Number: "S-2026-0000", CustomerRef: "kunde-0000",
		Lines: []order.Line{{Number: 1, Quantity: 1, Status: order.Received, Products: []order.Identifier{{Type: "Proprietary", TypeName: "Varenummer", Value: "HAN_LTEM"}}}}}
	if d.absent != "" {
		absent.order.Number = d.absent
	}
	absent.response = responseOf(absent.order)
	return absent
}

// responseOf is the document in which the seller takes an order.
func responseOf(o order.Order) string {
	o.Lines = append([]order.Line{}, o.Lines...)
	o.Lines[0].Status, o.Header.Purpose = order.Received, order.Original // a response to a test order would change nothing
	var b bytes.Buffer
	if err := editx.EncodeResponse(&b, &o); err != nil {
		return "" // which the operation refuses, and the test says so
	}
	return b.String()
}

// target has a client send its order with a key of a mode, to a sender with an
// endpoint that is notified of it. ready brings the order to where it is wanted; nil
// is the client's own way.
func (w *world) target(d client, mode string, ready func(*world, *target)) target {
	w.t.Helper()
	var at target
	hook := w.want(w.do(call{http.MethodPost, "/v2/webhooks", w.asParty(d.sender), `{"url": "http://127.0.0.1:9/ordre", "description": "hos avsenderen"}`}), http.StatusCreated)
	at.endpoint = hook.header.Get("Location")[strings.LastIndex(hook.header.Get("Location"), "/")+1:]
	number, _ := w.sendAs(d, mode)
	at.order = w.core(d, number)
	deliveries, err := w.db.Deliveries(w.t.Context(), webhook.DeliveryQuery{Party: d.sender, Endpoint: at.endpoint, Limit: 1})
	check(w.t, err)
	if len(deliveries) != 1 {
		w.t.Fatalf("%d deliveries report the order", len(deliveries))
	}
	at.delivery = deliveries[0].ID
	if ready != nil {
		ready(w, &at)
	} else if d.open != nil {
		d.open(w, number)
	}
	w.settle()
	at.order = w.core(d, number)
	at.response = responseOf(at.order)
	return at
}

// state is everything about a target that a refusal must leave alone: the order
// with its history, the endpoints of its sender, and what is on its way to the one
// that is notified of it.
func (w *world) state(at target) string {
	w.t.Helper()
	ctx, party := w.t.Context(), at.order.Sender
	o, err := w.exchange.Order(ctx, party, at.order.ID)
	check(w.t, err)
	events, err := w.exchange.History(ctx, party, at.order.ID)
	check(w.t, err)
	endpoints, err := w.db.Endpoints(ctx, party)
	check(w.t, err)
	deliveries, err := w.db.Deliveries(ctx, webhook.DeliveryQuery{Party: party, Endpoint: at.endpoint, Limit: webhook.MaxDeliveries})
	if order.KindOf(err) != order.NotFound {
		check(w.t, err)
	}
	deliveries = slices.DeleteFunc(deliveries, func(d webhook.Delivery) bool { return d.Event.Order != "" && d.Event.Order != at.order.ID })
	text, err := json.MarshalIndent([]any{o, events, endpoints, deliveries}, "", " ")
	check(w.t, err)
	return string(text)
}

// heads are how far the feeds of all parties are, and how many endpoints they
// have: who was refused has added nothing anywhere.
func (w *world) heads() string {
	w.t.Helper()
	var b strings.Builder
	for _, p := range []order.PartyID{sender, seller, stranger} {
		head, err := w.exchange.Head(w.t.Context(), p)
		check(w.t, err)
		endpoints, err := w.db.Endpoints(w.t.Context(), p)
		check(w.t, err)
		fmt.Fprintf(&b, "%s %d %d\n", p, head, len(endpoints))
	}
	return b.String()
}
