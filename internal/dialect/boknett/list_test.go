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
	"time"

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
			t.Errorf("%s returns\n%s\nwant\n%s", href, again.body, a.body)
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
		w.api.exchange = order.NewExchange(&failing{w.db, good}, w.db, order.Config{Now: w.clock.Now})
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
		t.Errorf("the log has %d failures:\n%s", n, w.log)
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	check(t, err)
	return z
}

func TestFromDate(t *testing.T) {
	for _, c := range []struct{ zone, written, want string }{
		{"Europe/Oslo", "20150101120000", "2015-01-01T11:00:00Z"},
		{"Europe/Oslo", "20260601120000", "2026-06-01T10:00:00Z"},
		{"Europe/Oslo", "20160229000000", "2016-02-28T23:00:00Z"},
		// Spring: the clocks go from 02:00 to 03:00 at 01:00 GMT.
		{"Europe/Oslo", "20260329015959", "2026-03-29T00:59:59Z"},
		{"Europe/Oslo", "20260329020000", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329023000", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329025959", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329030000", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329030001", "2026-03-29T01:00:01Z"},
		// Autumn: the hour from 02:00 comes twice, first as summer time.
		{"Europe/Oslo", "20261025015959", "2026-10-24T23:59:59Z"},
		{"Europe/Oslo", "20261025020000", "2026-10-25T00:00:00Z"},
		{"Europe/Oslo", "20261025023000", "2026-10-25T00:30:00Z"},
		{"Europe/Oslo", "20261025025959", "2026-10-25T00:59:59Z"},
		{"Europe/Oslo", "20261025030000", "2026-10-25T02:00:00Z"},
		{"America/New_York", "20260308023000", "2026-03-08T07:00:00Z"},
		{"America/New_York", "20261101013000", "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "20260405014500", "2026-04-04T14:45:00Z"}, // half an hour twice
		{"UTC", "20260329023000", "2026-03-29T02:30:00Z"},
		{"UTC", "11000101000000", "1100-01-01T00:00:00Z"},
		{"UTC", "99991231235959", "9999-12-31T23:59:59Z"},
		{"UTC", "00000101000000", "0000-01-01T00:00:00Z"},
	} {
		got, err := parseFromDate(c.written, zone(t, c.zone))
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s in %s: got %s, %v, want %s", c.written, c.zone, got.UTC().Format(time.RFC3339), err, c.want)
		}
	}
}

func TestFromDateRefused(t *testing.T) {
	for s, says := range map[string]string{
		"2015-01-01":                "fromDate must be 14 digits, YYYYMMDDHHMMSS; did you mean 20150101000000?",
		"20150101":                  "did you mean 20150101000000?",
		"201501011200":              "did you mean 20150101120000?",
		"2015-01-01T12:00:00Z":      "did you mean 20150101120000?",
		"2015-01-01 12:00:00.123":   "did you mean 20150101120000?",
		"2015-01-01T12:00:00+01:00": "did you mean 20150101120000?",
		"20150101120000.999":        "did you mean 20150101120000?",
		"2015":                      `got "2015"`,
		"yesterday":                 `got "yesterday"`,
		"99999999":                  `got "99999999"`,
		"-2015010112000":            "14 digits",
		"2015010112000٠":            "14 digits",
		"20150231120000":            "February 2015 has 28 days.",
		"20150229120000":            "February 2015 has 28 days.",
		"20150431120000":            "April 2015 has 30 days.",
		"20151301120000":            "There is no month 13",
		"20150001120000":            "There is no month 00",
		"20150100120000":            "There is no day 00",
		"20150101240000":            "There is no hour 24",
		"20150101126000":            "There is no minute 60",
		"20150101120060":            "There is no second 60",
	} {
		_, err := parseFromDate(s, time.UTC)
		if order.CodeOf(err) != "fromdate-invalid" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", s, err, says)
		}
	}
}

// FuzzFromDate: what is accepted never lies behind the wall time that was
// asked for, in any zone, and is never refused when Go can read it.
func FuzzFromDate(f *testing.F) {
	for _, s := range []string{"20260329023000", "20261025023000", "20150231120000", "2015-01-01", "11000101000000", "00000000000000", ""} {
		f.Add(s)
	}
	oslo, howe := zone(f, "Europe/Oslo"), zone(f, "Australia/Lord_Howe")
	f.Fuzz(func(t *testing.T, s string) {
		for _, z := range []*time.Location{time.UTC, oslo, howe} {
			got, err := parseFromDate(s, z)
			plain, plainErr := time.ParseInLocation(fromDateLayout, s, z)
			if readable := plainErr == nil && len(s) == len(fromDateLayout); readable != (err == nil) {
				t.Fatalf("%q in %s: got %v, %v; time.Parse says %v, %v", s, z, got, err, plain, plainErr)
			}
			if err != nil {
				continue
			}
			if got.After(plain) && got.Sub(plain) > time.Hour || plain.Sub(got) > time.Hour {
				t.Fatalf("%q in %s: got %v, time.Parse %v", s, z, got, plain)
			}
			if earlier := got.Add(-time.Nanosecond).In(z).Format(fromDateLayout); earlier >= s && earlier[:10] == s[:10] {
				t.Fatalf("%q in %s: %v is not the earliest instant: before it the clocks show %s", s, z, got, earlier)
			}
		}
	})
}
