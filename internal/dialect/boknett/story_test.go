package boknett

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// TestStory follows one order from its sending to its end, on each surface.
func TestStory(t *testing.T) {
	for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		t.Run(surface, func(t *testing.T) { tellStory(t, newWorld(t), surface) })
	}
}

func tellStory(t *testing.T, w *world, surface string) {
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.exchange.Run(ctx) }()
	defer func() {
		stop()
		check(t, <-done)
	}()

	location := w.post(buyer, surface, orderXML("6252911_0", 2, 5), "Content-Type: application/xml").want(t, taken(surface)).Header.Get("Location")
	at, ok := strings.CutPrefix(location, public)
	if !ok || !strings.HasPrefix(at, surface+"/") {
		t.Fatalf("Location %q leaves the surface %s", location, surface)
	}
	w.waitFor(at, "SENT")

	for as, mode := range map[order.PartyID]string{seller: "SENT_TO_ME", buyer: "SENT_BY_ME"} {
		if body := w.get(as, surface+"?fromDate=20260601000000&mode="+mode).want(t, http.StatusOK).body; !strings.Contains(body, location) {
			t.Errorf("the list %s of %s does not have the order:\n%s", mode, as, body)
		}
	}
	if body := w.get(seller, surface+"?fromDate=20260601000000&mode=SENT_BY_ME").body; strings.Contains(body, location) {
		t.Errorf("the receiver did not send the order:\n%s", body)
	}
	if body := w.get(seller, at).want(t, http.StatusOK).body; !strings.Contains(body, location+"/editx") {
		t.Errorf("the order does not link to its document on the same surface:\n%s", body)
	}
	o, _, err := editx.Decode([]byte(w.get(seller, at+"/editx").want(t, http.StatusOK).body))
	if err != nil || o.Number != "6252911_0" || len(o.Lines) != 2 {
		t.Errorf("editx: %+v, %v", o, err)
	}
	if got := w.get(seller, at+"/editx/original").want(t, http.StatusOK).body; got != orderXML("6252911_0", 2, 5) {
		t.Errorf("the original came back changed:\n%s", got)
	}

	w.post(seller, at+"/lines/1", `{"status": "RECEIVED", "comment": "på vei"}`).want(t, http.StatusOK)
	w.post(buyer, at+"/update", `{"ean": "978-82-02-33929-6", "number": -3}`).want(t, http.StatusOK)
	w.post(seller, at+"/lines/3", `{"status": "FULFILLED"}`).want(t, http.StatusOK)
	w.post(seller, at+"/lines/2", `{"status": "FULLFILLED_BLOCKED"}`).want(t, http.StatusOK)
	w.checkEnd(at)
	w.checkForeign(at)
}

// taken is how a surface says that it has stored an order.
func taken(surface string) int {
	if surface == "/v2/orders" {
		return http.StatusCreated
	}
	return http.StatusAccepted
}

// waitFor polls until the background has settled the order.
func (w *world) waitFor(at, status string) {
	w.t.Helper()
	for range 200 {
		if strings.Contains(w.get(buyer, at).body, `"status":"`+status+`"`) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatalf("%s never became %s", at, status)
}

// checkEnd reads the story's end under /v2, which shows everything.
func (w *world) checkEnd(at string) {
	w.t.Helper()
	clean := "/v2/orders" + at[strings.LastIndex(at, "/"):]
	o, err := hal.ParseOrder([]byte(w.get(buyer, clean).want(w.t, http.StatusOK).body))
	check(w.t, err)
	var lines []string
	for _, l := range o.Embedded.Lines {
		lines = append(lines, fmt.Sprintf("%d %s %d %s %s", l.Number, l.EAN, l.Quantity, l.Status, l.Comment))
	}
	want := []string{"1 9788202337926 2 RECEIVED på vei", "2 9788202339296 5 FULFILLED_BLOCKED ", "3 9788202339296 -3 FULFILLED "}
	if !slices.Equal(lines, want) {
		w.t.Errorf("lines\n%q\nwant\n%q", lines, want)
	}
	h, err := hal.ParseHistory([]byte(w.get(seller, clean+"/history").want(w.t, http.StatusOK).body))
	check(w.t, err)
	var kinds []order.EventKind
	for _, e := range h.Embedded.Events {
		kinds = append(kinds, e.Kind)
	}
	if want := []order.EventKind{"received", "processed", "marked", "reduced", "marked", "marked", "answered"}; !slices.Equal(kinds, want) {
		w.t.Errorf("history %v, want %v", kinds, want)
	}
}

// checkForeign asks for an order as a stranger: everywhere the same words as
// for an order that is not there.
func (w *world) checkForeign(at string) {
	w.t.Helper()
	surface, absent := at[:strings.LastIndex(at, "/")], "/00000000-0000-4000-8000-000000000000"
	for _, c := range []call{
		{method: "GET", path: ""}, {method: "GET", path: "/lines/1"}, {method: "GET", path: "/editx"}, {method: "GET", path: "/editx/original"},
		{method: "POST", path: "/lines/1", body: `{"status":"RECEIVED"}`}, {method: "POST", path: "/update", body: `{"ean":"9788202337926","number":-1}`},
		{method: "POST", path: "/update/1", body: `{"ean":"9788202337926","number":-1}`},
		{method: "GET", path: "/response"}, {method: "GET", path: "/status-report"},
		{method: "POST", path: "/response", body: responseXML("6252911_0", responseLine(1, 2, "AcceptedShipping"))},
		{method: "POST", path: "/cancellation"},
	} {
		c.as = stranger
		var details []string
		for _, order := range []string{at, surface + absent, surface + "/not-a-uuid"} {
			one := c
			one.path = order + c.path
			for _, match := range []string{"X-None: 1", `If-Match: "r1-hal"`} {
				one.header = []string{match}
				p := w.do(one).problem(w.t, http.StatusNotFound, "order-not-found")
				details = append(details, p.Detail+p.Hint)
			}
		}
		if len(slices.Compact(details)) != 1 {
			w.t.Errorf("%s %s distinguishes orders: %q", c.method, c.path, details)
		}
	}
	for _, mode := range []string{"SENT_TO_ME", "SENT_BY_ME", "ALL"} {
		if body := w.get(stranger, "/orders?fromDate=20000101000000&mode="+mode).want(w.t, http.StatusOK).body; body != "[]" {
			w.t.Errorf("a stranger's list %s: %s", mode, body)
		}
	}
}

// TestFailedIsTheSendersAlone shows why an order failed to its sender, and
// nothing to anybody else.
func TestFailedIsTheSendersAlone(t *testing.T) {
	w := newWorld(t)
	body := strings.Replace(orderXML("f-1", 1), "</BuyerParty>", "</BuyerParty><SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>900878</Identifier></PartyID></SellerParty>", 1)
	at := strings.TrimPrefix(w.post(buyer, "/orders", body).want(t, http.StatusAccepted).Header.Get("Location"), public)
	w.settle()
	var doc struct {
		Status string
		Reason *order.Reason
	}
	check(t, json.Unmarshal([]byte(w.get(buyer, at).want(t, http.StatusOK).body), &doc))
	if doc.Status != "FAILED" || doc.Reason == nil || doc.Reason.Code != "receiver-unknown" || !strings.Contains(doc.Reason.Detail, "900877") {
		t.Errorf("the sender reads %+v", doc)
	}
	w.get(seller, at).problem(t, http.StatusNotFound, "order-not-found")
}

// TestAgent lets one party send in the name of another: both follow the order.
func TestAgent(t *testing.T) {
	w := newWorld(t)
	at := strings.TrimPrefix(w.post(agent, "/orders", orderXML("a-1", 1)).want(t, http.StatusAccepted).Header.Get("Location"), public)
	w.settle()
	for _, p := range []order.PartyID{agent, buyer, seller} {
		w.get(p, at).want(t, http.StatusOK)
	}
	w.post(stranger, "/orders", orderXML("a-2", 1)).problem(t, http.StatusUnprocessableEntity, "buyer-not-sender")
}
