package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/order"
)

// orderRow is a row of orders. It is comparable, so that a change shows.
type orderRow struct {
	n                          int64
	id, sender, number         string
	buyer, seller              string
	status, purpose, source    string
	revision, created, updated int64
	routing, reason            string
	summary, header, kept      string
	subject, facts             string
	held                       int64
	findings                   string
	erased, retired            int64
}

const orderColumns = `n, id, sender, number, buyer, seller, status, purpose, source,
	revision, created, updated, routing, reason, summary, header, kept, subject, facts, held, findings, erased, retired`

func (r *orderRow) dest() []any {
	return []any{&r.n, &r.id, &r.sender, &r.number, &r.buyer, &r.seller, &r.status, &r.purpose, &r.source,
		&r.revision, &r.created, &r.updated, &r.routing, &r.reason, &r.summary, &r.header, &r.kept,
		&r.subject, &r.facts, &r.held, &r.findings, &r.erased, &r.retired}
}

// newOrderRow writes an order as a row, without its lines.
func newOrderRow(o *order.Order) (r orderRow, err error) {
	r = orderRow{
		id: string(o.ID), sender: string(o.Sender), number: o.Number, buyer: string(o.Buyer), seller: string(o.Seller),
		status: string(o.Status), purpose: string(o.Header.Purpose), source: o.Source,
		revision: o.Revision, created: micros(o.Created), updated: micros(o.Updated), routing: o.Routing,
		subject: o.Subject, held: number(o.Held),
	}
	for _, part := range []struct {
		to   *string
		from any
	}{{&r.reason, o.Reason}, {&r.summary, o.Summary}, {&r.header, o.Header}, {&r.kept, o.Kept}, {&r.facts, o.Facts}, {&r.findings, o.Findings}} {
		if *part.to, err = toJSON(part.from); err != nil {
			return r, fmt.Errorf("write order %s: %w", o.ID, err)
		}
	}
	return r, nil
}

// outline is the order as far as it decides who sees it.
func (r *orderRow) outline() order.Order {
	return order.Order{
		ID: order.ID(r.id), Sender: order.PartyID(r.sender), Buyer: order.PartyID(r.buyer), Seller: order.PartyID(r.seller),
		Status: order.Status(r.status), Header: order.Header{Purpose: order.Purpose(r.purpose)},
	}
}

// gone tells that the order was taken out of keeping, or nothing.
func (r *orderRow) gone() error {
	if r.retired == 0 {
		return nil
	}
	return order.Errorf(order.Gone, "order-retired", "Order %s was taken out of keeping at %s, as old orders here are.",
		r.id, fromMicros(r.retired).Format(time.RFC3339)).
		WithHint("Nothing of it can be read any more; its order number stays taken.")
}

// order reads the row, without lines.
func (r *orderRow) order() (o order.Order, err error) {
	o = r.outline()
	o.Revision, o.Source, o.Number, o.Routing = r.revision, r.source, r.number, r.routing
	o.Subject, o.Held = r.subject, r.held != 0
	o.Created, o.Updated = fromMicros(r.created), fromMicros(r.updated)
	o.Erased, o.Retired = fromMicros(r.erased), fromMicros(r.retired)
	for _, part := range []struct {
		from string
		to   any
	}{{r.reason, &o.Reason}, {r.summary, &o.Summary}, {r.header, &o.Header}, {r.kept, &o.Kept}, {r.facts, &o.Facts}, {r.findings, &o.Findings}} {
		if err := fromJSON(part.from, part.to); err != nil {
			return o, fmt.Errorf("read order %s: %w", r.id, err)
		}
	}
	return o, nil
}

// toJSON writes what is kept as JSON. An empty value is the empty string, as
// most parts of most orders are. Unlike an API's answer it is never inside
// HTML, so the characters of markup stay as they are.
func toJSON(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	switch s := string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))); s {
	case "null", "{}", "[]":
		return "", nil
	default:
		return s, nil
	}
}

func fromJSON(s string, to any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), to)
}
