//go:build all

package interop

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// signed is a request as verify.mjs reads it.
type signed struct {
	Secret  string            `json:"secret"`
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
}

// verdicts are what verify.mjs prints of a request.
type verdicts struct{ Standard, Svix, Again string }

// TestWebhookLibraries: the libraries of Standard Webhooks and of Svix verify
// what an endpoint gets, under every secret of a day with three rotations, and
// refuse what was changed. A receiver that writes the parsed body again gets the
// bytes that were signed.
func TestWebhookLibraries(t *testing.T) {
	t.Parallel()
	g := start(t, "--allow-webhook-net", "127.0.0.0/8")
	shop, err := g.Login(g.Sender)
	check(t, err)
	requests := make(chan signed, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		headers := map[string]string{}
		for name := range r.Header {
			headers[strings.ToLower(name)] = r.Header.Get(name)
		}
		requests <- signed{Body: string(body), Headers: headers}
	}))
	t.Cleanup(receiver.Close)
	var endpoint struct {
		ID     string `json:"id"`
		Secret string `json:"secret"`
	}
	ask := func(path, body string) {
		t.Helper()
		res, text, err := shop.Do("POST", path, []byte(body), "application/json")
		check(t, err)
		if err := json.Unmarshal(text, &endpoint); err != nil || res.StatusCode/100 != 2 {
			t.Fatalf("%s: %s %s", path, res.Status, text)
		}
	}
	ask("/v2/webhooks", `{"url":"`+receiver.URL+`/hook","events":["order.sent"]}`)
	secrets := []string{endpoint.Secret}
	for range 3 {
		ask("/v2/webhooks/"+endpoint.ID+"/rotate", "")
		secrets = append(secrets, endpoint.Secret)
	}
	_, err = shop.Submit(harness.OrderXML("Ola &amp; Co &lt;17&gt; «å» 😀 \u2028\u2029", 1))
	check(t, err)
	var got signed
	select {
	case got = <-requests:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was delivered")
	}
	under := func(secret string, change func(*signed)) signed {
		m := signed{Secret: secret, Body: got.Body, Headers: map[string]string{}}
		for name, value := range got.Headers {
			m.Headers[name] = value
		}
		if change != nil {
			change(&m)
		}
		return m
	}
	var messages []signed
	for _, secret := range secrets {
		messages = append(messages, under(secret, nil), under(strings.TrimRight(secret, "="), nil))
	}
	good := len(messages)
	newest := secrets[len(secrets)-1]
	messages = append(messages,
		under("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", nil),
		under(newest, func(m *signed) { m.Body = strings.Replace(m.Body, "SENT", "LOST", 1) }),
		under(newest, func(m *signed) { m.Headers["webhook-timestamp"] = "1614265330" }),
		under(newest, func(m *signed) { m.Headers["webhook-id"] += "x" }),
	)
	text, err := json.Marshal(messages)
	check(t, err)
	var said []verdicts
	node(t, "verify.mjs", map[string]string{"MESSAGES": string(text)}, &said)
	if len(said) != len(messages) {
		t.Fatalf("%d verdicts", len(said))
	}
	for i, v := range said {
		if ok := i < good; (v.Standard == "ok") != ok || (v.Svix == "ok") != ok {
			t.Errorf("message %d of %d good ones: standardwebhooks says %q, svix %q", i, good, v.Standard, v.Svix)
		}
	}
	if said[0].Again != got.Body || !strings.Contains(got.Body, `"orderNumber":"Ola & Co <17> «å» 😀`) {
		t.Errorf("written again it is\n%s, was\n%s", said[0].Again, got.Body)
	}
}
