package boknett

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestOrderTags: every representation of a revision has its own tag, a client
// that sends it back gets 304, and the tag changes with the order.
func TestOrderTags(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("tag-1", 2))
	paths := []string{"/orders/" + id, "/orders/" + id + "/editx", "/v2/orders/" + id, "/v2/orders/" + id + "/history", "/orders/" + id + "/editx/original",
		"/orders/" + id + "/response", "/v2/orders/" + id + "/status-report"}
	tags := map[string]string{}
	for _, path := range paths {
		first := w.get(seller, path).want(t, http.StatusOK)
		etag := first.Header.Get("ETag")
		if !strings.HasPrefix(etag, `"`) || tags[etag] != "" {
			t.Errorf("%s: the tag %s is weak or that of %s", path, etag, tags[etag])
		}
		tags[etag] = path
		for _, header := range []string{etag, "W/" + etag, `"x", ` + etag, "*", etag + `,"y"`} {
			a := w.get(seller, path, "If-None-Match: "+header).want(t, http.StatusNotModified)
			if a.body != "" || a.Header.Get("ETag") != etag || a.Header.Get("Cache-Control") != first.Header.Get("Cache-Control") {
				t.Errorf("%s with %s: %v %q", path, header, a.Header, a.body)
			}
		}
		for _, header := range []string{`"x"`, strings.Trim(etag, `"`), `"` + strings.Trim(etag, `"`), ""} {
			w.get(seller, path, "If-None-Match: "+header).want(t, http.StatusOK)
		}
		head := w.do(call{method: "HEAD", path: path, as: seller}).want(t, http.StatusOK)
		if head.body != "" || head.ContentLength != int64(len(first.body)) || head.Header.Get("ETag") != etag {
			t.Errorf("HEAD %s: %v", path, head.Header)
		}
	}
	w.post(seller, paths[0]+"/lines/1", `{"status":"RECEIVED"}`).want(t, http.StatusOK)
	for _, path := range paths {
		changed := tags[w.get(seller, path).Header.Get("ETag")] == ""
		if original := strings.HasSuffix(path, "original"); changed == original {
			t.Errorf("%s: changed %t", path, changed)
		}
	}
}

// TestIfMatch: the tag of any representation guards a change, once.
func TestIfMatch(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("match-1", 2))
	at := "/orders/" + id
	for i, c := range []struct{ path, surface string }{{at, at}, {at + "/editx", at}, {"/v2" + at, "/v2" + at}, {"/v2" + at + "/history", at}} {
		etag := w.get(seller, c.path).want(t, http.StatusOK).Header.Get("ETag")
		status := []string{"RECEIVED", "FULFILLED", "RECEIVED", "REJECTED"}[i]
		a := w.post(seller, c.surface+"/lines/1", `{"status":"`+status+`"}`, `If-Match: "r99-hal-x", `+etag).want(t, http.StatusOK)
		if now := w.get(seller, c.surface).Header.Get("ETag"); a.Header.Get("ETag") != now || now == etag || a.Header.Get("Content-Length") != "0" {
			t.Errorf("after the change the answer says %s, the order %s; before it %s", a.Header.Get("ETag"), now, etag)
		}
		w.post(seller, at+"/lines/1", `{"status":"RECEIVED","comment":"late"}`, "If-Match: "+etag).problem(t, http.StatusPreconditionFailed, "stale")
	}
	w.post(seller, at+"/lines/1", `{"status":"RECEIVED"}`, "If-Match: *").want(t, http.StatusOK)
	w.post(seller, at+"/lines/1", `{"status":"RECEIVED"}`).want(t, http.StatusOK) // an identical repeat
	w.post(buyer, at+"/update", `{"isbn":9788202337926,"number":-1}`, "If-Match: "+w.get(buyer, at).Header.Get("ETag")).want(t, http.StatusOK)
}

func TestOriginal(t *testing.T) {
	w := newWorld(t)
	body := "\xef\xbb\xbf" + strings.ReplaceAll(orderXML("orig-1", 1), "\n", "\r\n") + "<!-- end -->"
	at := strings.TrimPrefix(w.post(buyer, "/orders", body, "Content-Type: application/x-www-form-urlencoded").want(t, 202).Header.Get("Location"), public)
	a := w.get(buyer, at+"/editx/original").want(t, http.StatusOK)
	sum := sha256.Sum256([]byte(body))
	if a.body != body || a.Header.Get("Content-Type") != "application/xml" || a.Header.Get("Repr-Digest") != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
		t.Errorf("got %v\n%q", a.Header, a.body)
	}
}

// TestListTags: an idle poll is a 304 with the same Next and Link, and it
// reads the head and nothing else.
func TestListTags(t *testing.T) {
	w := newWorld(t)
	for _, number := range []string{"l-1", "l-2", "l-3"} {
		w.sent(number, 1)
	}
	first := w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000&pagesize=2").want(t, http.StatusOK)
	var tags []string
	for _, query := range []string{
		"?mode=SENT_TO_ME&fromDate=20260101000000", "?mode=ALL&fromDate=20260101000000", "?mode=SENT_TO_ME&fromDate=20260102000000",
		"?mode=SENT_TO_ME&fromDate=20260101000000&pagesize=2", "?mode=SENT_TO_ME&fromDate=20260101000000&pagesize=3",
		"?mode=SENT_TO_ME&next=" + first.Header.Get("Next"),
	} {
		for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders"} {
			path := surface + query
			a := w.get(seller, path).want(t, http.StatusOK)
			etag := a.Header.Get("ETag")
			if slices.Contains(tags, etag) {
				t.Errorf("%s has the tag of another list", path)
			}
			tags = append(tags, etag)
			for _, header := range []string{etag, `"x", W/` + etag} {
				same := w.get(seller, path, "If-None-Match: "+header).want(t, http.StatusNotModified)
				for _, name := range []string{"Next", "Link", "ETag", "Cache-Control", "Vary"} {
					if same.Header.Get(name) != a.Header.Get(name) {
						t.Errorf("%s: %s is %q with 304 and %q with 200", path, name, same.Header.Get(name), a.Header.Get(name))
					}
				}
			}
			w.get(seller, path, "If-None-Match: *").want(t, http.StatusNotModified)
		}
	}
	w.api.exchange = order.NewExchange(&failing{w.db, 0}, w.db, order.Config{Now: w.clock.Now})
	w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000", "If-None-Match: "+tags[0]).want(t, http.StatusNotModified)
	w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000&pagesize=2", "If-None-Match: "+tags[9]).want(t, http.StatusNotModified)
	w.api.exchange = w.exchange
	for _, tag := range tags { // no tag opens another list
		w.get(buyer, "/orders?mode=SENT_BY_ME&fromDate=20260101000000", "If-None-Match: "+tag).want(t, http.StatusOK)
	}
	w.sent("l-4", 1)
	w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000", "If-None-Match: "+tags[0]).want(t, http.StatusOK)
}

// TestIdleCursor: when nothing is new the same cursor comes back, on a page of
// any size and on either surface.
func TestIdleCursor(t *testing.T) {
	w := newWorld(t)
	w.sent("idle-1", 1)
	for _, surface := range []string{"/orders", "/v2/orders"} {
		for _, start := range []string{"?mode=SENT_TO_ME&fromDate=20260101000000", "?mode=SENT_TO_ME&fromDate=20990101000000", "?mode=SENT_BY_ME&fromDate=20260101000000&pagesize=10"} {
			cursor := w.get(seller, surface+start).want(t, http.StatusOK).Header.Get("Next")
			mode := start[len("?mode="):strings.Index(start, "&")]
			for _, size := range []string{"", "&pagesize=1", "&pagesize=5000"} {
				a := w.get(seller, surface+"?mode="+strings.ToLower(mode)+"&next="+cursor+size).want(t, http.StatusOK)
				if a.Header.Get("Next") != cursor || a.Header.Get("Link") != "" || strings.Contains(a.body, "idle-1") {
					t.Errorf("%s%s: Next went from %s to %s, Link %q, %s", surface, start, cursor, a.Header.Get("Next"), a.Header.Get("Link"), a.body)
				}
			}
		}
	}
	// What happens on the other side is nothing new on this one.
	cursor := w.get(seller, "/orders?mode=SENT_BY_ME&fromDate=20260101000000").Header.Get("Next")
	w.sent("idle-3", 1)
	if next := w.get(seller, "/orders?mode=SENT_BY_ME&next="+cursor).want(t, http.StatusOK).Header.Get("Next"); next != cursor {
		t.Errorf("Next went from %s to %s", cursor, next)
	}
	// A cursor from an empty list in the future must still bring what comes now.
	cursor = w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20990101000000&pagesize=5").Header.Get("Next")
	id := w.sent("idle-2", 1)
	if body := w.get(seller, "/orders?mode=SENT_TO_ME&next="+cursor).body; !strings.Contains(body, string(id)) || strings.Contains(body, "idle-1") || strings.Contains(body, "idle-3") {
		t.Errorf("got %s", body)
	}
}
