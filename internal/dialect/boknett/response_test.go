package boknett

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

const substituteXML = "<Substitute><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID></Substitute>"

// lines returns an order's answers in short, as /v2 shows them.
func (w *world) lines(id order.ID) []string {
	w.t.Helper()
	o, err := hal.ParseOrder([]byte(w.get(buyer, "/v2/orders/"+string(id)).want(w.t, http.StatusOK).body))
	check(w.t, err)
	var all []string
	for _, l := range o.Embedded.Lines {
		row := fmt.Sprintf("%d %d %s %s %s", l.Number, l.Quantity, l.Status, l.Code, l.Expected)
		if q := l.Quantities; q != nil {
			row += fmt.Sprintf(" %d/%d/%d", q.Shipping, q.Backordered, q.Cancelled)
		}
		for _, s := range l.Substitute {
			row += " " + s.String()
		}
		all = append(all, row)
	}
	return all
}

func wantLines(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("lines\n%q\nwant\n%q", got, want)
	}
}

// TestRespond: one document answers the lines that it names; the others are
// reported and left alone.
func TestRespond(t *testing.T) {
	for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		t.Run(surface, func(t *testing.T) {
			w := newWorld(t)
			id := w.sent("r-1", 5, 3, 1)
			at := surface + "/" + string(id)
			body := responseXML("r-1",
				responseLine(1, 5, "AcceptedPartShippingPartBackordered", "<QuantityShipping>3</QuantityShipping><BackorderedQuantity>2</BackorderedQuantity>",
					"<AvailabilityCoded><ExpectedShipDate>20260801</ExpectedShipDate></AvailabilityCoded>"),
				responseLine(3, 1, "CanceledSubstOffered", "<CanceledQuantity>1</CanceledQuantity>", substituteXML))
			a := w.post(seller, at+"/response", body, "If-Match: "+w.get(seller, at).Header.Get("ETag")).want(t, http.StatusOK)
			if a.body != `{"missing":[2]}` || a.Header.Get("Missing-Lines") != "2" || a.Header.Get("Content-Type") != "application/json" ||
				a.Header.Get("ETag") != w.get(seller, at).Header.Get("ETag") {
				t.Errorf("the answer is %v %s", a.Header, a.body)
			}
			wantLines(t, w.lines(id), "1 5 RECEIVED AcceptedPartShippingPartBackordered 2026-08-01 3/2/0", "2 3 SENT  ", "3 1 REJECTED CanceledSubstOffered  0/0/1 EAN13:9788203192388")
			before := w.state(id)
			w.post(seller, at+"/response", body).want(t, http.StatusOK)
			if after := w.state(id); after != before {
				t.Errorf("the same answer again changed\n%s\nto\n%s", before, after)
			}
			a = w.post(seller, at+"/response", responseXML("r-1", responseLine(2, 3, "AlreadyShipped"))).want(t, http.StatusOK)
			if a.body != `{"missing":[]}` || a.Header.Values("Missing-Lines") != nil {
				t.Errorf("the answer is %v %s", a.Header, a.body)
			}
		})
	}
}

// TestRespondedDocuments: what the receiver answered, as the sender reads it.
func TestRespondedDocuments(t *testing.T) {
	w := newWorld(t)
	id := w.sent("d-1", 5, 3)
	at := "/orders/" + string(id)
	w.post(seller, at+"/lines/1", `{"status":"RECEIVED","code":"AcceptedBackordered","expected_date":"2026-08-01","comment":"kommer"}`).want(t, http.StatusOK)
	for _, path := range []string{"/response", "/status-report"} {
		a := w.get(buyer, at+path).want(t, http.StatusOK)
		report, err := editx.Check([]byte(a.body), editx.Trade)
		if err != nil || report.Refused || a.Header.Get("Content-Type") != editx.MediaType {
			t.Errorf("%s: %+v, %v, %v", path, report, err, a.Header)
		}
		for _, text := range []string{"<ReferenceNumber>d-1<", "<StatusCode>AcceptedBackordered<", "<ExpectedShipDate>20260801<", "kommer"} {
			if !strings.Contains(a.body, text) {
				t.Errorf("%s has no %s:\n%s", path, text, a.body)
			}
		}
	}
	r, _, err := editx.DecodeResponse([]byte(w.get(seller, "/v2"+at+"/response").body))
	if err != nil || len(r.Lines) != 2 || r.Lines[0].Mark.Answer.Code != "AcceptedBackordered" {
		t.Errorf("our own document is read as %+v, %v", r, err)
	}
}

func TestRespondRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("rr-1", 5, 3)
	w.post(seller, "/orders/"+string(id)+"/lines/2", `{"status":"FULFILLED_BLOCKED"}`).want(t, 200)
	to := func(body string, header ...string) call {
		return call{method: "POST", path: "/orders/" + string(id) + "/response", as: seller, body: body, header: header}
	}
	good := responseXML("rr-1", responseLine(1, 5, "AcceptedShipping"))
	asBuyer := to(good)
	asBuyer.as = buyer
	w.refuse(t, id, []refusal{
		{"empty", to(""), 400, "xml-empty", "order response"},
		{"blank", to(" \n"), 400, "xml-empty", "empty"},
		{"JSON", to(`{"status":"RECEIVED"}`), 415, "media-type", "order response"},
		{"multipart", to("--x", "Content-Type: multipart/form-data; boundary=x"), 415, "media-type", "multipart"},
		{"gzip", to(good, "Content-Encoding: gzip"), 400, "encoding-malformed", "not gzip"},
		{"cut off", to(good[:len(good)-20]), 400, "xml-malformed", "Line"},
		{"an order", to(orderXML("rr-1", 1)), 422, "editx-root", "OrderResponse"},
		{"too large", to("<OrderResponse>" + strings.Repeat(" ", editx.MaxBytes) + "</OrderResponse>"), 413, "body-too-large", "5 MiB"},
		{"no lines", to(responseXML("rr-1")), 422, "editx-content", "ItemDetail"},
		{"another order", to(responseXML("rr-2", responseLine(1, 5, "AcceptedShipping"))), 422, "order-number-differs", "rr-2"},
		{"no such line", to(responseXML("rr-1", responseLine(1, 5, "AcceptedShipping"), responseLine(9, 5, "AcceptedShipping"))), 422, "line-unknown", "1 to 2"},
		{"line twice", to(responseXML("rr-1", responseLine(1, 5, "AcceptedShipping"), responseLine(1, 5, "AcceptedShipping"))), 422, "editx-content", "both speak"},
		{"code unknown", to(responseXML("rr-1", responseLine(1, 5, "Later"))), 422, "editx-content", "Later"},
		{"shares that do not add up", to(responseXML("rr-1", responseLine(1, 5, "AcceptedShipping", "<QuantityShipping>4</QuantityShipping>"))), 422, "editx-content", "4 shipping"},
		{"quantity of another order", to(responseXML("rr-1", responseLine(1, 4, "AcceptedShipping", "<QuantityShipping>4</QuantityShipping>"))), 422, "answer-invalid", "5 ordered"},
		{"blocked line beside a good one", to(responseXML("rr-1", responseLine(1, 5, "AcceptedShipping"), responseLine(2, 3, "CanceledSold"))), 409, "line-blocked", "FULFILLED_BLOCKED"},
		{"several faults", to(responseXML("rr-1", responseLine(8, 5, "AcceptedShipping"), responseLine(9, 3, "CanceledSold"))), 422, "answers-refused", "2 of the lines"},
		{"a test document", to(strings.Replace(good, ">Original<", ">Test<", 1)), 422, "editx-test", "test document"},
		{"the sender", asBuyer, 403, "not-receiver", "900877"},
		{"If-Match stale", to(good, `If-Match: "r1-response"`), 412, "stale", "r3-hal"},
		{"If-Match broken", to(good, `If-Match: r3-hal`), 400, "if-match-invalid", "quotes"},
	})
	p := w.do(to(responseXML("rr-1", responseLine(1, 5, "Later")))).problem(t, 422, "editx-content")
	if len(p.Errors) != 1 || p.Errors[0].Line == 0 || !strings.Contains(p.Errors[0].Path, "OrderLineStatusCoded") {
		t.Errorf("the fault has no place: %+v", p.Errors)
	}
}

// TestCancel: the sender withdraws lines, then all that is open.
func TestCancel(t *testing.T) {
	for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		t.Run(surface, func(t *testing.T) {
			w := newWorld(t)
			id := w.sent("c-1", 5, 3)
			at := surface + "/" + string(id)
			a := w.post(buyer, at+"/cancellation", cancellationXML("c-1", [2]int{1, 2}), "If-Match: "+w.get(buyer, at).Header.Get("ETag")).want(t, http.StatusOK)
			if a.body != "" || a.Header.Get("ETag") != w.get(buyer, at).Header.Get("ETag") {
				t.Errorf("the answer is %v %q", a.Header, a.body)
			}
			w.post(buyer, at+"/cancellation", "").want(t, http.StatusOK)
			wantLines(t, w.lines(id), "1 5 SENT  ", "2 3 SENT  ", "3 -2 REQUESTED  ", "4 -3 REQUESTED  ", "5 -3 REQUESTED  ")
		})
	}
}

func TestCancelRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("cc-1", 5, 3)
	w.post(seller, "/orders/"+string(id)+"/lines/2", `{"status":"FULFILLED"}`).want(t, 200)
	done := w.sent("cc-2", 1)
	w.post(seller, "/orders/"+string(done)+"/lines/1", `{"status":"FULFILLED"}`).want(t, 200)
	to := func(body string, header ...string) call {
		return call{method: "POST", path: "/orders/" + string(id) + "/cancellation", as: buyer, body: body, header: header}
	}
	good := cancellationXML("cc-1", [2]int{1, 2})
	asSeller, after := to(good), to("")
	asSeller.as, after.path = seller, "/orders/"+string(done)+"/cancellation"
	w.refuse(t, id, []refusal{
		{"blank", to(" \n"), 400, "xml-empty", "order cancellation"},
		{"JSON", to(`{}`), 415, "media-type", "order cancellation"},
		{"gzip", to(good, "Content-Encoding: gzip"), 400, "encoding-malformed", "not gzip"},
		{"cut off", to(good[:len(good)-20]), 400, "xml-malformed", "Line"},
		{"an order", to(orderXML("cc-1", 1)), 422, "editx-root", "OrderCancelation"},
		{"too large", to("<OrderCancelation>" + strings.Repeat(" ", editx.MaxBytes)), 413, "body-too-large", "5 MiB"},
		{"another order", to(cancellationXML("cc-9", [2]int{1, 2})), 422, "order-number-differs", "cc-9"},
		{"no such line", to(cancellationXML("cc-1", [2]int{9, 2})), 422, "line-unknown", "1 to 2"},
		{"more than there are", to(cancellationXML("cc-1", [2]int{1, 6})), 403, "reduction-too-large", "5 remain"},
		{"a good line and a fulfilled one", to(cancellationXML("cc-1", [2]int{1, 2}, [2]int{2, 1})), 403, "line-not-open", "FULFILLED"},
		{"all of a fulfilled order", after, 403, "nothing-to-cancel", "FULFILLED"},
		{"the receiver", asSeller, 403, "not-sender", "7045"},
		{"If-Match stale", to(good, `If-Match: "r1-hal"`), 412, "stale", "r3-hal"},
		{"If-Match stale, whole order", to("", `If-Match: "r1-hal"`), 412, "stale", "r3-hal"},
	})
}
