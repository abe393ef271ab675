package boknett

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/order"
)

// refusal is a bad request and what must come of it.
type refusal struct {
	name   string
	call   call
	status int
	code   string
	says   string // in detail or hint
}

// refuse sends bad requests and checks that each answer says what is wrong with it
// and that nothing has changed.
func (w *world) refuse(t *testing.T, id order.ID, refusals []refusal) {
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			w.in(t)
			before := w.state(id)
			p := w.do(r.call).problem(t, r.status, r.code)
			if !strings.Contains(p.Detail+" "+p.Hint, r.says) {
				t.Errorf("got %q, %q, want %q in it", p.Detail, p.Hint, r.says)
			}
			for _, inside := range []string{"json:", "strconv", "encoding/", "net/http", "sql", "EOF", "/work/", ".go:"} {
				if strings.Contains(p.Detail+p.Hint, inside) {
					t.Errorf("the answer shows the inside: %q, %q", p.Detail, p.Hint)
				}
			}
			if after := w.state(id); after != before {
				t.Errorf("a refused request changed\n%s\nto\n%s", before, after)
			}
		})
	}
}

func TestListRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("list-1", 1)
	foreign := w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000").Header.Get("Next")
	mine := w.get(buyer, "/orders?mode=SENT_BY_ME&fromDate=20260101000000").Header.Get("Next")
	epoch, err := w.db.Epoch(t.Context())
	check(t, err)
	future := w.api.signer.cursor(buyer, order.SentByMe, position{1000, epoch})
	const by = "?mode=SENT_BY_ME&fromDate=20260101000000"
	for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders", "/orders/message", "/v2/orders/message"} {
		get := func(query string) call { return call{method: "GET", path: surface + query, as: buyer} }
		if surface != "/v2/orders" {
			w.refuse(t, id, []refusal{
				{surface + " no mode", get("?fromDate=20260101000000"), 400, "mode-missing", "SENT_TO_ME"},
				{surface + " mode empty", get("?mode=&fromDate=20260101000000"), 400, "mode-missing", "SENT_TO_ME"},
			})
		}
		w.refuse(t, id, []refusal{
			{surface + " mode unknown", get("?mode=MINE&fromDate=20260101000000"), 400, "mode-invalid", `got "MINE"`},
			{surface + " mode twice", get(by + "&mode=ALL"), 400, "parameter-repeated", "mode"},
			{surface + " fromDate twice", get(by + "&fromDate=20260101000001"), 400, "parameter-repeated", "20260101000001"},
			{surface + " fromDate with dashes", get("?mode=ALL&fromDate=2015-01-01"), 400, "fromdate-invalid", "did you mean 20150101000000?"},
			{surface + " fromDate in no calendar", get("?mode=ALL&fromDate=20150231120000"), 400, "fromdate-invalid", "February 2015 has 28 days."},
			{surface + " fromDate and updatedDate", get(by + "&updatedDate=20260101000001"), 400, "fromdate-twice", "updatedDate"},
			{surface + " pagesize 0", get(by + "&pagesize=0"), 400, "pagesize-invalid", "1 to 1000"},
			{surface + " pagesize negative", get(by + "&pagesize=-5"), 400, "pagesize-invalid", `got "-5"`},
			{surface + " pagesize plus", get(by + "&pagesize=%2B5"), 400, "pagesize-invalid", `got "+5"`},
			{surface + " pagesize garbage", get(by + "&pagesize=many"), 400, "pagesize-invalid", `got "many"`},
			{surface + " cursor damaged", get("?mode=SENT_BY_ME&next=" + mine[1:]), 400, "cursor-invalid", "damaged"},
			{surface + " cursor of another party", get("?mode=SENT_TO_ME&next=" + foreign), 400, "cursor-invalid", "7045"},
			{surface + " cursor of another mode", get("?mode=ALL&next=" + mine), 400, "cursor-invalid", "mode=SENT_BY_ME"},
			{surface + " cursor from the future", get("?mode=SENT_BY_ME&next=" + future), 400, "cursor-invalid", "change 1000"},
			{surface + " NUL in a parameter", get("?mode=%00"), 400, "mode-invalid", "got"},
		})
	}
	w.refuse(t, id, []refusal{
		{"no fromDate", call{method: "GET", path: "/orders?mode=ALL", as: buyer}, 400, "fromdate-missing", "fromDate=20260601000000"},
		{"bad escape", call{method: "GET", path: "/orders?mode=ALL&fromDate=2026%zz", as: buyer}, 400, "fromdate-invalid", "14 digits"},
	})
}

func TestAuthorizationRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("auth-1", 1)
	for _, c := range []call{
		{method: "GET", path: "/orders?mode=ALL&fromDate=20260101000000"}, {method: "GET", path: "/v2/orders?mode=ALL"},
		{method: "POST", path: "/orders", body: orderXML("auth-2", 1)}, {method: "GET", path: "/orders/" + string(id)},
		{method: "GET", path: "/orders/" + string(id) + "/editx"}, {method: "GET", path: "/orders/" + string(id) + "/editx/original"},
		{method: "POST", path: "/orders/" + string(id) + "/lines/1", body: `{"status":"RECEIVED"}`},
		{method: "POST", path: "/orders/" + string(id) + "/update", body: `{"ean":"9788202337926","number":-1}`},
		{method: "GET", path: "/v2/orders/" + string(id) + "/history"},
		{method: "GET", path: "/v2/orders/message?mode=ALL"}, {method: "POST", path: "/orders", body: messageXML("ref", 1, orderXML("auth-3", 1))},
		{method: "GET", path: "/orders/" + string(id) + "/response"}, {method: "POST", path: "/orders/" + string(id) + "/response", body: responseXML("auth-1")},
		{method: "GET", path: "/orders/" + string(id) + "/status-report"}, {method: "POST", path: "/orders/" + string(id) + "/cancellation"},
	} {
		for header, want := range map[string]struct{ code, says string }{
			"X-None: 1":                         {"credential-missing", "/v1/tickets"},
			"Authorization: " + ticketOf(buyer): {"credential-malformed", "Boknett TGT-"},
			"Authorization: Boknett":            {"credential-malformed", "Boknett TGT-"},
			"Authorization: Boknett a b":        {"credential-malformed", "Boknett TGT-"},
			"Authorization: Basic a2FyaTpz":     {"credential-malformed", "scheme is Basic"},
			"Authorization: Boknett TGT-1":      {"ticket-unknown", "/v1/tickets"},
			"Authorization: Bearer bkt_nobody":  {"ticket-unknown", "/oauth/token"},
		} {
			c.header = []string{header, "Date: nonsense"}
			a := w.do(c)
			if p := a.problem(t, 401, want.code); !strings.Contains(p.Detail+p.Hint, want.says) || strings.Contains(a.body, ticketOf(buyer)) {
				t.Errorf("%s %s: %+v", c.method, header, p)
			}
			if a.Header.Get("WWW-Authenticate") != challenge {
				t.Errorf("WWW-Authenticate %q", a.Header.Get("WWW-Authenticate"))
			}
		}
	}
	two := w.raw(buyer, "GET /orders HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nAuthorization: Boknett TICKET\nDate: DATE\n\n")
	begins(t, two, "401")
}

func TestSubmitRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("sub-1", 1)
	post := func(body string, header ...string) call {
		return call{method: "POST", path: "/orders", as: buyer, body: body, header: header}
	}
	w.refuse(t, id, []refusal{
		{"empty", post(""), 400, "xml-empty", "--data-binary"},
		{"blank", post("\xef\xbb\xbf \n"), 400, "xml-empty", "empty"},
		{"JSON", post(`{"orderNumber":1}`, "Content-Type: application/json"), 415, "media-type", "JSON"},
		{"JSON list", post(`[]`), 415, "media-type", "JSON"},
		{"multipart", post("--x\r\n\r\n<Order/>", "Content-Type: multipart/form-data; boundary=x"), 415, "media-type", "multipart"},
		{"gzip said", post(orderXML("z", 1), "Content-Encoding: gzip"), 400, "encoding-malformed", "not gzip"},
		{"deflate", post(orderXML("z", 1), "Content-Encoding: deflate"), 415, "encoding-unsupported", "deflate"},
		{"gzip not said", post("\x1f\x8b\x08\x00"), 415, "encoding-unsupported", "gzip"},
		{"text", post("please send two copies"), 400, "xml-malformed", ""},
		{"cut off", post(orderXML("cut", 1)[:300]), 400, "xml-malformed", "Line"},
		{"DOCTYPE", post(`<!DOCTYPE a [<!ENTITY b "c">]><Order/>`), 400, "xml-hostile", "DOCTYPE"},
		{"entity bomb", post(`<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><Order>&b;</Order>`), 400, "xml-hostile", "DOCTYPE"},
		{"declaration inside a value", post(strings.Replace(orderXML("pi", 1), ">97882", ">978<?xml version=\"1.0\"?>82", 1)), 400, "xml-malformed", "declaration"},
		{"two roots", post(orderXML("two", 1) + "<Order/>"), 400, "xml-malformed", "Line"},
		{"too deep", post("<Order>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</Order>"), 413, "xml-limit", "32 elements"},
		{"UTF-32 declared", post(`<?xml version="1.0" encoding="UTF-32"?><Order/>`), 400, "xml-encoding", "UTF-32"},
		{"other root", post(`<Invoice version="1.3"/>`), 422, "editx-root", "Invoice"},
		{"no lines", post(orderXML("none")), 422, "editx-content", ""},
		{"quantity 0", post(orderXML("zero", 0)), 422, "editx-content", ""},
		{"another buyer", post(strings.ReplaceAll(orderXML("other", 1), ">7045<", ">116<")), 422, "buyer-not-sender", "116"},
		{"unknown buyer", post(strings.ReplaceAll(orderXML("other", 1), ">7045<", ">999<")), 422, "buyer-not-sender", "999"},
		{"too large", post("<Order>" + strings.Repeat(" ", editx.MaxBytes) + "</Order>"), 413, "body-too-large", "5 MiB"},
		{"same number, other content", post(orderXML("sub-1", 9)), 409, "duplicate-number", string(id)},
	})
	t.Run("too large and chunked", func(t *testing.T) {
		req, err := http.NewRequest("POST", w.server.URL+"/orders", io.LimitReader(endless{}, editx.MaxBytes+10))
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+tokenOf(buyer))
		rec := httptest.NewRecorder()
		w.server.Config.Handler.ServeHTTP(rec, req)
		answer{rec.Result(), rec.Body.String()}.withRequest(req).problem(t, 413, "body-too-large")
	})
}

type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

func (a answer) withRequest(r *http.Request) answer {
	a.Request = r
	return a
}

// TestSlowBody: a body that stands still is no body that is too large.
func TestSlowBody(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	slow := httptest.NewUnstartedServer(w.server.Config.Handler)
	slow.Config.ReadTimeout = 200 * time.Millisecond
	slow.Start()
	defer slow.Close()
	conn, err := net.Dial("tcp", slow.Listener.Addr().String())
	check(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, w.fill(buyer, "POST /orders HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\nContent-Length: 1000\n\n<Order"))
	check(t, err)
	raw := dialecttest.ReadWire(t, conn, http.MethodPost)
	if begins(t, raw, "400"); !strings.Contains(raw, "body-unreadable") || !strings.Contains(raw, "stood still") {
		t.Errorf("got\n%s", raw)
	}
}

func TestMarkRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("mark-1", 2, 3)
	w.post(seller, "/orders/"+string(id)+"/lines/2", `{"status":"FULFILLED_BLOCKED"}`).want(t, 200)
	to := func(line, body string, header ...string) call {
		return call{method: "POST", path: "/orders/" + string(id) + "/lines/" + line, as: seller, body: body, header: header}
	}
	good := `{"status":"RECEIVED"}`
	epoch, err := w.db.Epoch(t.Context())
	check(t, err)
	asBuyer := to("1", good)
	asBuyer.as = buyer
	w.refuse(t, id, []refusal{
		{"empty", to("1", ""), 400, "json-malformed", "empty"},
		{"form", to("1", "status=RECEIVED"), 400, "json-malformed", "line 1, column 1"},
		{"bare key", to("1", `{"status":"RECEIVED","price":{amount: 250.15, tax: 25}}`), 400, "json-malformed", "the name amount without quotes"},
		{"two documents", to("1", good+good), 400, "json-malformed", "after the end"},
		{"duplicate key", to("1", `{"status":"REJECTED","status":"FULFILLED"}`), 400, "json-duplicate-key", "status"},
		{"too deep", to("1", `{"status":`+strings.Repeat("[", 1000)), 400, "json-too-deep", "8 levels"},
		{"too large", to("1", `{"status":"RECEIVED","comment":"`+strings.Repeat("x", maxJSON)+`"}`), 413, "body-too-large", "64 KiB"},
		{"gzip", to("1", good, "Content-Encoding: gzip"), 400, "encoding-malformed", "not gzip"},
		{"no status", to("1", `{"comment":"x"}`), 400, "status-missing", "RECEIVED"},
		{"status null", to("1", `{"status":null}`), 400, "status-missing", "RECEIVED"},
		{"status empty", to("1", `{"status":""}`), 400, "status-missing", "RECEIVED"},
		{"status number", to("1", `{"status":1}`), 422, "status-unknown", "number"},
		{"status near", to("1", `{"status":"FULFILED"}`), 422, "status-unknown", "Did you mean FULFILLED?"},
		{"status far", to("1", `{"status":"EATEN"}`), 422, "status-unknown", "FULLFILLED_ASSIGNED_ORGANIZATION"},
		{"status of the system", to("1", `{"status":"SENT"}`), 422, "status-unknown", "set by the exchange"},
		{"status PROCESSING", to("1", `{"status":"PROCESSING"}`), 422, "status-unknown", "UNPROCESSED"},
		{"status REQUESTED", to("1", `{"status":"REQUESTED"}`), 422, "status-unknown", "REQUESTED"},
		{"comment number", to("1", `{"status":"RECEIVED","comment":1}`), 422, "answer-invalid", "comment is a number"},
		{"comment long", to("1", `{"status":"RECEIVED","comment":"`+strings.Repeat("ø", 2001)+`"}`), 422, "answer-invalid", "2001 characters"},
		{"comment NUL", to("1", `{"status":"RECEIVED","comment":"\u0000"}`), 422, "answer-invalid", "control character"},
		{"day", to("1", `{"status":"RECEIVED","valid_from":"2026-02-30"}`), 422, "answer-invalid", "valid_from"},
		{"day with time", to("1", `{"status":"RECEIVED","valid_to":"2026-02-03T00:00:00Z"}`), 422, "answer-invalid", "valid_to"},
		{"day number", to("1", `{"status":"RECEIVED","valid_to":20260203}`), 422, "answer-invalid", "valid_to"},
		{"days turned", to("1", `{"status":"RECEIVED","valid_from":"2026-02-03","valid_to":"2026-02-02"}`), 422, "answer-invalid", "ends before"},
		{"price number", to("1", `{"status":"RECEIVED","price":250.15}`), 422, "answer-invalid", "object"},
		{"price without tax", to("1", `{"status":"RECEIVED","price":{"amount":250.15}}`), 422, "answer-invalid", "no tax"},
		{"price without amount", to("1", `{"status":"RECEIVED","price":{"tax":25}}`), 422, "answer-invalid", "no amount"},
		{"price negative", to("1", `{"status":"RECEIVED","price":{"amount":-0.01,"tax":25}}`), 422, "answer-invalid", "less than 0"},
		{"price comma", to("1", `{"status":"RECEIVED","price":{"amount":"250,15","tax":25}}`), 422, "answer-invalid", "full stop"},
		{"price exponent in quotes", to("1", `{"status":"RECEIVED","price":{"amount":"1e2","tax":25}}`), 422, "answer-invalid", "1e2"},
		{"price of a great exponent", to("1", `{"status":"RECEIVED","price":{"amount":1e400,"tax":25}}`), 422, "answer-invalid", "1e400"},
		{"price of a small exponent", to("1", `{"status":"RECEIVED","price":{"amount":1e-400,"tax":25}}`), 422, "answer-invalid", "1e-400"},
		{"price of an endless exponent", to("1", `{"status":"RECEIVED","price":{"amount":1E999999999,"tax":25}}`), 422, "answer-invalid", "1E999999999"},
		{"price too fine", to("1", `{"status":"RECEIVED","price":{"amount":0.1234567891,"tax":25}}`), 422, "answer-invalid", "is 0.1234567891, which has too many digits"},
		{"price huge", to("1", `{"status":"RECEIVED","price":{"amount":99999999999999999999,"tax":25}}`), 422, "answer-invalid", "99999999999999999999"},
		{"price boolean", to("1", `{"status":"RECEIVED","price":{"amount":true,"tax":25}}`), 422, "answer-invalid", "amount of the price is a boolean; it must be a number"},
		{"price of a list", to("1", `{"status":"RECEIVED","price":{"amount":250,"tax":[]}}`), 422, "answer-invalid", "tax of the price is a list; it must be a number"},
		{"line word", to("first", good), 404, "line-not-found", "first"},
		{"line 0", to("0", good), 404, "line-not-found", "0"},
		{"line negative", to("-1", good), 404, "line-not-found", "-1"},
		{"line huge", to("99999999999999999999", good), 404, "line-not-found", "999"},
		{"line absent", to("3", good), 404, "line-not-found", "1 to 2"},
		{"blocked", to("2", good), 409, "line-blocked", "FULFILLED_BLOCKED"},
		{"the sender", asBuyer, 403, "not-receiver", "900877"},
		{"If-Match stale", to("1", good, `If-Match: "r1-hal"`), 412, "stale", "r3-hal"},
		{"If-Match weak and stale", to("1", good, `If-Match: W/"r2-hal-`+epoch+`"`), 412, "stale", "r3-hal"},
		{"If-Match of another epoch", to("1", good, `If-Match: "r3-hal-k3j9x2pq"`), 412, "stale", "restored from a backup"},
		{"If-Match foreign", to("1", good, `If-Match: "abc"`), 412, "stale", "no ETag that an order has"},
		{"If-Match broken", to("1", good, `If-Match: r3-hal`), 400, "if-match-invalid", "quotes"},
		{"If-Match half broken", to("1", good, `If-Match: "r3-hal-`+epoch+`", r3-hal`), 400, "if-match-invalid", "quotes"},
	})
}

func TestReduceRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("red-1", 2, 3)
	w.post(seller, "/orders/"+string(id)+"/lines/2", `{"status":"FULFILLED_BLOCKED"}`).want(t, 200)
	waiting := w.submit("red-2", 2)
	to := func(path, body string, header ...string) call {
		return call{method: "POST", path: "/orders/" + string(id) + path, as: buyer, body: body, header: header}
	}
	good := `{"ean":"9788202337926","number":-1}`
	asSeller, unsent := to("/update", good), to("/update", good)
	asSeller.as, unsent.path = seller, "/orders/"+string(waiting)+"/update"
	w.refuse(t, id, []refusal{
		{"empty", to("/update", ""), 400, "json-malformed", "empty"},
		{"broken", to("/update", `{"ean":`), 400, "json-malformed", "end of the body"},
		{"no ean", to("/update", `{"number":-1}`), 400, "ean-missing", "ean"},
		{"ean blank", to("/update", `{"ean":" - ","number":-1}`), 400, "ean-missing", "ean"},
		{"ean and isbn", to("/update", `{"ean":"9788202337926","isbn":"9788202339296","number":-1}`), 400, "ean-twice", "two products"},
		{"no number", to("/update", `{"ean":"9788202337926"}`), 400, "number-missing", "-1"},
		{"number text", to("/update", `{"ean":"9788202337926","number":"-1"}`), 422, "number-invalid", "number is a string"},
		{"number positive", to("/update", `{"ean":"9788202337926","number":1}`), 422, "number-invalid", "got 1"},
		{"number zero", to("/update", `{"ean":"9788202337926","number":-0}`), 422, "number-invalid", "got -0"},
		{"number broken", to("/update", `{"ean":"9788202337926","number":-1.5}`), 422, "number-invalid", "got -1.5"},
		{"number exponent in quotes", to("/update", `{"ean":"9788202337926","number":"-1e0"}`), 422, "number-invalid", "number is a string"},
		{"number broken by its exponent", to("/update", `{"ean":"9788202337926","number":-1e-1}`), 422, "number-invalid", "got -1e-1"},
		{"number far too great", to("/update", `{"ean":"9788202337926","number":-1E999999999}`), 422, "number-invalid", "got -1E999999999"},
		{"number below int64", to("/update", `{"ean":"9788202337926","number":-9223372036854775808}`), 422, "number-invalid", "got -92"},
		{"more than remains", to("/update", `{"ean":"9788202337926","number":-3}`), 403, "reduction-too-large", "2 remain"},
		{"far more", to("/update", `{"ean":"9788202337926","number":-9223372036854775807}`), 403, "reduction-too-large", "2 remain"},
		{"not on the order", to("/update", `{"ean":"9788203192388","number":-1}`), 403, "product-not-on-order", "9788203192388"},
		{"no ean at all", to("/update", `{"ean":"abc","number":-1}`), 403, "product-not-on-order", "abc"},
		{"blocked", to("/update", `{"ean":"9788202339296","number":-1}`), 403, "line-blocked", "FULFILLED_BLOCKED"},
		{"line of another product", to("/update/2", good), 403, "product-not-on-order", "9788202337926"},
		{"line 0", to("/update/0", good), 404, "line-not-found", "0"},
		{"line word", to("/update/x", good), 404, "line-not-found", "x"},
		{"the receiver", asSeller, 403, "not-sender", "7045"},
		{"not sent", unsent, 403, "order-not-sent", "UNPROCESSED"},
		{"If-Match stale", to("/update", good, `If-Match: "r2-hal"`), 412, "stale", "r3-hal"},
	})
}

func TestLoginRefusals(t *testing.T) {
	w := newWorld(t)
	w.user("kari")
	id := w.sent("log-1", 1)
	post := func(body string, header ...string) call {
		return call{method: "POST", path: "/v1/tickets", body: body, header: header}
	}
	w.refuse(t, id, []refusal{
		{"empty", post(""), 400, "login-malformed", "username and password"},
		{"no password", post("username=kari"), 400, "login-malformed", "password"},
		{"no user", post("password=s"), 400, "login-malformed", "username"},
		{"broken JSON", post(`{"username":`), 400, "json-malformed", "end of the body"},
		{"too large", post("username=kari&password=" + strings.Repeat("x", maxForm)), 413, "body-too-large", "16 KiB"},
		{"long password", post("username=kari&password=" + strings.Repeat("x", 2000)), 400, "credentials-wrong", "percent-encoded"},
		{"long name", post("password=x&username=" + strings.Repeat("ø", 2000)), 400, "credentials-wrong", "wrong"},
		{"NUL in the name", post("username=%00&password=x"), 400, "credentials-wrong", "wrong"},
		{"gzip", post("username=kari&password=s", "Content-Encoding: gzip"), 400, "encoding-malformed", "not gzip"},
		{"GET", call{method: "GET", path: "/v1/tickets"}, 405, "method-not-allowed", "POST"},
	})
}
