package boknett

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// standings are the ways in which an order of two lines can stand, each with
// how it comes to that.
func standings() map[string]func(w *world, number string) order.ID {
	mark := func(w *world, id order.ID, line int, status string) {
		w.post(seller, fmt.Sprintf("/orders/%s/lines/%d", id, line), `{"status":"`+status+`"}`).want(w.t, http.StatusOK)
	}
	marked := func(statuses ...string) func(w *world, number string) order.ID {
		return func(w *world, number string) order.ID {
			id := w.sent(number, 2, 3)
			for i, status := range statuses {
				mark(w, id, i+1, status)
			}
			return id
		}
	}
	reduce := func(w *world, id order.ID, copies int) {
		w.post(buyer, "/orders/"+string(id)+"/update", fmt.Sprintf(`{"ean":"9788202337926","number":-%d}`, copies)).want(w.t, http.StatusOK)
	}
	changed := func(from, to string) func(w *world, number string) order.ID {
		return func(w *world, number string) order.ID {
			id := w.submitXML(strings.Replace(orderXML(number, 2, 3), from, to, 1))
			w.settle()
			return id
		}
	}
	return map[string]func(w *world, number string) order.ID{
		"unprocessed":     func(w *world, number string) order.ID { return w.submit(number, 2, 3) },
		"sent":            marked(),
		"received":        marked("RECEIVED", "RECEIVED"),
		"in part":         marked("FULFILLED"),
		"fulfilled":       marked("FULFILLED", "FULFILLED"),
		"blocked in part": marked("FULFILLED_BLOCKED"),
		"blocked":         marked("FULFILLED_BLOCKED", "FULFILLED_BLOCKED"),
		"rejected":        marked("REJECTED", "REJECTED"),
		"reduced": func(w *world, number string) order.ID {
			id := w.sent(number, 2, 3)
			reduce(w, id, 1)
			return id
		},
		"taken back in part": func(w *world, number string) order.ID {
			id := w.sent(number, 2, 3)
			reduce(w, id, 2)
			return id
		},
		"withdrawn": func(w *world, number string) order.ID {
			id := w.sent(number, 2, 3)
			w.post(buyer, "/orders/"+string(id)+"/cancellation", "").want(w.t, http.StatusOK)
			return id
		},
		"failed": changed("</BuyerParty>", "</BuyerParty><SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>900878</Identifier></PartyID></SellerParty>"),
		"a test": changed("<PurposeCode>Original", "<PurposeCode>Test"),
		"to itself": changed("</BuyerParty>",
			"</BuyerParty><SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>7045</Identifier></PartyID></SellerParty>"),
		"without its document": func(w *world, number string) order.ID {
			id := marked("FULFILLED", "FULFILLED")(w, number)
			w.clock.Advance(2 * order.MinRetention)
			_, n, err := w.db.DropDocuments(w.t.Context(), w.clock.Now(), 0, 100)
			if check(w.t, err); n == 0 {
				w.t.Fatal("no document was dropped")
			}
			return id
		},
		"erased": func(w *world, number string) order.ID {
			id := marked("FULFILLED", "FULFILLED")(w, number)
			_, err := w.exchange.Erase(w.t.Context(), order.Actor{Name: "operator", Via: "command"}, id, "case 7")
			check(w.t, err)
			return id
		},
	}
}

func (w *world) submitXML(body string) order.ID {
	w.t.Helper()
	at := w.post(buyer, "/orders", body).want(w.t, http.StatusAccepted).Header.Get("Location")
	id, ok := order.ParseID(at[strings.LastIndex(at, "/")+1:])
	if !ok {
		w.t.Fatalf("Location %q does not end in an id", at)
	}
	return id
}

// changes are all requests that change an order, by the relation of the link
// that leads to each.
func changes(number string) map[string]struct{ path, body string } {
	return map[string]struct{ path, body string }{
		"bk:answer":  {"/lines/{line}", `{"status":"%s"}`},
		"bk:respond": {"/response", responseXML(number, responseLine(1, 2, "AcceptedShipping"))},
		"bk:reduce":  {"/update", `{"ean":"%s","number":-1}`},
		"bk:cancel":  {"/cancellation", ""},
	}
}

// checkLinks follows what an order links to, and makes the change of rel both
// by its link and past it.
func (w *world) checkLinks(party order.PartyID, id order.ID, number, rel string) {
	w.t.Helper()
	at := "/v2/orders/" + string(id)
	a := w.get(party, at)
	if a.StatusCode == http.StatusNotFound {
		return // the receiver does not see it
	}
	var doc struct {
		Links map[string]json.RawMessage `json:"_links"`
	}
	check(w.t, json.Unmarshal([]byte(a.want(w.t, http.StatusOK).body), &doc))
	o, err := hal.ParseOrder([]byte(a.body))
	check(w.t, err)
	for name, raw := range doc.Links {
		if name == "curies" {
			continue
		}
		var link hal.Link
		check(w.t, json.Unmarshal(raw, &link))
		path := strings.Replace(strings.TrimPrefix(link.Href, public), "{line}", "1", 1)
		if b := w.get(party, path); b.StatusCode != http.StatusOK && (b.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(b.Header.Get("Allow"), "POST")) {
			w.t.Errorf("%s: %s leads to %s: %s", party, name, path, b.Status)
		}
	}
	if original := w.get(party, at+"/editx/original").StatusCode == http.StatusOK; original != (doc.Links["bk:original"] != nil) {
		w.t.Errorf("%s: the original can be read: %t; links %s", party, original, a.body)
	}
	for _, l := range o.Embedded.Lines {
		own, err := hal.ParseLine([]byte(w.get(party, strings.TrimPrefix(l.Links.Self.Href, public)).want(w.t, http.StatusOK).body))
		own.Links.Curies = nil
		if check(w.t, err); fmt.Sprintf("%+v", own) != fmt.Sprintf("%+v", l) {
			w.t.Errorf("the line is\n%+v\nand embedded\n%+v", own, l)
		}
	}
	w.checkChange(party, at, number, rel, o, doc.Links[rel] != nil)
}

// checkChange makes one change in every way that there is. It is linked to when
// one of them is accepted and changes something.
func (w *world) checkChange(party order.PartyID, at, number, rel string, o hal.Order, linked bool) {
	w.t.Helper()
	c := changes(number)[rel]
	var bodies [][2]string
	lines := slices.Clone(o.Embedded.Lines)
	for _, l := range lines {
		switch rel {
		case "bk:answer":
			for _, status := range []string{"RECEIVED", "REJECTED"} {
				bodies = append(bodies, [2]string{strings.Replace(c.path, "{line}", fmt.Sprint(l.Number), 1), fmt.Sprintf(c.body, status)})
			}
		case "bk:reduce":
			bodies = append(bodies, [2]string{c.path, fmt.Sprintf(c.body, l.EAN)})
		}
	}
	if bodies == nil {
		bodies = [][2]string{{c.path, c.body}}
	}
	accepted := false
	for _, b := range bodies {
		before := w.get(party, at).Header.Get("ETag")
		w.clock.Advance(time.Second)
		a := w.post(party, at+b[0], b[1])
		accepted = accepted || a.StatusCode == http.StatusOK && a.Header.Get("ETag") != before
	}
	respondable := rel == "bk:respond" && linked && o.Links.Answer.Href != "" // to some line, not to the first perhaps
	if accepted != linked && !respondable {
		w.t.Errorf("%s is accepted from %s: %t; it is linked to: %t; lines %+v", rel, party, accepted, linked, lines)
	}
}

// TestCreated: under /v2 an order is answered with 201, its address and itself,
// and so is the same order again; a message is answered as everywhere.
func TestCreated(t *testing.T) {
	w := newWorld(t)
	first := w.post(buyer, "/v2/orders", orderXML("new-1", 2, 3)).want(t, http.StatusCreated)
	o, err := hal.ParseOrder([]byte(first.body))
	check(t, err)
	at := first.Header.Get("Location")
	if o.Number != "new-1" || len(o.Embedded.Lines) != 2 || o.Links.Self.Href != at || first.Header.Get("Content-Location") != at ||
		first.Header.Get("Content-Type") != hal.MediaType || first.Header.Get("ETag") == "" || !strings.HasPrefix(at, public+"/v2/orders/") {
		t.Errorf("%v\n%s", first.Header, first.body)
	}
	w.get(buyer, strings.TrimPrefix(at, public), "If-None-Match: "+first.Header.Get("ETag")).want(t, http.StatusNotModified)
	w.settle()
	again := w.post(buyer, "/v2/orders", orderXML("new-1", 2, 3)).want(t, http.StatusCreated)
	if again.Header.Get("Location") != at || again.Header.Get("Idempotency-Replayed") != "true" || !strings.Contains(again.body, `"status":"SENT"`) {
		t.Errorf("again: %v\n%s", again.Header, again.body)
	}
	w.post(buyer, "/v2/orders", orderXML("new-1", 9)).problem(t, http.StatusConflict, "duplicate-number")
	w.post(buyer, "/v2/orders", messageXML("m", 1, orderXML("new-2", 1))).want(t, http.StatusAccepted)
	w.post(buyer, "/v2/orders", "<Order/>").want(t, http.StatusUnprocessableEntity)
	for _, surface := range []string{"/orders", "/orders/v1"} {
		if a := w.post(buyer, surface, orderXML("new"+strings.ReplaceAll(surface, "/", "-"), 1)).want(t, http.StatusAccepted); a.body != "" {
			t.Errorf("%s: %s", surface, a.body)
		}
	}
}

// TestCreatedAndNotShown: an order that is stored is never answered as one that
// is not, whatever happens to its reading.
func TestCreatedAndNotShown(t *testing.T) {
	w := newWorld(t)
	w.api.exchange = order.NewExchange(unreadable{w.db}, w.db, order.Config{Now: w.clock.Now})
	a := w.post(buyer, "/v2/orders", orderXML("dark-1", 2)).want(t, http.StatusCreated)
	if a.body != "" || a.Header.Get("Location") == "" || a.Header.Get("ETag") != "" {
		t.Errorf("%v %q", a.Header, a.body)
	}
	w.api.exchange = w.exchange
	w.get(buyer, strings.TrimPrefix(a.Header.Get("Location"), public)).want(t, http.StatusOK)
}

// unreadable is a store that takes orders and does not show them.
type unreadable struct{ order.Store }

func (unreadable) Order(context.Context, order.PartyID, order.ID) (order.Order, error) {
	return order.Order{}, order.Errorf(order.Unavailable, "store-unavailable", "The store does not answer.")
}

// TestListWithoutValues: under /v2 a client that follows the templated link as
// it is reads all its orders, and goes on from there with the cursor alone.
func TestListWithoutValues(t *testing.T) {
	w := newWorld(t)
	w.sent("bare-1", 1)
	a := w.get(buyer, "/v2/orders").want(t, http.StatusOK)
	list, err := hal.ParseList([]byte(a.body))
	check(t, err)
	if len(list.Embedded.Orders) != 1 || !strings.Contains(list.Links.Self.Href, "mode=ALL") {
		t.Fatalf("%s", a.body)
	}
	entry := list.Embedded.Orders[0].Links
	for _, link := range []hal.Link{entry.Self, entry.EDItX, entry.History} {
		w.get(buyer, strings.TrimPrefix(link.Href, public)).want(t, http.StatusOK)
	}
	w.get(buyer, "/v2/orders?mode=").want(t, http.StatusOK)
	if body := w.get(seller, "/v2/orders?fromDate=20260101000000&pagesize=5").want(t, http.StatusOK).body; !strings.Contains(body, "bare-1") {
		t.Errorf("%s", body)
	}
	for _, mode := range []string{"", "?mode=ALL", "?mode=SENT_BY_ME", "?mode=SENT_TO_ME"} {
		cursor := w.get(buyer, "/v2/orders"+mode).want(t, http.StatusOK).Header.Get("Next")
		alone := w.get(buyer, "/v2/orders?next="+cursor).want(t, http.StatusOK)
		if said := cmp.Or(strings.TrimPrefix(mode, "?"), "mode=ALL"); !strings.Contains(alone.body, said) || alone.Header.Get("Next") != cursor {
			t.Errorf("the cursor of %q alone: %s", mode, alone.body)
		}
	}
	w.get(buyer, "/v2/orders?next=nonsense").problem(t, http.StatusBadRequest, "cursor-invalid")
	w.get(buyer, "/orders").problem(t, http.StatusBadRequest, "mode-missing")
	w.get(buyer, "/orders/v1?fromDate=20260101000000").problem(t, http.StatusBadRequest, "mode-missing")
}

// TestPagesOfEmbedded: what an order's documents embed is there alone as well,
// and what they do not is 404 in words.
func TestPagesOfEmbedded(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("page-1", 2, 3))
	w.post(seller, "/orders/"+id+"/lines/2", `{"status":"RECEIVED","comment":"på vei"}`).want(t, http.StatusOK)
	h, err := hal.ParseHistory([]byte(w.get(buyer, "/v2/orders/"+id+"/history").want(t, http.StatusOK).body))
	check(t, err)
	for _, e := range h.Embedded.Events {
		a := w.get(buyer, strings.TrimPrefix(e.Links.Self.Href, public)).want(t, http.StatusOK)
		got, err := hal.ParseEvent([]byte(a.body))
		got.Links.Curies = nil
		if check(t, err); !reflect.DeepEqual(got, e) {
			t.Errorf("the entry is %+v, embedded %+v", got, e)
		}
		w.get(buyer, strings.TrimPrefix(e.Links.Self.Href, public), "If-None-Match: "+a.Header.Get("ETag")).want(t, http.StatusNotModified)
	}
	for _, surface := range []string{"/orders", "/orders/v1"} {
		a := w.get(seller, surface+"/"+id+"/lines/2").want(t, http.StatusOK)
		if !strings.Contains(w.get(seller, surface+"/"+id).body, a.body) || !strings.Contains(a.body, public+surface+"/"+id+"/lines/2") {
			t.Errorf("the line alone is not the one of its order: %s", a.body)
		}
	}
	for _, bad := range []string{"0", "9", "x", "-1", "+1", "99999999999999999999", "1.0", "%20"} {
		w.get(buyer, "/v2/orders/"+id+"/history/"+bad).problem(t, http.StatusNotFound, "event-not-found")
		w.get(buyer, "/v2/orders/"+id+"/lines/"+bad).problem(t, http.StatusNotFound, "line-not-found")
		w.get(buyer, "/orders/"+id+"/lines/"+bad).problem(t, http.StatusNotFound, "line-not-found")
	}
	feed := w.feedOf(seller, "")
	for _, c := range feed.Changes {
		one := w.feedOf(seller, strings.TrimPrefix(c.Links.Self.Href, public+"/v2/feed"))
		if len(one.Changes) != 1 || one.Changes[0] != c {
			t.Errorf("the change alone is %+v, in the feed %+v", one.Changes, c)
		}
	}
}

// TestLinksOfWebhooks: whatever is linked to from the endpoints of a party
// answers, or takes a POST; an endpoint is paused or resumed, as it stands.
func TestLinksOfWebhooks(t *testing.T) {
	w := newWorld(t)
	made := w.post(seller, hal.WebhooksPath, `{"url":"`+hookURL+`"}`).want(t, http.StatusCreated)
	endpoint, err := hal.ParseWebhook([]byte(made.body))
	check(t, err)
	at := hal.WebhooksPath + "/" + endpoint.ID
	w.post(seller, at+"/test", "").want(t, http.StatusAccepted)
	w.sent("hook-links", 1)
	w.try(endpoint.ID, http.StatusInternalServerError, "later")
	seen := map[string]bool{}
	var follow func(path string)
	follow = func(path string) {
		if path, _, _ = strings.Cut(path, "{"); seen[path] {
			return
		}
		seen[path] = true
		a := w.get(seller, path)
		if a.StatusCode != http.StatusOK && (a.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(a.Header.Get("Allow"), "POST")) {
			t.Errorf("%s: %s %s", path, a.Status, a.body)
		}
		for _, m := range regexp.MustCompile(`"href":"`+public+`(/v2/webhooks[^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			follow(m[1])
		}
	}
	follow(hal.WebhooksPath)
	for _, want := range []string{at, at + "/rotate", at + "/pause", at + "/test", at + "/resend", at + "/deliveries"} {
		if !seen[want] {
			t.Errorf("nothing leads to %s", want)
		}
	}
	attempts := 0
	for path := range seen {
		if regexp.MustCompile(`/attempts/1$`).MatchString(path) {
			attempts++
			w.get(seller, path[:len(path)-1]+"2").problem(t, http.StatusNotFound, "attempt-not-found")
			w.get(stranger, path).problem(t, http.StatusNotFound, "webhook-not-found")
		}
	}
	if attempts != 1 || seen[at+"/resume"] {
		t.Errorf("%d attempts have an address; seen %v", attempts, seen)
	}
	paused, err := hal.ParseWebhook([]byte(w.post(seller, at+"/pause", "").want(t, http.StatusOK).body))
	if check(t, err); paused.Links.Pause.Href != "" || paused.Links.Resume.Href != public+at+"/resume" {
		t.Errorf("a paused endpoint links to %+v", paused.Links)
	}
	w.post(seller, at+"/resume", "").want(t, http.StatusOK)
}
