package boknett

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/hal"
)

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
