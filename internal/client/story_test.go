package client_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// TestStory sends an order, answers it, takes a copy back, and looks at it
// from both sides.
func TestStory(t *testing.T) {
	w := newWorld(t)
	shop, publisher := w.client("shop"), w.client("publisher")
	body := document("A-1", 2)
	receipt, err := shop.Send(t.Context(), body)
	check(t, err)
	if want := w.url + "/orders/" + string(receipt.ID); receipt.Location != want {
		t.Errorf("location %s, want %s", receipt.Location, want)
	}
	doc, err := shop.Wait(t.Context(), receipt.ID)
	check(t, err)
	if doc.Status != "SENT" || doc.Seller != "900877" {
		t.Fatalf("order is %s for %s", doc.Status, doc.Seller)
	}
	check(t, publisher.Mark(t.Context(), receipt.ID, "", order.LineUpdate{Line: 2, Status: order.FulfilledAssigned, Answer: order.Answer{
		Comment: "hele skolen", ValidFrom: "2026-08-01", Price: &order.ConfirmedPrice{Amount: order.Decimal{Units: 25010, Scale: 2}, Tax: order.Decimal{Units: 25}}}}))
	line, err := shop.Reduce(t.Context(), receipt.ID, order.Reduction{EAN: "978-82-02-33792-6", Number: 2})
	check(t, err)
	if line.Number != 3 || line.Quantity != -2 || line.Status != "REQUESTED" {
		t.Errorf("added line %+v", line)
	}
	assertAnswered(t, publisher, receipt.ID)
	assertDocuments(t, publisher, receipt.ID, body)
}

func assertAnswered(t *testing.T, c *client.Client, id order.ID) {
	t.Helper()
	doc, etag, err := c.Order(t.Context(), id)
	check(t, err)
	l := doc.Embedded.Lines[1]
	if l.Status != "FULLFILLED_ASSIGNED_ORGANIZATION" || l.Comment != "hele skolen" || l.ValidFrom != "2026-08-01" || l.Price.Amount.String() != "250.10" {
		t.Errorf("line 2 is %+v", l)
	}
	if etag == "" {
		t.Error("the order came without an ETag")
	}
	err = c.Mark(t.Context(), id, `"r1-hal2"`, order.LineUpdate{Line: 1, Status: order.Received})
	want(t, err, order.Stale, "stale")
	events, err := c.History(t.Context(), id)
	check(t, err)
	if n := len(events); n != 4 || events[n-1].Kind != order.EventReduced || events[n-1].Line != 3 {
		t.Errorf("history %+v", events)
	}
}

func assertDocuments(t *testing.T, c *client.Client, id order.ID, sent []byte) {
	t.Helper()
	original, err := c.EDItX(t.Context(), id, true)
	check(t, err)
	if !bytes.Equal(original, sent) {
		t.Error("the original is not what was sent")
	}
	written, err := c.EDItX(t.Context(), id, false)
	check(t, err)
	if n := bytes.Count(written, []byte("<ItemDetail>")); n != 3 || !bytes.Contains(written, []byte("<OrderQuantity>-2<")) {
		t.Errorf("the written document has %d lines, want 3 with the one that takes copies back:\n%s", n, written)
	}
}

// TestRefusals compares what the caller gets with what the server says.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	shop := w.client("shop")
	id := w.send("A-1", 1)

	_, err := shop.Send(t.Context(), bytes.Replace(document("A-2", 1), []byte("9788202337926"), []byte("9788202337925"), 1))
	want(t, err, order.Invalid, "editx-content")
	var e *order.Error
	if errors.As(err, &e); len(e.Fields) != 1 || e.Fields[0].Line == 0 || e.Fields[0].Column == 0 || !strings.Contains(e.Fields[0].Message, "last digit") || e.Hint == "" {
		t.Errorf("the finding is lost: %+v", e)
	}
	_, err = shop.Send(t.Context(), document("A-1", 2))
	want(t, err, order.Conflict, "duplicate-number")
	_, err = shop.Send(t.Context(), []byte("<Order"))
	want(t, err, order.Malformed, order.CodeOf(err))
	if !strings.HasPrefix(order.CodeOf(err), "xml-") {
		t.Errorf("code %s for broken XML", order.CodeOf(err))
	}
	err = shop.Mark(t.Context(), id, "", order.LineUpdate{Line: 1, Status: order.Received})
	want(t, err, order.Forbidden, "not-receiver")
	_, err = shop.Reduce(t.Context(), id, order.Reduction{EAN: "9788202337926", Number: 99})
	want(t, err, order.Forbidden, "reduction-too-large")
	_, _, err = shop.Order(t.Context(), order.NewID(time.Now()))
	want(t, err, order.NotFound, "order-not-found")
}

// TestRepeat distinguishes a new order from one that was sent before.
func TestRepeat(t *testing.T) {
	w := newWorld(t)
	w.send("A-0", 1)
	shop := w.client("shop")
	var ids []order.ID
	for _, repeated := range []bool{false, true} {
		receipt, err := shop.Send(t.Context(), document("A-1", 1))
		check(t, err)
		ids = append(ids, receipt.ID)
		if receipt.Repeated != repeated {
			t.Errorf("repeated is %v, want %v", receipt.Repeated, repeated)
		}
	}
	if ids[0] != ids[1] {
		t.Errorf("one order has two ids: %v", ids)
	}
}

// TestWaitEnds: a caller who waits no longer gets the order as it is.
func TestWaitEnds(t *testing.T) {
	url := scripted(t, loggedIn, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Write([]byte(`{"id":"` + someID + `","status":"UNPROCESSED"}`))
	})
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	doc, err := newClient(t, url).Wait(ctx, someID)
	if !errors.Is(err, context.DeadlineExceeded) || doc.Status != "UNPROCESSED" {
		t.Errorf("got %v and order %+v", err, doc.Status)
	}
}

// TestListPages walks a list in small pages and goes on with its cursor.
func TestListPages(t *testing.T) {
	w := newWorld(t)
	var sent []order.ID
	for _, n := range []string{"A-1", "A-2", "A-3", "A-4", "A-5"} {
		sent = append(sent, w.send(n, 1))
	}
	publisher := w.client("publisher")
	var got []order.ID
	cursor, pages := "", 0
	q := client.Query{Mode: order.SentToMe, PageSize: 2}
	check(t, publisher.Each(t.Context(), q, func(l hal.List) error {
		for _, e := range l.Embedded.Orders {
			got = append(got, e.ID)
		}
		cursor = l.Cursor
		pages++
		return nil
	}))
	if len(got) != 5 || got[0] != sent[0] || got[4] != sent[4] || pages != 3 {
		t.Errorf("%d pages with %v, want 3 with %v", pages, got, sent)
	}
	last := w.send("A-6", 1)
	q.Cursor = cursor
	l, err := publisher.List(t.Context(), q)
	check(t, err)
	if n := len(l.Embedded.Orders); n != 1 || l.Embedded.Orders[0].ID != last {
		t.Errorf("%d orders behind the cursor, want the one sent last", n)
	}
	_, err = publisher.List(t.Context(), client.Query{Mode: order.SentByMe, Cursor: cursor})
	want(t, err, order.Malformed, "cursor-invalid")
}

// TestListSince leaves out what is older, to the very instant and whatever the
// zone of the server.
func TestListSince(t *testing.T) {
	w := newWorld(t)
	w.send("A-1", 1)
	second := w.send("A-2", 1)
	shop := w.client("shop")
	doc, _, err := shop.Order(t.Context(), second)
	check(t, err)
	l, err := shop.List(t.Context(), client.Query{Mode: order.SentByMe, Since: doc.Updated.Time})
	check(t, err)
	if n := len(l.Embedded.Orders); n != 1 || l.Embedded.Orders[0].ID != second {
		t.Errorf("%d orders since the second, want it alone", n)
	}
}

// TestFind looks orders up by the beginning of their ids.
func TestFind(t *testing.T) {
	w := newWorld(t)
	first, second := w.send("A-1", 1), w.send("A-2", 1)
	shop := w.client("shop")
	if id, err := shop.Find(t.Context(), strings.ToUpper(string(second[:30]))+"…"); err != nil || id != second {
		t.Errorf("found %s, %v; want %s", id, err, second)
	}
	_, err := shop.Find(t.Context(), string(first[:4]))
	want(t, err, order.Malformed, "id-ambiguous")
	var e *order.Error
	if errors.As(err, &e); len(e.Fields) != 2 || !strings.Contains(e.Fields[0].Message, string(first)) || !strings.Contains(e.Fields[1].Message, "A-2") {
		t.Errorf("the candidates are not named: %+v", e.Fields)
	}
	_, err = shop.Find(t.Context(), "ffff")
	want(t, err, order.NotFound, "order-not-found")
	_, err = shop.Find(t.Context(), "X-1")
	want(t, err, order.Malformed, "id-invalid")
	if id, err := shop.Find(t.Context(), strings.ToUpper(someID)); err != nil || id != someID {
		t.Errorf("a whole id gave %s, %v", id, err)
	}
}
