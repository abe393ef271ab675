package boknett

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/webhook"
)

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
	for _, c := range []struct {
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
		for _, kind := range []string{"application/merge-patch+json", "application/json", ""} {
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
	exact := func() time.Time { return w.clock.now().Add(123456789) }
	w.api.webhooks = webhook.NewDesk(webhook.DeskConfig{Store: w.db, Guard: webhook.NewGuard(), Names: names{}, Now: exact})
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
