package boknett

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/order"
)

// feedOf reads a page of a party's feed.
func (w *world) feedOf(as order.PartyID, query string) hal.Feed {
	w.t.Helper()
	a := w.get(as, "/v2/feed"+query).want(w.t, http.StatusOK)
	feed, err := hal.ParseFeed([]byte(a.body))
	check(w.t, err)
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != hal.MediaType {
		w.t.Errorf("%s: header %v", query, a.Header)
	}
	return feed
}

// changesIn is what a page says of its changes, in short.
func changesIn(feed hal.Feed) (all []string) {
	for _, c := range feed.Changes {
		all = append(all, fmt.Sprintf("%d %s %s %d %s>%s", c.Number, c.Kind, c.Side, c.Line, c.From, c.To))
	}
	return all
}

// TestFeed: both sides of an order read its changes, page by page, and links
// lead on.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("feed-1", 2, 3))
	w.post(seller, "/orders/"+id+"/lines/2", `{"status":"REJECTED"}`).want(t, http.StatusOK)
	for party, want := range map[order.PartyID][]string{
		buyer:    {"1 received sender 0 >UNPROCESSED", "2 processed sender 0 UNPROCESSED>SENT", "3 marked sender 2 SENT>REJECTED"},
		seller:   {"1 processed receiver 0 UNPROCESSED>SENT", "2 marked receiver 2 SENT>REJECTED"},
		stranger: nil,
	} {
		feed := w.feedOf(party, "")
		if got := changesIn(feed); !slices.Equal(got, want) || feed.Head != int64(len(want)) || feed.Acknowledged != 0 {
			t.Errorf("%s reads %q of %d, want %q", party, got, feed.Head, want)
		}
	}
	feed := w.feedOf(buyer, "?LIMIT=2&wait=")
	if c := feed.Changes[0]; string(c.OrderID) != id || c.OrderNumber != "feed-1" || c.Links.Order.Href != public+"/v2/orders/"+id {
		t.Errorf("the change is %+v", c)
	}
	w.get(buyer, strings.TrimPrefix(feed.Changes[0].Links.Order.Href, public)).want(t, http.StatusOK)
	in := "&epoch=" + feed.Epoch
	if feed.Links.Self.Href != public+"/v2/feed?after=0"+in+"&limit=2" || feed.Links.Next.Href != public+"/v2/feed?after=2"+in+"&limit=2" || feed.Links.Ack.Href != public+"/v2/feed/ack?epoch="+feed.Epoch {
		t.Errorf("links %+v", feed.Links)
	}
	rest := w.feedOf(buyer, strings.TrimPrefix(feed.Links.Next.Href, public+"/v2/feed"))
	if got := changesIn(rest); len(got) != 1 || rest.Changes[0].Number != 3 {
		t.Errorf("behind the page: %q", got)
	}
	if end := w.feedOf(buyer, "?after=3"); len(end.Changes) != 0 || end.Links.Next.Href != public+"/v2/feed?after=3"+in || end.Head != 3 {
		t.Errorf("at the end: %+v", end)
	}
	if body := w.get(buyer, "/v2/feed?after=3").body; !strings.Contains(body, `"changes":[]`) {
		t.Errorf("no empty list in %s", body)
	}
}

// TestAcknowledge: the receiver says how far it has read, and the sender sees
// it in the history, under another tag.
func TestAcknowledge(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("ack-1", 2))
	at := "/v2/orders/" + id + "/history"
	before := w.get(buyer, at).want(t, http.StatusOK)
	w.clock.Advance(90 * time.Second)
	a := w.post(seller, "/v2/feed/ack", `{"through":1}`).want(t, http.StatusOK)
	ack, err := hal.ParseAcknowledged([]byte(a.body))
	if err != nil || ack.Head != 1 || ack.Acknowledged != 1 || ack.Links.Feed.Href != public+"/v2/feed?after=1&epoch="+w.epoch() || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s, %v", a.body, err)
	}
	after := w.get(buyer, at, "If-None-Match: "+before.Header.Get("ETag")).want(t, http.StatusOK)
	h, err := hal.ParseHistory([]byte(after.body))
	check(t, err)
	if e := h.Embedded.Events; !e[0].Fetched.IsZero() || !e[1].Fetched.Equal(w.clock.Now()) {
		t.Errorf("at %s: %+v", w.clock.Now(), e)
	}
	if body := w.get(seller, at).body; strings.Contains(body, "fetched") {
		t.Errorf("the receiver is notified of itself: %s", body)
	}
	w.clock.Advance(time.Hour)
	w.post(seller, "/v2/feed/ack", `{"through":0}`).want(t, http.StatusOK)
	w.get(buyer, at, "If-None-Match: "+after.Header.Get("ETag")).want(t, http.StatusNotModified)
	w.post(seller, "/v2"+"/orders/"+id+"/lines/1", `{"status":"RECEIVED"}`, "If-Match: "+after.Header.Get("ETag")).want(t, http.StatusOK)
	if feed := w.feedOf(seller, ""); feed.Acknowledged != 1 || feed.Head != 3 {
		t.Errorf("%+v", feed)
	}
}

func TestFeedRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("feed-2", 1)
	get := func(query string) call { return call{method: "GET", path: "/v2/feed" + query, as: buyer} }
	ack := func(body string) call { return call{method: "POST", path: "/v2/feed/ack", as: buyer, body: body} }
	w.refuse(t, id, []refusal{
		{"after negative", get("?after=-1"), 400, "parameter-invalid", `after must be a whole number from 0 to 9223372036854775807, got "-1"`},
		{"after no number", get("?after=last"), 400, "parameter-invalid", `got "last"`},
		{"after too long", get("?after=9223372036854775808"), 400, "parameter-invalid", "9223372036854775808"},
		{"after with a sign", get("?after=%2B1"), 400, "parameter-invalid", `got "+1"`},
		{"after twice", get("?after=1&after=2"), 400, "parameter-repeated", "after"},
		{"wait too long", get("?wait=51"), 400, "parameter-invalid", "from 0 to 50"},
		{"wait with a unit", get("?wait=30s"), 400, "parameter-invalid", `got "30s"`},
		{"limit 0", get("?limit=0"), 400, "parameter-invalid", "from 1 to 1000"},
		{"limit too great", get("?limit=1001"), 400, "parameter-invalid", `got "1001"`},
		{"limit fraction", get("?limit=1.5"), 400, "parameter-invalid", "limit"},
		{"ahead", get("?after=3"), 422, "feed-ahead", "has number 2"},
		{"ahead, and waiting", get("?after=3&wait=50"), 422, "feed-ahead", "has number 2"},
		{"ack ahead", ack(`{"through":3}`), 422, "ack-ahead", "has number 2"},
		{"ack without number", ack(`{}`), 400, "through-missing", "up to which"},
		{"ack null", ack(`{"through":null}`), 400, "through-missing", "up to which"},
		{"ack text", ack(`{"through":"2"}`), 400, "through-invalid", "is a string"},
		{"ack negative", ack(`{"through":-1}`), 400, "through-invalid", "got -1"},
		{"ack fraction", ack(`{"through":1.5}`), 400, "through-invalid", "got 1.5"},
		{"ack twice", ack(`{"through":1,"through":2}`), 400, "json-duplicate-key", "through"},
		{"ack garbage", ack(`through=1`), 400, "json-malformed", ""},
		{"ack empty", ack(``), 400, "json-malformed", "empty"},
		{"feed without a caller", call{method: "GET", path: "/v2/feed"}, 401, "credential-missing", ""},
		{"ack without a caller", call{method: "POST", path: "/v2/feed/ack", body: `{"through":1}`}, 401, "credential-missing", ""},
	})
	if feed := w.feedOf(buyer, "?after=2"); feed.Acknowledged != 0 {
		t.Errorf("a refusal has acknowledged %d", feed.Acknowledged)
	}
	for path, allow := range map[string]string{"/v2/feed": "GET, HEAD, OPTIONS", "/v2/feed/": "GET, HEAD, OPTIONS", "/v2/feed/ack": "OPTIONS, POST"} {
		for method, status := range map[string]int{"OPTIONS": http.StatusNoContent, "PUT": http.StatusMethodNotAllowed} {
			if a := w.do(call{method: method, path: path}); a.StatusCode != status || a.Header.Get("Allow") != allow {
				t.Errorf("%s %s: %s, Allow %q", method, path, a.Status, a.Header.Get("Allow"))
			}
		}
	}
	if a := w.do(call{method: "HEAD", path: "/v2/feed/", as: buyer}).want(t, http.StatusOK); a.body != "" || a.ContentLength <= 0 {
		t.Errorf("HEAD: %v", a.Header)
	}
}

// eventually waits for something that happens soon.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come", what)
		}
	}
}

// reserve serves the world anew, with few places.
func (w *world) reserve(working, waiting int) {
	w.server.Close()
	w.server = httptest.NewServer(server.New(server.Config{Public: public, Dialects: []server.Dialect{w.api}, InFlight: working, MaxWaiting: waiting}).Handler())
}

// ask sends a request that may well be turned away, and returns the status and
// the code of the problem.
func (w *world) ask(as order.PartyID, path string) (status int, code string, h http.Header) {
	req, err := http.NewRequest(http.MethodGet, w.server.URL+path, nil)
	check(w.t, err)
	req.Header.Set("Authorization", "Bearer "+tokenOf(as))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	var p problem.Problem
	_ = json.Unmarshal(body, &p) // a feed has no code
	return res.StatusCode, p.Code, res.Header
}

// TestFeedWaits: readers that wait leave the places of those that work, have
// places of their own, and are answered when something happens.
func TestFeedWaits(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	w.reserve(1, 2)
	woken := make(chan hal.Feed)
	wait := func() {
		for { // there is one place to work, and another request may have it
			if status, feed := w.waitOnce(); status == http.StatusOK {
				woken <- feed
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	for range 2 {
		go wait()
		eventually(t, "a place to work", func() bool { status, _, _ := w.ask(buyer, "/v2/feed"); return status == http.StatusOK })
	}
	eventually(t, "no place to wait", func() bool {
		_, code, h := w.ask(stranger, "/v2/feed?wait=1")
		return code == "waiting-full" && h.Get("Retry-After") == "5"
	})
	if status, code, _ := w.ask(stranger, "/v2/feed"); status != http.StatusOK {
		t.Errorf("who does not wait is turned away: %d %s", status, code)
	}
	w.sent("wait-1", 1)
	for range 2 {
		if feed := <-woken; len(feed.Changes) != 1 || feed.Head != 1 {
			t.Errorf("woken with %+v", feed)
		}
	}
	eventually(t, "a place to wait again", func() bool { status, _, _ := w.ask(seller, "/v2/feed?after=1&wait=1"); return status == http.StatusOK })
}

// TestFeedWaitFitsProxies: every wait up to 50 s is taken, none lasts longer
// than 45 s, and the links repeat what was asked for.
func TestFeedWaitFitsProxies(t *testing.T) {
	for asked, want := range map[string]time.Duration{"0": 0, "1": time.Second, "20": 20 * time.Second,
		"45": 45 * time.Second, "46": 45 * time.Second, "50": 45 * time.Second} {
		q, err := readFeedQuery("after=7&wait="+asked, seller)
		if err != nil || q.waitTime() != want {
			t.Errorf("wait=%s waits %s (%v), want %s", asked, q.waitTime(), err, want)
		}
		if link := q.address(8); !strings.HasSuffix(link, "&wait="+asked) {
			t.Errorf("wait=%s: the next link is %s", asked, link)
		}
	}
}

// waitOnce asks for the seller's next change.
func (w *world) waitOnce() (status int, feed hal.Feed) {
	req, err := http.NewRequest(http.MethodGet, w.server.URL+"/v2/feed?wait=50", nil)
	check(w.t, err)
	req.Header.Set("Authorization", "Bearer "+tokenOf(seller))
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	check(w.t, json.NewDecoder(res.Body).Decode(&feed))
	return res.StatusCode, feed
}

// TestFeedReaderLeaves: a reader that goes away while it waits is no failure,
// and its place is free again.
func TestFeedReaderLeaves(t *testing.T) {
	w := newWorld(t)
	client := http.Client{Timeout: 300 * time.Millisecond}
	req, err := http.NewRequest(http.MethodGet, w.server.URL+"/v2/feed?wait=50", nil)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+tokenOf(seller))
	if res, err := client.Do(req); err == nil {
		t.Fatalf("answered with %s", res.Status)
	}
	w.server.Close() // waits for the handler
	if log := w.log.String(); !strings.Contains(log, "the reader left") || strings.Contains(log, `"level":"ERROR"`) {
		t.Errorf("log:\n%s", log)
	}
}

// TestFeedHides: of an order that a party sees no longer the feed says that
// something was there, and nothing else.
func TestFeedHides(t *testing.T) {
	w := newWorld(t)
	id := w.sent("secret-1", 1)
	_, err := w.db.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
		o.Seller = stranger
		return []order.Event{{Kind: order.EventProcessed, Actor: "bookgate", Via: "system"}}, nil
	})
	check(t, err)
	body := w.get(seller, "/v2/feed").want(t, http.StatusOK).body
	if !strings.Contains(body, `"changes":[{"number":1,"kind":"hidden","time":"2026-06-01T`) || strings.Contains(body, "secret-1") || strings.Contains(body, string(id)) {
		t.Errorf("got %s", body)
	}
}

// TestFeedOfAnotherEpoch: a reader whose numbers are of a store that is not
// this one any more begins where nothing can be missed.
func TestFeedOfAnotherEpoch(t *testing.T) {
	w := newWorld(t)
	w.sent("epoch-1", 2)
	here := w.feedOf(buyer, "?after=1")
	if len(here.Changes) != 1 || here.Epoch == "" {
		t.Fatalf("%+v", here)
	}
	if same := w.feedOf(buyer, "?after=1&epoch="+here.Epoch); len(same.Changes) != 1 {
		t.Errorf("in the same epoch: %+v", same)
	}
	if other := w.feedOf(buyer, "?after=9000&epoch=elsewhere"); len(other.Changes) != 2 || other.Epoch != here.Epoch {
		t.Errorf("from another epoch: %+v", other)
	}
	w.get(buyer, "/v2/feed?after=9000&epoch="+here.Epoch).want(t, http.StatusUnprocessableEntity)
}
