package boknett

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/hal"
)

// TestAnswerInDetail: code, expected date, quantities and substitute are taken
// on every surface in every spelling, and shown under /v2 and in the history.
func TestAnswerInDetail(t *testing.T) {
	for name, c := range map[string]struct{ surface, body, want string }{
		"legacy": {"/orders", `{"status":"RECEIVED","code":"AcceptedPartShippingPartBackordered","expected_date":"2026-08-01","quantities":{"shipping":3,"backordered":2},"substitute":"EAN13:9788203192388"}`,
			"1 5 RECEIVED AcceptedPartShippingPartBackordered 2026-08-01 3/2/0 EAN13:9788203192388"},
		"clean": {"/v2/orders", `{"status":"RECEIVED","expectedDate":"2026-08-01","quantities":{"shipping":0,"backordered":5,"cancelled":0},"substitute":[{"type":"EAN13","value":"9788203192388"},{"type":"Seller","value":"x 1"}]}`,
			"1 5 RECEIVED  2026-08-01 0/5/0 EAN13:9788203192388 Seller:x 1"},
		"object":      {"/orders/v1", `{"status":"REJECTED","code":"CanceledSubstOffered","substitute":{"type":"ISBN","value":"82-03-19238-6"}}`, "1 5 REJECTED CanceledSubstOffered  ISBN:82-03-19238-6"},
		"bare number": {"/orders", `{"status":"REJECTED","substitute":"978-82-03-19238-8"}`, "1 5 REJECTED   EAN13:9788203192388"},
		"list":        {"/orders", `{"status":"REJECTED","substitute":["9788203192388"]}`, "1 5 REJECTED   EAN13:9788203192388"},
		"empty":       {"/orders", `{"status":"RECEIVED","code":"","expected_date":"","quantities":null,"substitute":""}`, "1 5 RECEIVED  "},
		"empty lists": {"/orders", `{"status":"RECEIVED","attributes":[],"substitute":[]}`, "1 5 RECEIVED  "},
		"null inside": {"/v2/orders", `{"status":"RECEIVED","attributes":{"deviceId":null},"substitute":null,"price":null}`, "1 5 RECEIVED  "},
		"numbers":     {"/orders", `{"status":"RECEIVED","quantities":{"shipping":3.0,"backordered":20e-1,"cancelled":0E5},"substitute":9.788203192388E12}`, "1 5 RECEIVED   3/2/0 EAN13:9788203192388"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.sent("a-1", 5)
			legacy := w.get(buyer, "/orders/"+string(id)).body
			w.post(seller, c.surface+"/"+string(id)+"/lines/1", c.body).want(t, http.StatusOK)
			wantLines(t, w.lines(id), c.want)
			shape := strings.NewReplacer("RECEIVED", "SENT", "REJECTED", "SENT").Replace(w.get(buyer, "/orders/"+string(id)).body)
			if shape != legacy {
				t.Errorf("the legacy document has another shape:\n%s\n%s", legacy, shape)
			}
			if strings.Contains(c.body, "shipping") && !strings.Contains(w.get(buyer, "/v2/orders/"+string(id)+"/history").body, "back-ordered") {
				t.Error("the history does not tell how the copies divide")
			}
		})
	}
}

func TestAnswerInDetailRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("ad-1", 5)
	to := func(members string) call {
		return call{method: "POST", path: "/orders/" + string(id) + "/lines/1", as: seller, body: `{"status":"RECEIVED",` + members + `}`}
	}
	const code = "answer-invalid"
	w.refuse(t, id, []refusal{
		{"code unknown", to(`"code":"Later"`), 422, code, "Later"},
		{"code in another case", to(`"code":"acceptedshipping"`), 422, code, "letter case"},
		{"code number", to(`"code":1`), 422, code, "order line status"},
		{"code that contradicts", to(`"code":"CanceledSold"`), 422, code, "contradict"},
		{"expected day", to(`"expected_date":"1.8.2026"`), 422, code, "expected_date"},
		{"quantities number", to(`"quantities":5`), 422, code, "how many copies"},
		{"quantities empty", to(`"quantities":{}`), 422, code, "how many copies"},
		{"quantities an empty list", to(`"quantities":[]`), 422, code, "how many copies"},
		{"price an empty list", to(`"price":[]`), 422, code, "no amount"},
		{"quantities misspelt", to(`"quantities":{"shipping":3,"canceled":2}`), 422, code, "canceled"},
		{"quantities too few", to(`"quantities":{"shipping":3}`), 422, code, "do not add up to the 5 ordered"},
		{"quantities in quotes", to(`"quantities":{"shipping":"5"}`), 422, code, "without quotes"},
		{"quantities a list", to(`"quantities":{"shipping":[]}`), 422, code, "shipping of quantities is a list"},
		{"quantities negative", to(`"quantities":{"shipping":6,"cancelled":-1}`), 422, code, "whole number from 0"},
		{"quantities broken", to(`"quantities":{"shipping":2.5,"cancelled":2.5}`), 422, code, "whole number from 0"},
		{"quantities huge", to(`"quantities":{"shipping":9999999999}`), 422, code, "whole number from 0"},
		{"substitute without scheme", to(`"substitute":"x1"`), 422, code, "scheme and number"},
		{"substitute empty object", to(`"substitute":{}`), 422, code, "scheme and number"},
		{"substitute number of no book", to(`"substitute":"EAN13:9788203192389"`), 422, code, "the last one does not fit"},
		{"substitute boolean", to(`"substitute":true`), 422, code, "scheme and number"},
		{"substitute control character", to(`"substitute":"Seller:a\u0001"`), 422, code, "no document"},
		{"substitute many", to(`"substitute":["` + strings.Repeat(`9788203192388","`, 10) + `9788203192388"]`), 422, code, "at most 10"},
		{"attributes list", to(`"attributes":["D-1"]`), 422, code, "an object of texts"},
		{"attribute number", to(`"attributes":{"deviceId":1}`), 422, code, "deviceId is a number"},
		{"attributes of no other dialect", to(`"attributes":{"deviceId":"D-1"}`), 422, "attributes-not-accepted", "knows no attributes"},
		{"list broken", to(`"substitute":["9788203192388",]`), 400, "json-malformed", "after a comma"},
	})
}

// spellings are ways of writing a whole number that programs have: with a point,
// with an exponent, and with the rest that binary floating point leaves.
func spellings(n int64) []string {
	return []string{fmt.Sprint(n), fmt.Sprintf("%d.0", n), fmt.Sprintf("%d.000", n), fmt.Sprintf("%de0", n), fmt.Sprintf("%d0E-1", n), fmt.Sprintf("%d00e-02", n), fmt.Sprintf("%d.00000000000000000001", n)}
}

// TestNumbersByValue sends each member that is a number in every spelling.
func TestNumbersByValue(t *testing.T) {
	w := newWorld(t)
	id := w.sent("by-value", 1000)
	at := "/orders/" + string(id)
	for _, n := range spellings(-1) {
		w.post(buyer, at+"/update", `{"ean":"9788202337926","number":`+n+`}`).want(t, http.StatusOK)
	}
	for _, ean := range spellings(9788202337926) {
		w.post(buyer, at+"/update", `{"isbn":`+strings.Replace(ean, "00000000000000000001", "0", 1)+`,"number":-1}`).want(t, http.StatusOK)
	}
	for _, n := range spellings(2) {
		a := w.post(buyer, hal.FeedPath+"/ack", `{"through":`+n+`}`).want(t, http.StatusOK)
		if !strings.Contains(a.body, `"acknowledged":2`) {
			t.Errorf("through %s: %s", n, a.body)
		}
	}
	for written, want := range map[string]string{
		"2.5015E+2": "250.15", "25015E-2": "250.15", "250.15000000000001": "250.15", "250.14999999999998": "250.15", "1.01E+6": "1010000", "2.0": "2.0", "30.00": "30.00", "59.699999999999996": "59.7", "0.30000000000000004": "0.3", "-0.0": "0.0",
		`"250.15"`: "250.15",
	} {
		w.post(seller, at+"/lines/1", `{"status":"RECEIVED","price":{"amount":`+written+`,"tax":`+written+`}}`).want(t, http.StatusOK)
		if body := w.get(buyer, "/v2"+at).body; strings.Count(body, `:"`+want+`"`) != 2 {
			t.Errorf("%s is not shown as %s: %s", written, want, body)
		}
	}
}

// TestEmptyOfPHP: an empty array of PHP is a list, whatever it stands for.
func TestEmptyOfPHP(t *testing.T) {
	w := newWorld(t)
	id := w.sent("php-1", 1)
	w.refuse(t, id, []refusal{
		{"a line's answer", call{method: "POST", path: "/orders/" + string(id) + "/lines/1", as: seller, body: "[]"}, 400, "status-missing", "RECEIVED"},
		{"a reduction", call{method: "POST", path: "/orders/" + string(id) + "/update", as: buyer, body: " [ ] "}, 400, "ean-missing", "ean"},
		{"a list with something", call{method: "POST", path: "/orders/" + string(id) + "/lines/1", as: seller, body: `[{"status":"RECEIVED"}]`}, 400, "json-malformed", "'['"},
	})
	endpoint, err := hal.ParseWebhook([]byte(w.post(seller, hal.WebhooksPath, `{"url":"`+hookURL+`","headers":[],"events":{}}`).want(t, http.StatusCreated).body))
	check(t, err)
	w.do(call{method: http.MethodPatch, path: hal.WebhooksPath + "/" + endpoint.ID, as: seller, body: "[]"}).want(t, http.StatusOK)
}
