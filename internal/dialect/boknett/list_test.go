package boknett

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// item is what the tests read of an entry of the legacy list.
type item struct {
	OrderID order.ID `json:"orderId"`
	Status  string   `json:"status"`
}

func (a answer) items(t testing.TB) []item {
	t.Helper()
	var items []item
	if err := json.Unmarshal([]byte(a.body), &items); err != nil {
		t.Fatalf("%v in\n%s", err, a.body)
	}
	return items
}

// TestWholeList: one page leaves with its length, more in chunks, and both say
// the same.
func TestWholeList(t *testing.T) {
	w := newWorld(t)
	var ids []order.ID
	for i := range 12 {
		ids = append(ids, w.sent(fmt.Sprintf("whole-%d", i), 1))
	}
	const path = "/orders?mode=SENT_TO_ME&fromDate=20260101000000"
	small := w.get(seller, path).want(t, http.StatusOK)
	if small.ContentLength != int64(len(small.body)) || len(small.items(t)) != len(ids) {
		t.Errorf("%d bytes announced, %d came, %d orders", small.ContentLength, len(small.body), len(small.items(t)))
	}
	for _, rows := range []int{1, 2, 3, 6, 11, 12, 13} {
		w.api.rows = rows
		large := w.get(seller, path).want(t, http.StatusOK)
		if large.body != small.body || large.Header.Get("Next") != small.Header.Get("Next") || large.Header.Get("Link") != "" {
			t.Errorf("%d rows at a time: %v\n%s\nwant\n%s", rows, large.Header, large.body, small.body)
		}
		if chunked := large.ContentLength < 0; chunked != (rows < len(ids)) {
			t.Errorf("%d rows at a time: chunked %t", rows, chunked)
		}
		head := w.do(call{method: "HEAD", path: path, as: seller}).want(t, http.StatusOK)
		for _, name := range []string{"Next", "ETag", "Content-Type", "Cache-Control"} {
			if head.Header.Get(name) != large.Header.Get(name) {
				t.Errorf("HEAD says %s: %q, GET %q", name, head.Header.Get(name), large.Header.Get(name))
			}
		}
	}
	for i, it := range small.items(t) {
		if it.OrderID != ids[i] {
			t.Errorf("place %d has %s, want %s: the oldest change comes first", i, it.OrderID, ids[i])
		}
	}
}

// TestPages follows Link and Next to the end, on both kinds of surface.
func TestPages(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.sent(fmt.Sprintf("page-%d", i), 1)
	}
	for _, surface := range []string{"/orders/v1", "/v2/orders"} {
		path, pages := surface+"?mode=SENT_TO_ME&fromDate=20260101000000&pagesize=2", 0
		for seen := 0; path != ""; pages++ {
			a := w.get(seller, path).want(t, http.StatusOK)
			seen += strings.Count(a.body, `"page-`)
			link := a.Header.Get("Link")
			if more := seen < 5; more != (link != "") || a.Header.Get("Next") == "" {
				t.Fatalf("%s: %d seen, Link %q, Next %q", path, seen, link, a.Header.Get("Next"))
			}
			next, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"+public), `>; rel="next"`)
			if path = next; link != "" && (!ok || !strings.HasPrefix(path, surface+"?")) {
				t.Fatalf("Link %q", link)
			}
		}
		if pages != 3 {
			t.Errorf("%s: %d pages", surface, pages)
		}
	}
}

// TestCleanLinks: the links of a page under /v2 say what its headers say.
func TestCleanLinks(t *testing.T) {
	w := newWorld(t)
	w.sent("clean-1", 1)
	w.sent("clean-2", 1)
	a := w.get(seller, "/v2/orders?mode=SENT_TO_ME&pagesize=1").want(t, http.StatusOK)
	list, err := hal.ParseList([]byte(a.body))
	check(t, err)
	if list.Cursor != a.Header.Get("Next") || list.Links.Next == nil || a.Header.Get("Link") != "<"+list.Links.Next.Href+`>; rel="next"` {
		t.Errorf("cursor %q, next %v, headers %v", list.Cursor, list.Links.Next, a.Header)
	}
	for _, href := range []string{list.Links.Self.Href, list.Links.First.Href} {
		if again := w.get(seller, strings.TrimPrefix(href, public)); again.body != a.body {
			t.Errorf("%s gives\n%s\nwant\n%s", href, again.body, a.body)
		}
	}
	a = w.get(seller, strings.TrimPrefix(list.Links.Next.Href, public)).want(t, http.StatusOK)
	if list, err = hal.ParseList([]byte(a.body)); err != nil || list.Links.Next != nil || len(list.Embedded.Orders) != 1 {
		t.Errorf("the last page: %+v, %v", list, err)
	}
}

// failing is a store whose lists fail from a given read on.
type failing struct {
	order.Store
	left int
}

func (f *failing) List(ctx context.Context, q order.Query) (order.Page, error) {
	if f.left--; f.left < 0 {
		return order.Page{}, errors.New("the disk is gone")
	}
	return f.Store.List(ctx, q)
}

// TestBrokenList: a list that fails in its middle must not look complete, and
// one that fails before its first byte is a problem like any other.
func TestBrokenList(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.sent(fmt.Sprintf("broken-%d", i), 1)
	}
	w.api.rows = 2
	for _, good := range []int{0, 1} {
		w.api.exchange = order.NewExchange(&failing{w.db, good}, w.db, order.Config{Now: w.clock.now})
		req, err := http.NewRequest("GET", w.server.URL+"/orders?mode=SENT_TO_ME&fromDate=20260101000000", nil)
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+tokenOf(seller))
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req) // a connection used before would be tried anew
		if good == 0 {
			check(t, err)
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusInternalServerError || strings.Contains(string(body), "disk") || res.Header.Get("ETag")+res.Header.Get("Next") != "" {
				t.Errorf("got %s, %v, %v\n%s", res.Status, err, res.Header, body)
			}
			continue
		}
		if err == nil {
			var body []byte
			if body, err = io.ReadAll(res.Body); err == nil {
				t.Errorf("a broken list came to a regular end:\n%s", body)
			}
		}
	}
	w.server.Close()
	if n := strings.Count(w.log.String(), "the disk is gone"); n != 2 {
		t.Errorf("the log tells of %d failures:\n%s", n, w.log)
	}
}
