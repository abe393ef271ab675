package montly

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// TestPaths asks under each spelling of a path.
func TestPaths(t *testing.T) {
	w := newWorld(t)
	w.place("good", "A-1", nil)
	for path, want := range map[string]int{
		"/v1/config": 200, "/v1/Config": 200, "/V1/CONFIG": 200, "/montly/v1/config": 200, "/v1/config/": 200, "/v1//tariffs": 200, "/montly/v1/Tariffs": 200,
		"/v1/orders/A-1/status": 200, "/V1/Orders/A-1/Status": 200, "/montly/v1/orders/A-1/status": 200, "/v1/orders/a-1/status": 404, "/v1/orders//status": 404, "/v1/orders/%41-1/status": 200,
	} {
		if a := w.call("good", http.MethodGet, path, nil); a.status != want {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.raw, want)
		}
	}
	for path, allow := range map[string]string{"/v1/orders": "OPTIONS, POST", "/v1/Orders/A-1/Cancel": "OPTIONS, POST", "/v1/orders/A-1/status": "GET, HEAD, OPTIONS"} {
		if a := w.call("good", http.MethodDelete, path, nil); a.status != http.StatusMethodNotAllowed || a.code() != codeMethod || a.header.Get("Allow") != allow {
			t.Errorf("%s: %d %s, Allow %q, want %q", path, a.status, a.raw, a.header.Get("Allow"), allow)
		}
	}
}

// TestOrderIDsInPaths takes every id that a shop may choose through all calls.
func TestOrderIDsInPaths(t *testing.T) {
	w := newWorld(t)
	for id, path := range map[string]string{
		"1001": "1001", "2026/17": "2026/17", "2026/11": "2026%2F11", "2026/12/1": "2026%2f12%2F1", "2026/13/a b": "2026/13%2Fa%20b", "ø/50%": "%C3%B8%2f50%25", "a?/b#": "a%3F%2Fb%23", "a/%2f": "a%2F%252f", "a~/b;c,d": "a~%2Fb;c,d", "A/1/cancel": "%41%2F1%2Fcancel", "a b": "a%20b", "å": "%C3%A5", "status": "status", "x/cancel": "x/cancel", "50%": "50%25", "a?b": "a%3Fb", "a#b": "a%23b", "%2f": "%252f", "...": "...",
	} {
		o := w.place("good", id, nil)
		w.accept(o)
		if a := w.call("good", http.MethodGet, "/v1/orders/"+path+"/status", nil); a.status != 200 || !strings.Contains(a.raw, `"status":"accepted"`) {
			t.Errorf("%s: %d %s", id, a.status, a.raw)
		}
		for _, spelt := range []string{"/montly/v1/orders/" + path + "/status", "//v1//Orders/" + path + "/Status/", "/v1/%6Frders/" + path + "/status"} {
			if a := w.call("good", http.MethodGet, spelt, nil); a.status != 200 {
				t.Errorf("%s: %d %s", spelt, a.status, a.raw)
			}
		}
		w.sign(o)
		w.want(http.StatusNoContent, http.MethodPost, "/v1/orders/"+path+"/shipped", "")
		w.place("good", id+"-2", nil)
		w.want(http.StatusOK, http.MethodPost, "/v1/orders/"+path+"-2/cancel", "")
		if a := w.call("good", http.MethodDelete, "/v1/orders/"+path+"/status", nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD, OPTIONS" || a.code() != codeMethod {
			t.Errorf("%s: %d %s, Allow %q", path, a.status, a.raw, a.header.Get("Allow"))
		}
	}
}

// TestSlashesOfNames: an encoded slash is part of the name, and parts no path.
func TestSlashesOfNames(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"a/b", "a", "a/b/status"} {
		w.place("good", id, nil)
	}
	for path, want := range map[string]int{
		"/v1/orders/a/b/status": 200, "/v1/orders/a%2Fb/status": 200, "/v1/orders/a%2fb/status": 200, "/v1/orders/a%2Fb%2Fstatus/status": 200,
		"/v1/orders/a%2Fb%2Fstatus": 404, "/v1/orders/a%2Fstatus": 404, "/v1/orders%2Fa/status": 404, "/v1%2Forders/a/status": 404, "/%2Fv1/orders/a/status": 404, "/montly%2Fv1/orders/a/status": 404,
		"/v1/orders/a%252Fb/status": 404, "/v1/orders/%2Fa/status": 404, "/v1/orders/a%2F/status": 404, "/v1/orders/a%2F%2Fb/status": 404, "/v1/orders/a%2F..%2Fa/status": 404, "/v1/orders/a%2F%2E%2E%2Fa/status": 404, "/v1/orders/..%2Fa/status": 404,
		"/v1/orders/a%2Fb%00/status": 404, "/v1/orders/a%2Fb%0d%0a/status": 404, "/v1/orders/a%5Cb/status": 404, "/v1/tariffs%2F": 404, "/v1/config/%2F": 404,
	} {
		if a := w.call("good", http.MethodGet, path, nil); a.status != want || a.header.Get("Location") != "" {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.raw, want)
		}
	}
}

// TestBodiesOfCancel takes any body and none.
func TestBodiesOfCancel(t *testing.T) {
	w := newWorld(t)
	for n, body := range []string{"", "[]", "{}", "null", "not JSON", `{"a":1,}`, strings.Repeat("x", 100_000)} {
		o := w.place("good", digits(n), nil)
		w.want(http.StatusOK, http.MethodPost, "/v1/orders/"+o.Number+"/cancel", body)
		if o = w.core("good", o.Number); state(&o) != cancelled || o.Lines[0].Answer.Comment != cancelComment {
			t.Errorf("%.20s: %s", body, state(&o))
		}
	}
}

// TestBodiesOfShipped ships with every kind of body, and twice: the first time
// counts.
func TestBodiesOfShipped(t *testing.T) {
	w := newWorld(t)
	for n, c := range []struct{ body, at string }{
		{"", ""}, {"[]", ""}, {"{}", ""}, {"null", ""}, {" \n", ""}, {`{"shippedAt":null}`, ""}, {`{"other":1}`, ""},
		{`{"shippedAt":"2017-07-20T13:37:00.000Z"}`, "2017-07-20T13:37:00.000Z"}, {`{"shippedAt":"2017-07-20T15:37:00+02:00"}`, "2017-07-20T13:37:00.000Z"}, {`{"shippedAt":"2099-01-01"}`, "2099-01-01T00:00:00.000Z"},
	} {
		o := w.bring(digits(n), signed)
		path := "/v1/orders/" + o.Number + "/shipped"
		w.want(http.StatusNoContent, http.MethodPost, path, c.body)
		first := w.core("good", o.Number).Attributes[attrShipped]
		if _, err := time.Parse(time.RFC3339, first); err != nil || c.at != "" && first != c.at || c.at == "" && !strings.HasPrefix(first, "2020-06-01T1") {
			t.Errorf("%s: shipped at %q, want %q", c.body, first, c.at)
		}
		w.want(http.StatusNoContent, http.MethodPost, path, `{"shippedAt":"2020-01-01T00:00:00Z"}`)
		if again := w.core("good", o.Number).Attributes[attrShipped]; again != first {
			t.Errorf("%s: shipped again at %q", c.body, again)
		}
	}
	o := w.bring("bad", signed)
	for body, want := range map[string]string{`{"shippedAt":"yesterday"}`: codeInvalid, `{"shippedAt":1500557820}`: codeInvalid, `{"shippedAt":""}`: codeInvalid, `{"shippedAt":`: codeRequest, "now": codeRequest, `["x"]`: codeRequest} {
		a := w.call("good", http.MethodPost, "/v1/orders/bad/shipped", body)
		if a.status != http.StatusBadRequest || a.code() != want || want == codeInvalid && !slices.Equal(a.fields(), []string{"shippedAt"}) {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
	if o = w.core("good", "bad"); isShipped(&o) {
		t.Error("a bad time ships")
	}
}

// TestRefusedOrdersAreNotStored counts the orders behind refusals of every kind.
func TestRefusedOrdersAreNotStored(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   any
		status int
		code   string
	}{
		"no body": {"", 400, codeRequest}, "a list": {"[1]", 400, codeRequest}, "an empty list": {"[]", 400, codeInvalid}, "twice": {`{"orderId":"1","orderId":"1"}`, 400, codeRequest},
		"a field": {request("1", func(o map[string]any) { delete(o, "phone") }), 400, codeInvalid}, "an amount": {request("1", func(o map[string]any) { o["totalAmount"] = 599_999 }), 400, codeInvalid},
		"3 MiB": {`{"orderId":"` + strings.Repeat("x", 3<<20) + `"}`, 413, codeRequest},
	} {
		if a := w.call("good", http.MethodPost, "/v1/orders", c.body); a.status != c.status || a.code() != c.code || !strings.Contains(a.raw, `"fields":[`) {
			t.Errorf("%s: %d %.300s", name, a.status, a.raw)
		}
	}
	if n := w.stored(kontor, Source); n != 0 {
		t.Errorf("%d orders are stored", n)
	}
	w.place("good", "1", nil) // a refusal does not burn the number
}

// TestOneOfManyIsStored sends one order from 32 clients at once.
func TestOneOfManyIsStored(t *testing.T) {
	w := newWorld(t)
	answers := make([]answer, 32)
	var clients sync.WaitGroup
	for i := range answers {
		clients.Go(func() {
			answers[i] = w.call("good", http.MethodPost, "/v1/orders", request("1001", func(o map[string]any) {
				if i%2 == 1 { // half of them say the very same, half something else
					o["company"] = "Company " + digits(i)
				}
			}))
		})
	}
	clients.Wait()
	made := 0
	for _, a := range answers {
		switch {
		case a.status == http.StatusCreated:
			made++
		case a.status != http.StatusBadRequest || a.code() != codeInvalid || !slices.Equal(a.fields(), []string{"orderId"}):
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	if n := w.stored(kontor, Source); made != 1 || n != 1 {
		t.Errorf("%d were answered with an order, %d are stored", made, n)
	}
}

// TestNumbersAreOfOneShop lets two shops, and test orders, have the same number.
func TestNumbersAreOfOneShop(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, "live", Permissions()...)
	for _, key := range []string{"good", "foreign", "test"} {
		if a := w.call(key, http.MethodPost, "/v1/orders", request("1001", nil)); a.status != http.StatusCreated {
			t.Errorf("%s: %d %s", key, a.status, a.raw)
		}
	}
	if w.stored(kontor, Source) != 1 || w.stored(kontor, order.SourceOf(Source, true)) != 1 || w.stored(other, Source) != 1 {
		t.Error("not one each")
	}
}

// TestErasedNumberStaysUsed sends an order again whose personal data were
// erased, and asks where it stands.
func TestErasedNumberStaysUsed(t *testing.T) {
	w := newWorld(t)
	o := w.bring("1001", declined)
	_, err := w.Exchange.Erase(t.Context(), operator, o.ID, "case 7")
	check(t, err)
	if a := w.call("good", http.MethodPost, "/v1/orders", request("1001", nil)); a.code() != codeInvalid || !slices.Equal(a.fields(), []string{"orderId"}) {
		t.Errorf("%d %s", a.status, a.raw)
	}
	a := w.call("good", http.MethodGet, "/v1/orders/1001/status", nil)
	if a.status != 200 || !strings.Contains(a.raw, `"status":"declined"`) || !strings.Contains(a.raw, `{"code":"DECLINED","setAt":"2020-`) || strings.Contains(a.raw, "credit") {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

// TestStatuses shows every step with its time, and why one was declined.
func TestStatuses(t *testing.T) {
	w := newWorld(t)
	for at, codes := range map[string]string{
		pending: "", accepted: "ACCEPTED", signed: "ACCEPTED SIGNED", shipped: "ACCEPTED SIGNED SHIPPED", deliveryApproved: "ACCEPTED SIGNED SHIPPED DELIVERY_APPROVED",
		declined: "DECLINED", cancelled: "CANCELLED",
	} {
		o := w.bring("of-"+at, at)
		s := newStatusResponse(&o)
		var set []string
		for _, st := range s.Statuses {
			if st.SetAt != nil {
				set = append(set, st.Code)
			}
			if (st.Message != nil) != (st.Code == "DECLINED" && at == declined) {
				t.Errorf("%s: %+v", at, st)
			}
		}
		word := at
		if at == shipped {
			word = signed
		}
		if s.Status != word || s.OrderID != o.Number || len(s.Statuses) != 6 || strings.Join(set, " ") != codes {
			t.Errorf("%s: %+v", at, s)
		}
	}
	if a := w.call("good", http.MethodGet, "/v1/orders/of-declined/status", nil); !strings.Contains(a.raw, `"message":"No credit & no <collateral>"`) {
		t.Errorf("%s", a.raw)
	}
}

// TestTariffsOfAShop prices by the shop's own table from the moment on that it is
// set.
func TestTariffsOfAShop(t *testing.T) {
	w := newWorld(t)
	before := w.place("good", "1", nil)
	table, err := ParseTable([]string{"36=3.04", "24=4.47"})
	check(t, err)
	check(t, w.DB.SetTariffs(t.Context(), kontor, table, webhook.Broadcast{}))
	for number, c := range map[string]struct {
		months any
		want   string
	}{"2": {"24", `{"orderId":"2","monthlyAmount":45147}`}, "3": {36, `{"orderId":"3","monthlyAmount":30704}`}} {
		if a := w.call("good", http.MethodPost, "/v1/orders", request(number, func(o map[string]any) { o["months"] = c.months })); a.raw != c.want {
			t.Errorf("%v months: %s, want %s", c.months, a.raw, c.want)
		}
	}
	if a := w.call("good", http.MethodPost, "/v1/orders", request("4", func(o map[string]any) { o["months"] = 48 })); !slices.Equal(a.fields(), []string{"months"}) || !strings.Contains(a.raw, "24, 36 months") {
		t.Errorf("48 months: %s", a.raw)
	}
	if a := w.call("good", http.MethodGet, "/v1/tariffs", nil); a.raw != `{"tariffs":[{"months":24,"tariff":4.47},{"months":36,"tariff":3.04}]}` {
		t.Error(a.raw)
	}
	if after := w.core("good", "1"); after.Attributes[attrMonthly] != "50500" || after.Attributes[attrMonthly] != before.Attributes[attrMonthly] {
		t.Errorf("the price of an order changed to %s", after.Attributes[attrMonthly])
	}
	w.Key("foreign", other, Source, "live", Permissions()...)
	if a := w.call("foreign", http.MethodGet, "/v1/tariffs", nil); a.raw != `{"tariffs":[{"months":24,"tariff":5}]}` {
		t.Errorf("another shop: %s", a.raw)
	}
}

// TestWarningsAreLogged submits orders with another tariff and with sums that do not
// add up, and says so in the log; a strict exchange refuses the latter.
func TestWarningsAreLogged(t *testing.T) {
	coupon := func(o map[string]any) { o["totalAmount"], o["tariff"] = 900_000, 1.1 }
	w := newWorld(t)
	o := w.place("good", "1", coupon)
	if !strings.Contains(o.Attributes[attrSums], "900000 does not add up: the parts give 1010000 on totalAmount") || o.Attributes[attrTariff] != "1.1" || o.Attributes[attrPercent] != "5" || o.Attributes[attrMonthly] != "45000" {
		t.Errorf("%v", o.Attributes)
	}
	if !w.log.WaitFor("do not add up") || !w.log.WaitFor("has the tariff 1.1, and 5 is in force") {
		t.Error("the log says nothing")
	}
	if plain := w.place("good", "2", nil); plain.Attributes[attrSums] != "" {
		t.Errorf("%v", plain.Attributes)
	}
	strict := newWorld(t, func(c *Config) { c.StrictSums, c.LegalOnly = true, true })
	if a := strict.call("good", http.MethodPost, "/v1/orders", request("1", coupon)); a.code() != codeInvalid || !slices.Equal(a.fields(), []string{"totalAmount"}) || strict.stored(kontor, Source) != 0 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := strict.call("good", http.MethodPost, "/v1/orders", request("1", func(o map[string]any) { o["orgNumber"] = "811218-9876" })); !slices.Equal(a.fields(), []string{"orgNumber"}) {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

// TestReasonOfADecline accepts one line and refuses more.
func TestReasonOfADecline(t *testing.T) {
	w := newWorld(t)
	o := w.place("good", "1", nil)
	for _, bad := range []string{"a\nb", " a", strings.Repeat("x", maxReason+1)} {
		if _, err := w.api.Decline(t.Context(), operator, o.ID, bad); codeOf(err) != "lease-reason" {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := w.api.Accept(t.Context(), operator, order.NewID(time.Now())); order.KindOf(err) != order.NotFound {
		t.Errorf("an order that is not there: %v", err)
	}
	got, err := w.api.Decline(t.Context(), operator, o.ID, "No credit")
	if err != nil || got.OnHold || got.Status != order.Rejected || got.Lines[1].Answer.Comment != "No credit" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDocumentIsStored returns the request as it came, to the shop.
func TestDocumentIsStored(t *testing.T) {
	w := newWorld(t)
	const body = "plugin-create"
	w.raw(t, "good", body)
	o := w.core("good", "1742")
	doc, err := w.Exchange.Document(t.Context(), kontor, o.ID)
	check(t, err)
	if doc.MediaType != "application/json" || !strings.HasPrefix(string(doc.Body), `{"orderId":"1742","firstName":"Karin","lastName":"\u00c5berg"`) || !strings.Contains(string(doc.Body), "attributes") {
		t.Errorf("%s %s", doc.MediaType, doc.Body)
	}
}
