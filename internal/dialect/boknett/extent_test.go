//go:build all

package boknett

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// TestOrderLeavesSpaceForItsReductions: an order with as many lines as a document
// may have is taken, and no reduction makes it one that could not be read.
func TestOrderLeavesSpaceForItsReductions(t *testing.T) {
	w := newWorld(t)
	quantities := make([]int, 9_999)
	for i := range quantities {
		quantities[i] = 2
	}
	path := "/orders/" + string(w.sent("large", quantities...))
	w.post(buyer, path+"/update", `{"ean":"9788202337926","number":-1}`).want(t, http.StatusOK)
	a := w.post(buyer, path+"/update", `{"ean":"9788202337926","number":-1}`).want(t, http.StatusForbidden)
	if !strings.Contains(a.body, `"order-full"`) {
		t.Errorf("refused with %s", a.body)
	}
	doc := w.get(buyer, path+"/editx").want(t, http.StatusOK).body
	if strings.Count(doc, "<ItemDetail>") != 10_000 {
		t.Errorf("the document has %d lines", strings.Count(doc, "<ItemDetail>"))
	}
	if _, _, err := editx.Decode([]byte(doc)); order.CodeOf(err) == "xml-limit" || order.CodeOf(err) == "editx-lines" {
		t.Errorf("it cannot be read again: %v", err)
	}
}

// TestLargeOrderComesBack: what is taken is written so that POST takes it, in
// the order's own document and in a page of messages.
func TestLargeOrderComesBack(t *testing.T) {
	w := newWorld(t)
	title := strings.Repeat("En roman fra nord ", 16)
	title = "<ItemDescription><TitleDetail>" + title + "</TitleDetail></ItemDescription><OrderQuantity>"
	var quantities []int
	for range 8_700 {
		quantities = append(quantities, 1)
	}
	var paths []string
	for i := range 2 {
		body := strings.ReplaceAll(orderXML(fmt.Sprint("large-", i), quantities...), "<OrderQuantity>", title)
		if len(body) < 4_600_000 {
			t.Fatalf("the order has %d bytes", len(body))
		}
		a := w.post(buyer, "/orders", body).want(t, http.StatusAccepted)
		paths = append(paths, strings.TrimPrefix(a.Header.Get("Location"), public))
	}
	w.settle()
	page := w.get(buyer, "/orders/message?mode=SENT_BY_ME&fromDate=20260101000000").want(t, http.StatusOK)
	if n := strings.Count(page.body, "<Order "); n != 1 || page.Header.Get("Link") == "" {
		t.Errorf("the page has %d orders and the link %q", n, page.Header.Get("Link"))
	}
	if len(page.body) > editx.MaxBytes {
		t.Errorf("the page has %d bytes", len(page.body))
	}
	m, err := editx.DecodeMessage([]byte(page.body), editx.Trade)
	if check(t, err); m.Documents[0].Err != nil {
		t.Error(m.Documents[0].Err)
	}
	for _, path := range paths {
		doc := w.get(buyer, path+"/editx").want(t, http.StatusOK).body
		again := strings.Replace(doc, "<OrderNumber>large-", "<OrderNumber>again-", 1)
		w.post(buyer, "/orders", again).want(t, http.StatusAccepted)
	}
}
