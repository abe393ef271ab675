package conformance

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/auth"
)

// boknettWebhooks are the operations on endpoints and deliveries, which belong
// to one party.
func boknettWebhooks() []operation {
	const get, patch, post, remove = http.MethodGet + " ", http.MethodPatch + " ", http.MethodPost + " ", http.MethodDelete + " "
	const all, one = "/v2/webhooks", "/v2/webhooks/{endpoint}"
	const delivery = one + "/deliveries/{delivery}"
	theirs := func(granted string) map[string]string { // everybody has endpoints
		return map[string]string{"own": granted, "other side": granted, "stranger": granted, "receiver of a test order": granted}
	}
	hidden := func(granted string) map[string]string {
		const none = "404 webhook-not-found"
		return map[string]string{"own": granted, "other side": none, "stranger": none, "receiver of a test order": none}
	}
	return []operation{
		{route: post + all, by: sender, does: creates, body: text(`{"url": "http://127.0.0.1:9/annet"}`), want: theirs("201")},
		{route: get + all, by: sender, does: shows, want: theirs("200")},
		{route: get + one, by: sender, does: shows, want: hidden("200")},
		{route: patch + one, by: sender, does: moves, body: text(`{"description": "en annen"}`), want: hidden("200")},
		{route: remove + one, by: sender, does: moves, want: hidden("204")},
		{route: post + one + "/rotate", by: sender, does: moves, want: hidden("200")},
		{route: post + one + "/pause", by: sender, does: moves, want: hidden("200")},
		{route: post + one + "/resume", by: sender, does: moves, want: hidden("200")},
		{route: post + one + "/test", by: sender, does: moves, want: hidden("202")},
		{route: post + one + "/resend", by: sender, does: moves, body: text(`{"since": "2026-01-01T00:00:00Z"}`), want: hidden("202")},
		{route: get + one + "/deliveries", by: sender, does: shows, want: hidden("200")},
		{route: get + delivery, by: sender, does: shows, want: hidden("200")},
		{route: get + delivery + "/attempts", by: sender, does: shows, want: hidden("200")},
		{route: get + delivery + "/attempts/{attempt}", by: sender, does: reads, want: hidden("404 attempt-not-found")},
		{route: post + delivery + "/resend", by: sender, does: moves, want: hidden("202")},
	}
}

// boknettFeeds are the operations on all that a party sees.
func boknettFeeds() []operation {
	const get, head, post = http.MethodGet + " ", http.MethodHead + " ", http.MethodPost + " "
	empty := map[string]string{"stranger": "200", "receiver of a test order": "200"}
	untold := slices.DeleteFunc(boknettProbes(), func(p probe) bool { return p.testOrder }) // whose receiver may tell how far it has read
	return []operation{
		{route: get + "/v2/feed", by: seller, does: shows, query: "?after=0", want: empty},
		{route: get + "/v2/events", by: seller, does: shows, query: "?after=0", want: empty},
		{route: head + "/v2/events", by: seller, does: reads, query: "?after=0", want: empty},
		{route: post + "/v2/events/token", by: seller, does: reads, want: empty},
		{route: post + "/v2/feed/ack", by: seller, does: moves, body: text(`{"through": 1}`), want: map[string]string{"stranger": "422 ack-ahead"}, probes: untold},
	}
}

// password is that of the sender's user.
const password = "hemmelig-1"

// boknettLogins are the operations that give and end tickets: what is sent is
// the credential.
func boknettLogins() []operation {
	send := func(body string) func(*world, operation, target) answer {
		return func(w *world, op operation, at target) answer {
			c := op.call(at)
			w.secret("user", func() string {
				check(w.t, w.db.AddUser(w.t.Context(), auth.User{Name: "kari", Party: sender, Password: auth.LeastCost().Hash(password), Created: w.now()}))
				return password
			})
			c.body = strings.NewReplacer("CLIENT", w.client(), "SECRET", url.QueryEscape(w.secrets["client secret"]), "PASSWORD", password).Replace(body)
			return w.do(c)
		}
	}
	end := func(ticket func(w *world) string) func(*world, operation, target) answer {
		return func(w *world, op operation, at target) answer {
			c := op.call(at)
			c.path = strings.TrimSuffix(c.path, "ticket") + ticket(w)
			return w.do(c)
		}
	}
	var all []operation
	for _, base := range []string{"", "/cas"} {
		all = append(all, operation{route: "POST " + base + "/v1/tickets", does: creates, probes: []probe{
			{name: "wrong password", ask: send("username=kari&password=feil"), usual: "400 credentials-wrong"},
			{name: "unknown user", ask: send("username=ola&password=PASSWORD"), usual: "400 credentials-wrong"},
			{name: "nothing", ask: send(""), usual: "400 login-malformed"},
		}}, operation{route: "DELETE " + base + "/v1/tickets/{ticket}", does: reads, probes: []probe{ // who logs out has what it wants, whatever it had
			{name: "invented", ask: end(func(*world) string { return "TGT-1-x" }), usual: "200"},
			{name: "ended", ask: end(func(w *world) string { return w.ended(sender, true) }), usual: "200"},
		}})
	}
	for _, path := range []string{"/oauth/token", "/oauth2/token"} {
		all = append(all, operation{route: "POST " + path, does: creates, probes: []probe{
			{name: "wrong secret", ask: send("grant_type=client_credentials&client_id=CLIENT&client_secret=feil"), usual: "401 access_denied"},
			{name: "unknown client", ask: send("grant_type=client_credentials&client_id=bk_ukjent&client_secret=SECRET"), usual: "401 access_denied"},
			{name: "nothing", ask: send(""), usual: "401 access_denied"},
		}})
	}
	return all
}

// client is a system of the sender's that fetches tokens.
func (w *world) client() string {
	return w.secret("client", func() string {
		c, secret := auth.NewClient(sender, w.now())
		check(w.t, w.db.AddClient(w.t.Context(), c))
		w.secrets["client secret"] = secret
		return c.ID
	})
}
