package boknett

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const hookURL = "https://shop.example.no/bookgate"

// hook registers an endpoint of a party for all its events and returns its id.
func (w *world) hook(as order.PartyID) string {
	w.t.Helper()
	doc, err := hal.ParseWebhook([]byte(w.post(as, hal.WebhooksPath, `{"url":"`+hookURL+`"}`).want(w.t, http.StatusCreated).body))
	check(w.t, err)
	return doc.ID
}

// deliveriesOf lists an endpoint's deliveries.
func (w *world) deliveriesOf(as order.PartyID, endpoint, query string) hal.Deliveries {
	w.t.Helper()
	doc, err := hal.ParseDeliveries([]byte(w.get(as, hal.WebhooksPath+"/"+endpoint+"/deliveries"+query).want(w.t, http.StatusOK).body))
	check(w.t, err)
	return doc
}

// try settles the oldest delivery of an endpoint that is due, as a dispatcher
// would with the given answer.
func (w *world) try(endpoint string, status int, body string) {
	w.t.Helper()
	now := w.clock.Now()
	tasks, err := w.db.Claim(w.t.Context(), now, now.Add(time.Minute), webhook.Bounds{PerEndpoint: 1, PerParty: 10, Limit: 10})
	check(w.t, err)
	at := slices.IndexFunc(tasks, func(t webhook.Task) bool { return t.Endpoint.ID == endpoint })
	if at < 0 {
		w.t.Fatalf("nothing is due for %s", endpoint)
	}
	check(w.t, w.db.RecordAttempt(w.t.Context(), tasks[at].Endpoint.Party, tasks[at].Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.State, d.Finished, d.Attempts = webhook.Delivered, now, d.Attempts+1
		a := webhook.Attempt{At: now, Took: 12 * time.Millisecond, Status: status, Header: http.Header{"Content-Type": {"text/plain"}, "Set-Cookie": {"[redacted]"}}, Body: []byte(body)}
		if status != http.StatusOK {
			d.State, a.Error = webhook.Failed, fmt.Sprintf("answered %d", status)
		}
		return a
	}))
}

// TestGoldenWebhooks compares the bytes of every answer about webhooks with
// those in testdata.
func TestGoldenWebhooks(t *testing.T) {
	w := newWorld(t)
	head := " HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\n"
	send := func(as order.PartyID, method, path, body string) string {
		return dialecttest.Wire(w.t, w.server, w.fill(as, fmt.Sprintf("%s %s%sContent-Length: %d\n\n", method, path, head, len(body)))+body)
	}
	var endpoint, at, delivery string
	for _, step := range []struct {
		name string
		ask  func() string
	}{
		{"webhook-add", func() string {
			return send(seller, "POST", hal.WebhooksPath, `{"url":"`+hookURL+`","description":"ERP","events":["order.sent","order.line.*"],"headers":{"x-api-key":"very secret"}}`)
		}},
		{"webhook-list", func() string {
			all, err := hal.ParseWebhooks([]byte(w.get(seller, hal.WebhooksPath).want(t, http.StatusOK).body))
			check(t, err)
			endpoint = all.Embedded.Webhooks[0].ID
			at = hal.WebhooksPath + "/" + endpoint
			return send(seller, "GET", hal.WebhooksPath, "")
		}},
		{"webhook", func() string { return send(seller, "GET", at, "") }},
		{"webhook-change", func() string {
			return send(seller, "PATCH", at, `{"description":"new ERP","events":["order.*"],"headers":null}`)
		}},
		{"webhook-rotate", func() string { return send(seller, "POST", at+"/rotate", "") }},
		{"webhook-pause", func() string { return send(seller, "POST", at+"/pause", "") }},
		{"webhook-resume", func() string { return send(seller, "POST", at+"/resume", "") }},
		{"webhook-test", func() string { return send(seller, "POST", at+"/test", "") }},
		{"deliveries", func() string {
			w.try(endpoint, http.StatusInternalServerError, "<h1>out of order</h1>")
			w.sent("hook-1", 2)
			return send(seller, "GET", at+"/deliveries?limit=1", "")
		}},
		{"delivery", func() string {
			delivery = w.deliveriesOf(seller, endpoint, "?state=failed").Embedded.Deliveries[0].ID
			return send(seller, "GET", at+"/deliveries/"+delivery, "")
		}},
		{"attempts", func() string { return send(seller, "GET", at+"/deliveries/"+delivery+"/attempts", "") }},
		{"resend-failed", func() string { return send(seller, "POST", at+"/resend", `{"failed":true}`) }},
		{"resend-one", func() string { return send(seller, "POST", at+"/deliveries/"+delivery+"/resend", "") }},
		{"webhook-foreign", func() string { return send(stranger, "GET", at, "") }},
		{"webhook-delete", func() string { return send(seller, "DELETE", at, "") }},
		{"events", func() string {
			w.exchange.Shutdown() // so that the stream ends
			return send(buyer, "GET", hal.EventsPath+"?after=0", "")
		}},
	} {
		t.Run(step.name, func(t *testing.T) {
			w.in(t)
			dialecttest.Compare(t, *update, "testdata/golden/"+step.name+".http", normalise(step.ask()))
		})
	}
}

// TestWebhookSecretIsShownOnce: in no answer but those that make one.
func TestWebhookSecretIsShownOnce(t *testing.T) {
	w := newWorld(t)
	made := w.post(seller, hal.WebhooksPath, `{"url":"`+hookURL+`","headers":{"X-Api-Key":"very secret"}}`).want(t, http.StatusCreated)
	first, err := hal.ParseWebhook([]byte(made.body))
	check(t, err)
	if _, err := webhook.ParseSecret(first.Secret); err != nil {
		t.Fatalf("the secret is %q: %v", first.Secret, err)
	}
	at := hal.WebhooksPath + "/" + first.ID
	if made.Header.Get("Location") != public+at || made.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", made.Header)
	}
	rotated, err := hal.ParseWebhook([]byte(w.post(seller, at+"/rotate", "").want(t, http.StatusOK).body))
	check(t, err)
	if rotated.Secret == first.Secret || rotated.Secret == "" || !rotated.OldUntil.Equal(w.clock.Now().Add(webhook.KeepOld)) {
		t.Errorf("rotated to %+v", rotated)
	}
	for _, a := range []answer{
		w.get(seller, at), w.get(seller, hal.WebhooksPath), w.post(seller, at+"/pause", ""), w.post(seller, at+"/resume", ""),
		w.do(call{method: http.MethodPatch, path: at, as: seller, body: `{}`}),
	} {
		if a.want(t, http.StatusOK); strings.Contains(a.body, "whsec_") || strings.Contains(a.body, "very secret") {
			t.Errorf("%s %s shows a secret:\n%s", a.Request.Method, a.Request.URL.Path, a.body)
		}
	}
	w.clock.Advance(webhook.KeepOld)
	if body := w.get(seller, at).body; strings.Contains(body, "oldSecretUntil") {
		t.Errorf("the old secret is over: %s", body)
	}
}

// TestDeliveriesPaging reads all deliveries page by page, newest first, each
// once.
func TestDeliveriesPaging(t *testing.T) {
	w := newWorld(t)
	endpoint := w.hook(buyer)
	for i := range 3 {
		w.sent(fmt.Sprintf("page-%d", i), 1) // received and sent: two deliveries each
	}
	w.try(endpoint, http.StatusOK, "")
	var seen []string
	pages := 0
	for query := "?limit=4"; query != ""; pages++ {
		page := w.deliveriesOf(buyer, endpoint, query)
		for _, d := range page.Embedded.Deliveries {
			seen = append(seen, d.Number+" "+d.Type)
			if d.Links.Self.Href != public+hal.WebhooksPath+"/"+endpoint+"/deliveries/"+d.ID || d.Links.Order.Href != public+"/v2/orders/"+string(d.Order) {
				t.Errorf("links %+v", d.Links)
			}
		}
		query = ""
		if next := page.Links.Next; next != nil {
			query = next.Href[strings.Index(next.Href, "?"):]
		}
	}
	want := []string{"page-2 order.sent", "page-2 order.received", "page-1 order.sent", "page-1 order.received", "page-0 order.sent", "page-0 order.received"}
	if !slices.Equal(seen, want) || pages != 2 {
		t.Errorf("%d pages with %q", pages, seen)
	}
	for state, n := range map[string]int{"pending": 5, "DELIVERED": 1, "failed": 0, "": 6} {
		if got := w.deliveriesOf(buyer, endpoint, "?state="+state).Embedded.Deliveries; len(got) != n {
			t.Errorf("%d are %s, want %d", len(got), state, n)
		}
	}
	if body := w.get(buyer, hal.WebhooksPath+"/"+endpoint+"/deliveries?state=failed").body; !strings.Contains(body, `"bk:delivery":[]`) {
		t.Errorf("no empty list in %s", body)
	}
}

// TestResendSince sends again what was made since an instant.
func TestResendSince(t *testing.T) {
	w := newWorld(t)
	endpoint := w.hook(seller)
	w.sent("since-1", 1)
	w.clock.Advance(time.Hour)
	middle := w.clock.Now()
	w.sent("since-2", 1)
	w.sent("since-3", 1)
	at := hal.WebhooksPath + "/" + endpoint
	for body, want := range map[string]string{
		`{"since":"` + middle.Format(time.RFC3339) + `"}`:               `{"resent":2}`,
		`{"since":"2020-01-01T00:00:00+01:00"}`:                         `{"resent":3}`,
		`{"failed":true,"since":"` + middle.Format(time.RFC3339) + `"}`: `{"resent":0}`,
	} {
		if got := w.post(seller, at+"/resend", body).want(t, http.StatusAccepted).body; got != want {
			t.Errorf("%s: got %s, want %s", body, got, want)
		}
	}
}

func TestWebhookRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("refuse-1", 1)
	endpoint := w.hook(seller)
	at := hal.WebhooksPath + "/" + endpoint
	one := w.deliveriesOf(seller, w.hook(seller), "")
	if len(one.Embedded.Deliveries) != 0 {
		t.Fatal("what happened before is sent")
	}
	add := func(body string) call { return call{method: "POST", path: hal.WebhooksPath, as: seller, body: body} }
	to := func(url string) call { return add(`{"url":"` + url + `"}`) }
	with := func(more string) call { return add(`{"url":"` + hookURL + `",` + more + `}`) }
	patch := func(body string) call { return call{method: "PATCH", path: at, as: seller, body: body} }
	post := func(path, body string) call { return call{method: "POST", path: at + path, as: seller, body: body} }
	get := func(path string) call { return call{method: "GET", path: at + path, as: seller} }
	foreign := func(method, path, body string) call {
		return call{method: method, path: at + path, as: stranger, body: body}
	}
	w.refuse(t, id, []refusal{
		{"no body", add(``), 400, "json-malformed", "empty"},
		{"no address", add(`{}`), 422, "webhook-url", "missing"},
		{"address empty", to(""), 422, "webhook-url", "missing"},
		{"address number", add(`{"url":1}`), 400, "json-type", "url is a JSON number"},
		{"address a word", to("shop"), 422, "webhook-url", "is not an address"},
		{"address a path", to("/bookgate"), 422, "webhook-url", "is not an address"},
		{"another scheme", to("ftp://shop.example.no/"), 422, "webhook-url", "https://"},
		{"an e-mail address", to("mailto:kari@example.no"), 422, "webhook-url", "address"},
		{"not encrypted", to("http://shop.example.no/"), 422, "webhook-url", "not encrypted"},
		{"a password", to("https://kari:pw@shop.example.no/"), 422, "webhook-url", "user or password"},
		{"a fragment", to("https://shop.example.no/#top"), 422, "webhook-url", "#"},
		{"too long", to("https://shop.example.no/" + strings.Repeat("a", 2000)), 422, "webhook-url", "is not an address"},
		{"loopback", to("https://127.0.0.1/"), 422, "webhook-url", "loopback"},
		{"loopback in IPv6", to("https://[::ffff:127.0.0.1]/"), 422, "webhook-url", "--allow-webhook-net 127.0.0.1/32"},
		{"metadata", to("https://169.254.169.254/"), 422, "webhook-url", "link-local"},
		{"a name that leads inside", to("https://inside.example.no/"), 422, "webhook-url", "10.1.2.3"},
		{"unknown event, near", with(`"events":["order.snt"]`), 422, "webhook-events", "Did you mean order.sent?"},
		{"unknown event, far", with(`"events":["invoice.paid"]`), 422, "webhook-events", "order.line.status"},
		{"pattern of nothing", with(`"events":["order.x*"]`), 422, "webhook-events", "matches no type"},
		{"events a text", with(`"events":"order.*"`), 400, "json-type", "events is a JSON string"},
		{"events of numbers", with(`"events":[1]`), 400, "json-type", "list of texts"},
		{"too many events", with(`"events":["order.*"` + strings.Repeat(`,"order.*"`, 20) + `]`), 422, "webhook-events", "21 filters"},
		{"headers a list", with(`"headers":["X-Key"]`), 400, "json-type", "headers is a JSON list"},
		{"headers of numbers", with(`"headers":{"X-Key":1}`), 400, "json-type", "object of texts"},
		{"own header", with(`"headers":{"content-type":"text/plain"}`), 422, "webhook-headers", "Content-Type is set here"},
		{"signature header", with(`"headers":{"Webhook-Id":"1"}`), 422, "webhook-headers", "Webhook-Id"},
		{"header with a line end", with(`"headers":{"X-Key":"a\r\nHost: b"}`), 422, "webhook-headers", "X-Key"},
		{"header name with a blank", with(`"headers":{"X Key":"a"}`), 422, "webhook-headers", "X Key"},
		{"description long", with(`"description":"` + strings.Repeat("ø", 201) + `"`), 422, "webhook-description", "200"},
		{"description boolean", with(`"description":true`), 400, "json-type", "description is a JSON boolean"},
		{"change to nothing", patch(`{"url":""}`), 422, "webhook-url", "address"},
		{"change to inside", patch(`{"url":"https://10.0.0.1/"}`), 422, "webhook-url", "private"},
		{"change of the events", patch(`{"events":["none"]}`), 422, "webhook-events", "none"},
		{"since no time", post("/resend", `{"since":"yesterday"}`), 422, "since-invalid", "yesterday"},
		{"since a number", post("/resend", `{"since":2026}`), 400, "json-type", "since is a JSON number"},
		{"failed a text", post("/resend", `{"failed":"yes"}`), 400, "json-type", "true or false"},
		{"resend nothing", post("/resend", `{}`), 422, "resend-what", "does not say"},
		{"resend nothing that failed", post("/resend", `{"failed":false}`), 422, "resend-what", "does not say"},
		{"resend an unknown one", post("/deliveries/msg_1/resend", ``), 404, "delivery-not-found", "msg_1"},
		{"unknown delivery", get("/deliveries/msg_1"), 404, "delivery-not-found", "msg_1"},
		{"attempts of an unknown one", get("/deliveries/msg_1/attempts"), 404, "delivery-not-found", "msg_1"},
		{"before an unknown one", get("/deliveries?before=msg_1"), 404, "delivery-not-found", "msg_1"},
		{"state unknown", get("/deliveries?state=lost"), 400, "delivery-state", "pending, delivered or failed"},
		{"limit 0", get("/deliveries?limit=0"), 400, "parameter-invalid", "from 1 to 200"},
		{"limit too great", get("/deliveries?limit=201"), 400, "parameter-invalid", `got "201"`},
		{"limit a word", get("/deliveries?limit=all"), 400, "parameter-invalid", `got "all"`},
		{"no such endpoint", call{method: "GET", path: hal.WebhooksPath + "/ep_none", as: seller}, 404, "webhook-not-found", "ep_none"},
		{"another's", foreign("GET", "", ""), 404, "webhook-not-found", endpoint},
		{"change another's", foreign("PATCH", "", `{"description":"mine"}`), 404, "webhook-not-found", endpoint},
		{"delete another's", foreign("DELETE", "", ""), 404, "webhook-not-found", endpoint},
		{"rotate another's", foreign("POST", "/rotate", ""), 404, "webhook-not-found", endpoint},
		{"pause another's", foreign("POST", "/pause", ""), 404, "webhook-not-found", endpoint},
		{"test another's", foreign("POST", "/test", ""), 404, "webhook-not-found", endpoint},
		{"resend another's", foreign("POST", "/resend", `{"failed":true}`), 404, "webhook-not-found", endpoint},
		{"deliveries of another's", foreign("GET", "/deliveries", ""), 404, "webhook-not-found", endpoint},
		{"no caller", call{method: "GET", path: hal.WebhooksPath}, 401, "credential-missing", ""},
	})
	if e, err := w.webhooks.Endpoint(t.Context(), seller, endpoint); err != nil || e.URL != hookURL || e.State != webhook.Active || e.Description != "" {
		t.Errorf("after the refusals %+v, %v", e, err)
	}
}

// TestWebhookTooMany: a party has only so many endpoints, and may add one again when
// one is gone.
func TestWebhookTooMany(t *testing.T) {
	w := newWorld(t)
	last := ""
	for range 50 {
		last = w.hook(seller)
	}
	w.post(seller, hal.WebhooksPath, `{"url":"`+hookURL+`"}`).problem(t, http.StatusConflict, "webhook-too-many")
	w.hook(buyer)
	w.do(call{method: http.MethodDelete, path: hal.WebhooksPath + "/" + last, as: seller}).want(t, http.StatusNoContent)
	w.hook(seller)
}

// TestWebhookMethods: what each address takes comes from the route table.
func TestWebhookMethods(t *testing.T) {
	w := newWorld(t)
	at := hal.WebhooksPath + "/" + w.hook(seller)
	for path, allow := range map[string]string{
		hal.WebhooksPath: "GET, HEAD, OPTIONS, POST", hal.WebhooksPath + "/": "GET, HEAD, OPTIONS, POST",
		at: "DELETE, GET, HEAD, OPTIONS, PATCH", at + "/rotate": "OPTIONS, POST", at + "/deliveries": "GET, HEAD, OPTIONS",
		at + "/deliveries/x/resend": "OPTIONS, POST", hal.EventsPath: "GET, HEAD, OPTIONS",
	} {
		for method, status := range map[string]int{"OPTIONS": http.StatusNoContent, "PUT": http.StatusMethodNotAllowed} {
			if a := w.do(call{method: method, path: path}); a.StatusCode != status || a.Header.Get("Allow") != allow {
				t.Errorf("%s %s: %s, Allow %q, want %q", method, path, a.Status, a.Header.Get("Allow"), allow)
			}
		}
	}
	if a := w.do(call{method: "HEAD", path: at, as: seller}).want(t, http.StatusOK); a.body != "" || a.ContentLength <= 0 {
		t.Errorf("HEAD: %v", a.Header)
	}
	if body := w.get(seller, "/").body; !strings.Contains(body, public+hal.EventsPath+"{?after,epoch,events}") || !strings.Contains(body, public+hal.WebhooksPath+`"`) {
		t.Errorf("the root does not lead here: %s", body)
	}
}

// TestWebhookMergePatch: RFC 7396 for every member, under either media type.
func TestWebhookMergePatch(t *testing.T) {
	type shown struct {
		URL, Description, Format string
		Events                   []string
		Headers                  map[string]string
	}
	const masked = "[redacted]"
	made := shown{hookURL, "ERP", "standard", []string{"order.sent", "order.line.*"}, map[string]string{"X-Api-Key": masked, "X-Shop": masked}}
	with := func(change func(*shown)) shown {
		s := made
		change(&s)
		return s
	}
	for i, c := range []struct {
		name, body string
		want       shown
	}{
		{"nothing", `{}`, made},
		{"description null", `{"description":null}`, with(func(s *shown) { s.Description = "" })},
		{"description set", `{"description":"WMS"}`, with(func(s *shown) { s.Description = "WMS" })},
		{"events null", `{"events":null}`, with(func(s *shown) { s.Events = []string{} })},
		{"events set", `{"events":["order.*"]}`, with(func(s *shown) { s.Events = []string{"order.*"} })},
		{"headers null", `{"headers":null}`, with(func(s *shown) { s.Headers = nil })},
		{"headers of nothing", `{"headers":{}}`, made},
		{"headers as PHP writes nothing", `{"headers":[]}`, made},
		{"one header null", `{"headers":{"x-api-key":null}}`, with(func(s *shown) { s.Headers = map[string]string{"X-Shop": masked} })},
		{"one header more", `{"headers":{"X-More":"m"}}`, with(func(s *shown) {
			s.Headers = map[string]string{"X-Api-Key": masked, "X-Shop": masked, "X-More": masked}
		})},
		{"one for another", `{"headers":{"X-Shop":null,"X-More":"m","X-None":null}}`, with(func(s *shown) {
			s.Headers = map[string]string{"X-Api-Key": masked, "X-More": masked}
		})},
		{"what was read", `{"description":"WMS","headers":{"X-Api-Key":"[redacted]","x-shop":"[redacted]"}}`, with(func(s *shown) { s.Description = "WMS" })},
		{"format null", `{"format":null}`, made},
		{"all at once", `{"description":null,"events":null,"headers":null,"format":null}`, shown{URL: hookURL, Format: "standard", Events: []string{}}},
	} {
		for j, kind := range []string{"application/merge-patch+json", "application/json", ""} {
			if (i+j)%fulltest.Rounds(3, 1) != 0 {
				continue
			}
			t.Run(c.name+" "+kind, func(t *testing.T) {
				w := newWorld(t)
				a := w.post(seller, hal.WebhooksPath, `{"url":"`+hookURL+`","description":"ERP","events":["order.sent","order.line.*"],"headers":{"x-api-key":"k","X-Shop":"s"},"format":null}`).want(t, http.StatusCreated)
				e, err := hal.ParseWebhook([]byte(a.body))
				check(t, err)
				at := hal.WebhooksPath + "/" + e.ID
				var header []string
				if kind != "" {
					header = []string{"Content-Type: " + kind}
				}
				changed := w.do(call{method: http.MethodPatch, path: at, as: seller, body: c.body, header: header}).want(t, http.StatusOK).body
				for name, text := range map[string]string{"answer": changed, "endpoint": w.get(seller, at).body} {
					e, err := hal.ParseWebhook([]byte(text))
					check(t, err)
					if diff := cmp.Diff(c.want, shown{e.URL, e.Description, e.Format, e.Events, e.Headers}); diff != "" {
						t.Errorf("%s (-want +got)\n%s", name, diff)
					}
				}
			})
		}
	}
	w := newWorld(t)
	at := hal.WebhooksPath + "/" + w.hook(seller)
	for body, code := range map[string]string{`{"url":null}`: "webhook-url", `{"headers":{"Host":"x"}}`: "webhook-headers", `{"headers":{"X-None":"[redacted]"}}`: "webhook-headers"} {
		w.do(call{method: http.MethodPatch, path: at, as: seller, body: body}).problem(t, http.StatusUnprocessableEntity, code)
	}
	jsonPatch := w.do(call{method: http.MethodPatch, path: at, as: seller, body: `[{"op":"remove","path":"/description"}]`, header: []string{"Content-Type: application/json-patch+json"}})
	if jsonPatch.problem(t, http.StatusUnsupportedMediaType, "media-type"); jsonPatch.Header.Get("Accept-Patch") != "application/merge-patch+json, application/json" {
		t.Errorf("Accept-Patch %q", jsonPatch.Header.Get("Accept-Patch"))
	}
	full := `{"headers":{"A":"","B":"","C":"","D":"","E":"","F":"","G":"","H":"","I":"","J":""}}`
	w.do(call{method: http.MethodPatch, path: at, as: seller, body: full}).want(t, http.StatusOK)
	w.do(call{method: http.MethodPatch, path: at, as: seller, body: `{"headers":{"K":""}}`}).problem(t, http.StatusUnprocessableEntity, "webhook-headers")
	w.do(call{method: http.MethodPatch, path: at, as: seller, body: `{"headers":{"K":"","a":null}}`}).want(t, http.StatusOK)
}

// TestTimesAreTheSameTwice: an answer that makes or changes an endpoint shows
// the times that later ones show, however exact the clock is.
func TestTimesAreTheSameTwice(t *testing.T) {
	w := newWorld(t)
	exact := func() time.Time { return w.clock.Now().Add(123456789) }
	w.api.webhooks = webhook.NewService(webhook.ServiceConfig{Store: w.db, Guard: webhook.NewGuard(), Names: names{}, Now: exact})
	made := w.post(seller, hal.WebhooksPath, `{"url":"`+hookURL+`"}`).want(t, http.StatusCreated)
	e, err := hal.ParseWebhook([]byte(made.body))
	check(t, err)
	at := hal.WebhooksPath + "/" + e.ID
	for _, act := range []string{"/pause", "/resume", "/rotate"} {
		changed, err := hal.ParseWebhook([]byte(w.post(seller, at+act, "").want(t, http.StatusOK).body))
		check(t, err)
		shown, err := hal.ParseWebhook([]byte(w.get(seller, at).body))
		check(t, err)
		if changed.Created != shown.Created || changed.Updated != shown.Updated || changed.OldUntil != shown.OldUntil || shown.Created != e.Created {
			t.Errorf("%s says %+v, then comes %+v", act, changed, shown)
		}
	}
}
