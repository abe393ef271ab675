package boknett

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// message reads an answer that is an EDItXMessage.
func (a answer) message(t testing.TB) editx.Message {
	t.Helper()
	a.want(t, http.StatusOK)
	m, err := editx.DecodeMessage([]byte(a.body), editx.Trade)
	check(t, err)
	if a.Header.Get("Content-Type") != editx.MediaType {
		t.Errorf("Content-Type %q", a.Header.Get("Content-Type"))
	}
	return m
}

func numbers(t testing.TB, m editx.Message) (all []string) {
	t.Helper()
	for _, d := range m.Documents {
		if d.Err != nil {
			t.Errorf("a document of our own is refused: %v", d.Err)
		}
		all = append(all, d.Order.Number)
	}
	return all
}

// TestBatch walks the list as messages: every order once, with the list's own
// cursor, until there is nothing more.
func TestBatch(t *testing.T) {
	for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		t.Run(surface, func(t *testing.T) {
			w := newWorld(t)
			for i := range 5 {
				w.sent(fmt.Sprintf("b-%d", i), 1)
			}
			var seen []string
			path := surface + "/message?mode=SENT_TO_ME&pagesize=2"
			for range 3 {
				a := w.get(seller, path)
				seen = append(seen, numbers(t, a.message(t))...)
				path = surface + "/message?mode=SENT_TO_ME&pagesize=2&next=" + a.Header.Get("Next")
				if link := a.Header.Get("Link"); (link != "") != (len(seen) < 5) || link != "" && link != "<"+public+path[:len(surface)]+"/message?mode=SENT_TO_ME&next="+a.Header.Get("Next")+`&pagesize=2>; rel="next"` {
					t.Errorf("after %d orders Link is %q", len(seen), link)
				}
			}
			if got := strings.Join(seen, " "); got != "b-0 b-1 b-2 b-3 b-4" {
				t.Errorf("the messages have %s", got)
			}
			w.checkEmptyBatch(path)
		})
	}
}

// checkEmptyBatch wants nothing new, and a cursor at which the next order comes.
func (w *world) checkEmptyBatch(path string) {
	w.t.Helper()
	a := w.get(seller, path).want(w.t, http.StatusNoContent)
	if a.body != "" || a.Header.Get("Next") == "" || a.Header.Get("Link") != "" {
		w.t.Errorf("an empty page: %v %q", a.Header, a.body)
	}
	w.sent("late", 1)
	later := w.get(seller, path[:strings.Index(path, "&next=")]+"&next="+a.Header.Get("Next"))
	if got := numbers(w.t, later.message(w.t)); len(got) != 1 || got[0] != "late" {
		w.t.Errorf("behind the cursor come %v", got)
	}
}

// TestBatchHeader: the message is named by its page, so that the same page is
// the same message.
func TestBatchHeader(t *testing.T) {
	w := newWorld(t)
	w.sent("h-1", 1)
	w.sent("h-2", 1)
	for mode, c := range map[string]struct {
		as      order.PartyID
		purpose order.Purpose
	}{"SENT_TO_ME": {seller, order.Original}, "SENT_BY_ME": {buyer, order.Duplicate}, "ALL": {buyer, order.Duplicate}} {
		a := w.get(c.as, "/v2/orders/message?mode="+mode)
		h := a.message(t).Header
		want := regexp.MustCompile(fmt.Sprintf(`^%s-%s-\d+-%d$`, c.as, mode, h.MessageNumber))
		if !want.MatchString(h.InterchangeReference) || h.Purpose != c.purpose || h.NumberOfDocuments != 2 || h.DocumentType != "Order" ||
			h.Receiver.ID.Value != string(c.as) || h.Sender.ID.Value != public || h.SentAt == "" {
			t.Errorf("%s: %+v", mode, h)
		}
		w.clock.Advance(1000)
		again := w.get(c.as, "/v2/orders/message?mode="+mode)
		if again.body != a.body || again.Header.Get("ETag") != a.Header.Get("ETag") {
			t.Errorf("%s: the same page is another message", mode)
		}
		w.get(c.as, "/v2/orders/message?mode="+mode, "If-None-Match: "+a.Header.Get("ETag")).want(t, http.StatusNotModified)
		w.get(c.as, "/v2/orders?mode="+mode, "If-None-Match: "+a.Header.Get("ETag")).want(t, http.StatusOK)
	}
}

// TestBatchRoundTrip: what is given out can be taken in again, under its own
// numbers, and is the same order.
func TestBatchRoundTrip(t *testing.T) {
	w := newWorld(t)
	w.sent("round-1", 2, 3)
	body := w.get(buyer, "/v2/orders/message?mode=SENT_BY_ME").want(t, http.StatusOK).body
	ack := w.post(buyer, "/orders", body).acknowledgement(t, http.StatusAccepted)
	wantRows(t, ack, editx.AckAccepted, "1 round-1 Accepted")
	if n := strings.Count(w.get(buyer, "/v2/orders?mode=SENT_BY_ME").body, `"number":"round-1"`); n != 1 {
		t.Errorf("there are %d orders, want the one", n)
	}
}
