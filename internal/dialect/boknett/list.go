package boknett

import (
	"context"
	"fmt"
	"net/http"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// list answers GET /orders. With next or pagesize it gives one page; without
// them everything, as old clients expect.
func (f *front) list(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.readQuery(r, by.Party, "")
	if err != nil {
		return err
	}
	if q.next == "" && q.fromDate == "" {
		return errNoFromDate(f.now().In(f.zone))
	}
	if q.next != "" && q.size == 0 {
		q.size = defaultPage
	}
	head, err := f.head(r.Context(), &q)
	if err != nil || f.unchangedList(w, r, q, head) {
		return err
	}
	if q.size == 0 {
		return f.whole(w, r, q, head)
	}
	p, err := f.page(r.Context(), q, head)
	if err != nil || f.describe(w, r, q, head, p) {
		return err
	}
	body := f.appendItems([]byte{'['}, p.Items, true)
	send(w, hal.MediaType, append(body, ']'))
	return nil
}

// listClean answers GET /v2/orders: always one page, from the beginning when
// neither a cursor nor fromDate is given, and of ALL when no mode is: a client
// of HAL follows a templated link without values first, and a template cannot
// say that one is required.
func (f *front) listClean(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.readQuery(r, by.Party, order.All)
	if err != nil {
		return err
	}
	if q.size == 0 {
		q.size = defaultPage
	}
	head, err := f.head(r.Context(), &q)
	if err != nil || f.unchangedList(w, r, q, head) {
		return err
	}
	p, err := f.page(r.Context(), q, head)
	if err != nil || f.describe(w, r, q, head, p) {
		return err
	}
	return sendJSON(w, hal.NewList(p.Items, f.listAddress(q, p), f.Surface))
}

func (f *front) listAddress(q listQuery, p order.Page) hal.ListAddress {
	at := hal.ListAddress{Self: q.address(q.next), First: q.address(""), Cursor: f.seal.cursor(q.party, q.mode, place{p.Next, q.epoch})}
	if p.More {
		at.Next = q.address(at.Cursor)
	}
	return at
}

// head reads the party's newest change number, the one read that an idle poll
// costs. A cursor beyond it was given by a store that lost what came after, and
// not by way of a restore: going on with it would pass over the changes in
// between.
func (f *front) head(ctx context.Context, q *listQuery) (int64, error) {
	head, err := f.exchange.Head(ctx, q.party)
	if err != nil {
		return 0, err
	}
	if err := f.resume(ctx, q); err != nil {
		return 0, err
	}
	if q.after > head {
		return 0, errCursor(q.next, fmt.Sprintf("The cursor stands at change %d of party %s, and the newest is %d.", q.after, q.party, head))
	}
	return head, nil
}

// resume makes the place of a cursor that was given before the store was
// restored from a backup one in the epoch that it is in now.
func (f *front) resume(ctx context.Context, q *listQuery) error {
	epoch, err := f.exchange.Epoch(ctx)
	if err != nil {
		return err
	}
	if q.next != "" && q.epoch != epoch {
		q.after, err = f.exchange.Resume(ctx, q.party, q.epoch, q.after)
	}
	q.epoch = epoch
	return err
}

// page reads one page. An empty one behind a cursor keeps that cursor; an
// empty one from a date goes on at the head that was read before it.
func (f *front) page(ctx context.Context, q listQuery, head int64) (order.Page, error) {
	p, err := f.exchange.List(ctx, order.Query{Party: q.party, Mode: q.mode, After: q.after, Since: q.since, Limit: q.size})
	if err == nil && len(p.Items) == 0 {
		p.Next = q.after
		if q.next == "" && !q.since.IsZero() {
			p.Next = head
		}
	}
	return p, err
}

// describe sets the headers of a list, and answers 304 when the client has it.
func (f *front) describe(w http.ResponseWriter, r *http.Request, q listQuery, head int64, p order.Page) bool {
	kind := sealedEnd
	if p.More {
		kind = sealedPartial
	}
	opaque := f.seal.close(kind, place{change: p.Next}, q.purpose(f.Orders+q.below, head))
	f.listHeaders(w.Header(), q, p.Next, p.More, opaque)
	return unchanged(w, r, opaque)
}

func (f *front) listHeaders(h http.Header, q listQuery, next int64, more bool, opaque string) {
	cursor := f.seal.cursor(q.party, q.mode, place{next, q.epoch})
	private(h)
	h.Set("ETag", `"`+opaque+`"`)
	h.Set("Next", cursor)
	if more {
		h.Set("Link", "<"+f.Collection()+q.below+q.address(cursor)+`>; rel="next"`)
	}
}

// unchangedList answers 304 without reading the list: the ETag of a list
// carries the number that its Next header had, under a seal that holds only as
// long as the head stands where it stood.
func (f *front) unchangedList(w http.ResponseWriter, r *http.Request, q listQuery, head int64) bool {
	tags, _, _ := parseTags(r.Header.Values("If-None-Match"))
	for _, t := range tags {
		if len(t) < sealedTag || !isCoding(t[sealedTag:]) {
			continue
		}
		kind, at, ok := f.seal.open(t[:sealedTag], q.purpose(f.Orders+q.below, head))
		if ok && kind != sealedCursor {
			f.listHeaders(w.Header(), q, at.change, kind == sealedPartial, t[:sealedTag])
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
