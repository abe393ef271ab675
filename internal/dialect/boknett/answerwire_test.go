package boknett

import (
	"net/http"
	"strings"
	"testing"
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
		"empty lists": {"/orders", `{"status":"RECEIVED","facts":[],"substitute":[]}`, "1 5 RECEIVED  "},
		"null inside": {"/v2/orders", `{"status":"RECEIVED","facts":{"deviceId":null},"substitute":null,"price":null}`, "1 5 RECEIVED  "},
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
		{"facts list", to(`"facts":["D-1"]`), 422, code, "an object of texts"},
		{"fact number", to(`"facts":{"deviceId":1}`), 422, code, "deviceId is a number"},
		{"facts of no other dialect", to(`"facts":{"deviceId":"D-1"}`), 422, "facts-not-taken", "knows no facts"},
		{"list broken", to(`"substitute":["9788203192388",]`), 400, "json-malformed", "after a comma"},
	})
}
