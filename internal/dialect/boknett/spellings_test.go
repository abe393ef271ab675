package boknett

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestMarkSpellings: every spelling that a version of the API had is taken,
// and the answers show the documented one.
func TestMarkSpellings(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct{ written, shown string }{
		{"RECEIVED", "RECEIVED"}, {" received ", "RECEIVED"}, {"Rejected", "REJECTED"},
		{"FULFILLED", "FULFILLED"}, {"FULLFILLED", "FULFILLED"}, {"fulfilled", "FULFILLED"},
		{"FULFILLED_BLOCKED", "FULFILLED_BLOCKED"}, {"FULLFILLED_BLOCKED", "FULFILLED_BLOCKED"},
		{"FULLFILLED_ASSIGNED_ORGANIZATION", "FULLFILLED_ASSIGNED_ORGANIZATION"},
		{"FULFILLED_ASSIGNED_ORGANIZATION", "FULLFILLED_ASSIGNED_ORGANIZATION"},
	} {
		at := "/orders/" + string(w.sent(fmt.Sprintf("spell-%d", i), 1))
		w.post(seller, at+"/lines/1", fmt.Sprintf(`{"status":%q,"unknown":[1]}`, c.written), "Content-Type: application/json").want(t, http.StatusOK)
		if body := w.get(buyer, at).want(t, http.StatusOK).body; strings.Count(body, `"status":"`+c.shown+`"`) != 2 {
			t.Errorf("%q is shown as\n%s", c.written, body)
		}
	}
	w.server.Close()
	if !strings.Contains(w.log.String(), "member unknown is not known") {
		t.Error("a member that is left out is not noted")
	}
}

// TestAnswerIsEchoed: what a receiver says beside the status is shown with
// every digit of its numbers, and an identical repeat is no second event.
func TestAnswerIsEchoed(t *testing.T) {
	w := newWorld(t)
	id := w.sent("echo-1", 1)
	at := "/orders/" + string(id)
	comment, err := json.Marshal("to linjer\nog \"sitat\" \\ 😀" + strings.Repeat("ø", 1900))
	check(t, err)
	body := fmt.Sprintf(`{"status":"FULFILLED","comment":%s,"valid_from":"2026-08-01","valid_to":"2026-08-01","price":{"amount":"250.150","tax":25.0}}`, comment)
	w.post(seller, at+"/lines/1", body).want(t, http.StatusOK)
	before := w.state(id)
	shown := w.get(buyer, at).want(t, http.StatusOK).body
	for _, want := range []string{`"valid_from":"2026-08-01","valid_to":"2026-08-01"`, `"price":{"amount":250.150,"tax":25.0}`, `"comment":"to linjer\nog \"sitat\" \\ 😀ø`} {
		if !strings.Contains(shown, want) {
			t.Errorf("want %s in\n%s", want, shown)
		}
	}
	w.post(seller, at+"/lines/1", body).want(t, http.StatusOK)
	if after := w.state(id); after != before {
		t.Errorf("an identical repeat changed the order from\n%s\nto\n%s", before, after)
	}
}

// TestReduceSpellings: the product under every name, with the hyphens of print,
// as text or number, with a line in the path or without.
func TestReduceSpellings(t *testing.T) {
	w := newWorld(t)
	at := "/orders/" + string(w.sent("reduce-1", 20))
	for i, c := range []struct{ path, body string }{
		{"/update", `{"ean":"9788202337926","number":-1}`},
		{"/update", `{"isbn":"9788202337926","number":-1}`},
		{"/update", `{"ISBN":"978-82-02-33792-6","number":-1}`},
		{"/update", `{"ean":" 978 8202 337926 ","isbn":"9788202337926","number":-1}`},
		{"/update", `{"ean":9788202337926,"number":-1}`},
		{"/update", `{"ean":"8202337925","number":-1}`}, // ISBN-10
		{"/update/1", `{"ean":"9788202337926","number":-1}`},
		{"/update/1/", `{"ean":"9788202337926","number":-1,"lineId":1}`},
	} {
		if a := w.post(buyer, at+c.path, c.body); a.StatusCode != http.StatusOK || a.body != "" {
			t.Errorf("%s %s: %s %s", c.path, c.body, a.Status, a.body)
		}
		if body := w.get(seller, at).body; !strings.Contains(body, fmt.Sprintf(`{"lineNumber":%d,"status":"REQUESTED","ean":"9788202337926","quantity":-1,`, i+2)) {
			t.Errorf("%s: no new line in\n%s", c.body, body)
		}
	}
}

// bent is a store whose orders cannot be written as XML.
type bent struct{ order.Store }

func (b bent) Order(ctx context.Context, viewer order.PartyID, id order.ID) (order.Order, error) {
	o, err := b.Store.Order(ctx, viewer, id)
	o.Number += "\x00"
	return o, err
}

// TestFailedAnswerHasNoTag: a 500 must not carry the headers of the answer
// that it stands for, or a client would keep it.
func TestFailedAnswerHasNoTag(t *testing.T) {
	w := newWorld(t)
	id := w.sent("bent-1", 1)
	w.api.exchange = order.NewExchange(bent{w.db}, w.db, order.Config{Now: w.clock.Now})
	raw := w.raw(buyer, "GET /orders/"+string(id)+"/editx HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\n\n")
	begins(t, raw, "500")
	for _, header := range []string{"Etag:", "Last-Modified:", "Vary:"} {
		if strings.Contains(raw, header) {
			t.Errorf("%s in\n%s", header, raw)
		}
	}
	w.server.Close()
	if !strings.Contains(w.log.String(), "cannot be written as EDItX") {
		t.Errorf("the log does not tell why:\n%s", w.log)
	}
}
