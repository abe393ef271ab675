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

// TestTagsThroughProxies: a tag that something on the way has weakened or
// lengthened counts by what it names, for reading in every representation and
// for every change, on every surface.
func TestTagsThroughProxies(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("proxy-1", 9, 9))
	for _, surface := range []string{"/orders/", "/orders/v1/", "/v2/orders/"} {
		at := surface + id
		paths := []string{at, at + "/editx", at + "/editx/original", at + "/response", at + "/status-report", at + "/lines/1",
			strings.TrimSuffix(surface, "/") + "?mode=SENT_TO_ME&fromDate=20260101000000", surface + "message?mode=SENT_TO_ME&fromDate=20260101000000"}
		if surface == "/v2/orders/" {
			paths = append(paths, at+"/history", at+"/history/1")
		}
		for _, path := range paths {
			etag := w.get(seller, path).want(t, http.StatusOK).Header.Get("ETag")
			for name, header := range onTheWay(etag) {
				if a := w.get(seller, path, "If-None-Match: "+header); a.StatusCode != http.StatusNotModified || a.Header.Get("ETag") != etag {
					t.Errorf("%s with the tag %s (%s): %s, ETag %s", path, name, header, a.Status, a.Header.Get("ETag"))
				}
			}
			for _, header := range []string{strings.TrimSuffix(etag, `"`) + `-other"`, strings.TrimSuffix(etag, `"`) + `gzip"`, `"gzip"`, `"-gzip"`, "gzip", etag[:len(etag)-2] + `"`} {
				w.get(seller, path, "If-None-Match: "+header).want(t, http.StatusOK)
			}
		}
		for _, tagged := range paths[:1] {
			for name := range onTheWay("") {
				w.guarded(at, tagged, name)
			}
		}
		for _, tagged := range []string{at + "/editx", at + "/response", at + "/status-report", at + "/lines/1", "/v2/orders/" + id + "/history", "/v2/orders/" + id + "/history/1"} {
			w.guarded(at, tagged, "weakened and with -gzip")
		}
	}
}

// TestBatchFits: a page whose orders are too many for one message ends early,
// and its cursor with it.
func TestBatchFits(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("<MessageLine>"+strings.Repeat("x", 200<<10)+"</MessageLine>", 10)
	for i := range 4 {
		body := strings.Replace(orderXML(fmt.Sprintf("big-%d", i), 1), "</Header>", "<Message><MessageType>01</MessageType>"+long+"</Message></Header>", 1)
		w.post(buyer, "/orders", body).want(t, http.StatusAccepted)
		w.settle()
	}
	a := w.get(seller, "/v2/orders/message?mode=SENT_TO_ME")
	if len(a.body) > editx.MaxBytes || a.Header.Get("Link") == "" {
		t.Errorf("a message of %d bytes, Link %q", len(a.body), a.Header.Get("Link"))
	}
	seen := numbers(t, a.message(t))
	a = w.get(seller, "/v2/orders/message?mode=SENT_TO_ME&next="+a.Header.Get("Next"))
	seen = append(seen, numbers(t, a.message(t))...)
	if got := strings.Join(seen, " "); got != "big-0 big-1 big-2 big-3" {
		t.Errorf("the messages have %s", got)
	}
}

// TestLinksOfEveryStanding: in every standing of an order each of its readers is
// led to all that may be done and read, and to nothing that is refused.
func TestLinksOfEveryStanding(t *testing.T) {
	for name, stand := range standings() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, party := range []order.PartyID{buyer, seller} {
				for rel := range changes("") {
					number := fmt.Sprintf("%s-%s-%s", strings.ReplaceAll(name, " ", "-"), party, rel[len("bk:"):])
					w.checkLinks(party, stand(w, number), number, rel)
				}
			}
		})
	}
}
