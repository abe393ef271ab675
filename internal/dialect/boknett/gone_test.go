package boknett

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// readings are all addresses under which one order is read.
func readings(id order.ID) []string {
	var paths []string
	for _, surface := range []string{"/orders/", "/orders/v1/", "/v2/orders/"} {
		for _, below := range []string{"", "/editx", "/EDItX", "/editx/original", "/response", "/status-report"} {
			paths = append(paths, surface+string(id)+below)
		}
	}
	return append(paths, "/v2/orders/"+string(id)+"/history")
}

func TestRetiredOrderIs410OnEveryPath(t *testing.T) {
	w := newWorld(t)
	id := w.sent("A-1", 2)
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"FULFILLED"}`).want(t, http.StatusOK)
	w.clock.Advance(time.Hour)
	if _, n, err := w.db.RetireOrders(t.Context(), w.clock.Now(), 0, 10); err != nil || n != 1 {
		t.Fatalf("%d retired, %v", n, err)
	}
	for _, path := range readings(id) {
		for _, party := range []order.PartyID{buyer, seller} {
			if p := w.get(party, path).problem(t, http.StatusGone, "order-retired"); !strings.Contains(p.Detail, "2026-06-01T11:00:01Z") {
				t.Errorf("%s does not say when: %s", path, p.Detail)
			}
		}
		w.get(stranger, path).problem(t, http.StatusNotFound, "order-not-found")
	}
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"RECEIVED"}`).problem(t, http.StatusGone, "order-retired")
	w.post(stranger, "/orders/"+string(id)+"/lines/1", `{"status":"RECEIVED"}`).problem(t, http.StatusNotFound, "order-not-found")
	p := w.post(buyer, "/orders", orderXML("A-1", 2)).problem(t, http.StatusConflict, "order-retired")
	if !strings.Contains(p.Detail, string(id)) || !strings.Contains(p.Detail, "2026-06-01T11:00:01Z") {
		t.Errorf("the refusal does not name the first order and when it was retired: %s", p.Detail)
	}
	if list := w.get(buyer, "/orders?mode=ALL&fromDate=20260101000000").want(t, http.StatusOK); list.body != "[]" {
		t.Errorf("listed is %s", list.body)
	}
	for _, c := range w.feedOf(buyer, "").Changes {
		if c.OrderID != id || c.Links.Order.Href != "" || c.Links.Self.Href == "" {
			t.Errorf("the feed leads to what is gone: %+v", c)
		}
	}
}

func TestExpiredDocumentIs410(t *testing.T) {
	w := newWorld(t)
	id := w.sent("A-1", 2)
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"FULFILLED"}`).want(t, http.StatusOK)
	w.clock.Advance(time.Hour)
	if _, n, err := w.db.DropDocuments(t.Context(), w.clock.Now(), 0, 10); err != nil || n != 1 {
		t.Fatalf("%d dropped, %v", n, err)
	}
	body := orderXML("A-1", 2)
	was := fmt.Sprintf("%d bytes with sha256 %x", len(body), sha256.Sum256([]byte(body)))
	for _, path := range readings(id) {
		if !strings.HasSuffix(path, "/original") {
			w.get(seller, path).want(t, http.StatusOK)
			continue
		}
		if p := w.get(buyer, path).problem(t, http.StatusGone, "document-expired"); !strings.Contains(p.Detail, was) {
			t.Errorf("%s does not say %q: %s", path, was, p.Detail)
		}
		w.get(stranger, path).problem(t, http.StatusNotFound, "order-not-found")
	}
	// The content is stored, so the same order is still known.
	w.post(buyer, "/orders", body).want(t, http.StatusAccepted)
}

func TestErasedOrderIsReadWithoutPersons(t *testing.T) {
	w := newWorld(t)
	id := w.sent("A-1", 2)
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"RECEIVED","comment":"til Kari"}`).want(t, http.StatusOK)
	before := w.get(seller, "/orders/"+string(id)).want(t, http.StatusOK)
	if _, err := w.exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, id, "case 7"); err != nil {
		t.Fatal(err)
	}
	for _, path := range readings(id) {
		for _, party := range []order.PartyID{buyer, seller} {
			a := w.get(party, path)
			if strings.HasSuffix(path, "/original") {
				a.problem(t, http.StatusGone, "document-erased")
				continue
			}
			a.want(t, http.StatusOK)
			for _, word := range []string{"Kari", "kari", "Hanshaugen", "0180", "OSLO", "Norsk", "user of", "Firm"} {
				if strings.Contains(a.body, word) {
					t.Errorf("%s still says %s:\n%s", path, word, a.body)
				}
			}
		}
	}
	if a := w.get(seller, "/orders/"+string(id), "If-None-Match: "+before.Header.Get("ETag")); a.StatusCode != http.StatusOK {
		t.Errorf("a reader keeps what it had: %s", a.Status)
	}
	if v2 := w.get(seller, "/v2/orders/"+string(id)).body; !strings.Contains(v2, `"erasedAt":"2026-06-01T`) {
		t.Errorf("it is not shown as erased:\n%s", v2)
	}
	history := w.get(buyer, "/v2/orders/"+string(id)+"/history").body
	for _, says := range []string{`"kind":"erased"`, `"actor":"operator","via":"command","text":"case 7"`, `"line":1,"from":"SENT","to":"RECEIVED","party":"900877"`} {
		if !strings.Contains(history, says) {
			t.Errorf("the history does not say %s:\n%s", says, history)
		}
	}
	repeated := w.post(buyer, "/orders", orderXML("A-1", 2)).want(t, http.StatusAccepted)
	if !strings.HasSuffix(repeated.Header.Get("Location"), string(id)) || repeated.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same document gave %v", repeated.Header)
	}
	w.post(buyer, "/orders", orderXML("A-1", 3)).problem(t, http.StatusConflict, "order-erased")
}
