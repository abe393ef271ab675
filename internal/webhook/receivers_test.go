package webhook_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
)

// What one try may cost, whatever the receiver does.
const (
	mostTime  = 10 * time.Second // with the limits of these tests; a loaded machine is slow
	mostRead  = 96 << 10         // the headers' limit, the body that is kept, and the buffers
	mostAlloc = 48 << 20         // store, receiver and tests beside it included
	leftOver  = 5                // goroutines
)

// short is for receivers that hang: nothing is to be waited for.
const short = 400 * time.Millisecond

// behaviour is what a receiver does, and what must come of the first try.
type behaviour struct {
	name     string
	do       script
	limits   func(*webhook.TestLimits)
	cert     func(*testing.T, *authority) *tls.Certificate // nil speaks no TLS
	url      func(r *receiver) string                      // nil is the receiver's own
	state    webhook.DeliveryState                         // "" is pending
	endpoint webhook.State                                 // "" is active
	status   int
	words    string
	body     string        // the beginning of what is kept
	wait     time.Duration // to the next try; 0 is 5 s, a fifth either way
	requests int           // that the receiver hears; 0 is 1
	silent   bool          // it hears none
}

func hanging(l *webhook.TestLimits)  { l.Header, l.Body = short, short }
func slowBody(l *webhook.TestLimits) { l.Body = short }

func behaviours(other *receiver) []behaviour {
	const ok200, failed = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 500 Internal Server Error\r\n"
	const big = "Content-Length: 1073741824\r\n\r\n"
	broken, inTime := "ended before the answer", "no answer in time"
	day := 24 * time.Hour
	all := []behaviour{
		{name: "hangs before headers", do: hang, limits: hanging, words: inTime},
		{name: "drips the status line", do: drip, limits: hanging, words: inTime},
		{name: "drips headers", do: begin(ok200+"X-Slow: ", drip), limits: hanging, words: inTime},
		{name: "hangs in the body of a 500", do: begin(failed+big+"err", hang), limits: slowBody, status: 500, words: "answered 500", body: "err"},
		{name: "drips the body of a 500", do: begin(failed+big, drip), limits: slowBody, status: 500, words: "answered 500", body: "x"},
		{name: "hangs in the body of a 200", do: begin(ok200+big+"ok", hang), limits: slowBody, status: 200, state: webhook.Delivered, body: "ok"},
		{name: "500", do: answer(500), status: 500, words: "answered 500 Internal Server Error", body: "body"},
		{name: "501", do: answer(501), status: 501, words: "answered 501"},
		{name: "408", do: answer(408), status: 408, words: "answered 408"},
		{name: "404", do: answer(404), status: 404, words: "answered 404"},
		{name: "410", do: answer(410), status: 410, words: "410 Gone", state: webhook.GivenUp, endpoint: webhook.Disabled},
		{name: "429 asks for a second", do: answer(429, "Retry-After: 1"), status: 429, words: "answered 429"},
		{name: "429 asks for a day", do: answer(429, "Retry-After: 86400"), status: 429, words: "answered 429", wait: day},
		{name: "429 asks for eternity", do: answer(429, "Retry-After: 9223372036854775807"), status: 429, words: "answered 429", wait: day},
		{name: "429 asks for nonsense", do: answer(429, "Retry-After: \"soon\""), status: 429, words: "answered 429"},
		{name: "429 asks for the year 9999", do: answer(429, "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"), status: 429, words: "answered 429", wait: day},
		{name: "503 asks for an hour", do: answer(503, "Retry-After: 3600"), status: 503, words: "answered 503", wait: time.Hour},
		{name: "redirects to itself for ever", do: answer(302, "Location: /again"), status: 302, words: "redirects are not followed"},
		{name: "304", do: say("HTTP/1.1 304 Not Modified\r\n\r\n"), status: 304, words: "answered 304"},
		{name: "101", do: begin("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", hang), limits: slowBody, status: 101, words: "answered 101"},
		{name: "endless interim answers", do: pour("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), words: "the connection failed"},
		{name: "endless headers", do: begin(ok200, pour("X-More: and more\r\n")), words: "the connection failed"},
		{name: "one endless header", do: begin(ok200+"X-More: ", pour("x")), words: "the connection failed"},
		{name: "garbage", do: say("\x00\xff\x16\x03 garbage \r\n\r\n"), words: "the connection failed"},
		{name: "endless garbage", do: pour("\x00\xff"), words: "the connection failed"},
		{name: "a status that is none", do: say("HTTP/1.1 2xx OK\r\n\r\n"), words: "the connection failed"},
		{name: "two answers, the second good", do: say(failed + "Content-Length: 0\r\n\r\n" + ok200 + "Content-Length: 0\r\n\r\n"), status: 500, words: "answered 500"},
		{name: "a gigabyte in a 500", do: begin(failed+big, pour("x")), status: 500, words: "answered 500", body: strings.Repeat("x", webhook.MaxKept)},
		{name: "a gigabyte in a 200", do: begin(ok200+big, pour("x")), status: 200, state: webhook.Delivered, body: strings.Repeat("x", webhook.MaxKept)},
		{name: "a gzip bomb", do: bomb(failed), status: 500, words: "answered 500", body: "\x1f\x8b"},
		{name: "a 200 that ends early", do: say(ok200 + "Content-Length: 100\r\n\r\nshort"), status: 200, state: webhook.Delivered, body: "short"},
		{name: "a 200 in broken pieces", do: say(ok200 + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), status: 200, state: webhook.Delivered},
		{name: "processes, then drops", do: drop, words: broken, requests: 2},
		{name: "drops within the headers", do: say("HTTP/1.1 200 OK\r\nContent-"), words: "the connection failed"},
		{name: "self-signed certificate", do: answer(200), cert: selfSigned, words: "an authority that is not known", silent: true},
		{name: "certificate of another name", do: answer(200), cert: otherName, words: "its certificate is for another name", silent: true},
		{name: "expired certificate", do: answer(200), cert: expired, words: "its certificate has ended", silent: true},
		{name: "no TLS where TLS is expected", do: answer(200), url: func(r *receiver) string { return "https://" + r.host() }, words: "does not speak TLS", silent: true},
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		for where, to := range map[string]string{"loopback": "http://" + other.host() + "/stolen", "another host": "http://localhost:" + portOf(other) + "/stolen"} {
			all = append(all, behaviour{name: fmt.Sprint(status, " to ", where), do: answer(status, "Location: "+to), status: status, words: "redirects are not followed"})
		}
	}
	return all
}

func portOf(r *receiver) string {
	_, port, _ := net.SplitHostPort(r.host())
	return port
}

// bomb is an answer whose body unfolds to more than a try may cost.
func bomb(head string) script {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for range 2 * mostAlloc >> 20 {
		w.Write(make([]byte, 1<<20))
	}
	w.Close()
	return say(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, packed.Len(), packed.String()))
}

func selfSigned(t *testing.T, _ *authority) *tls.Certificate { return (&authority{}).issue(t, nil) }

func otherName(t *testing.T, a *authority) *tls.Certificate {
	return a.issue(t, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"shop.example"} })
}

func expired(t *testing.T, a *authority) *tls.Certificate {
	return a.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
}

// TestReceivers lets the real dispatcher send over the real store to receivers
// that misbehave. Each then becomes good and gets what it has missed: the same
// message, signed anew. They run one after the other, for memory and
// goroutines are counted.
func TestReceivers(t *testing.T) {
	r, ca := openRoom(t), newAuthority(t)
	other := listenTo(t, answer(200), nil)
	for _, b := range behaviours(other) {
		t.Run(b.name, func(t *testing.T) { r.receive(t, ca, b) })
	}
	if n := other.conns.Load(); n != 0 {
		t.Errorf("%d connections went to where a redirect led", n)
	}
}

func (r *room) receive(t *testing.T, ca *authority, b behaviour) {
	base := runtime.NumGoroutine()
	target := b.listen(t, ca)
	limits := usual()
	if b.limits != nil {
		b.limits(&limits)
	}
	limits.Read = new(atomic.Int64)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e := r.register(t, b, target)
	dispatcher, stop := r.dispatch(t, webhook.NewTestSender(loopback(), ca.roots, limits))
	_, err := r.AddTest(t.Context(), shop, e.ID)
	ok(t, err)
	dispatcher.Ring()
	d := r.attempted(t, e)
	runtime.ReadMemStats(&after)
	if grew := after.TotalAlloc - before.TotalAlloc; grew > mostAlloc || limits.Read.Load() > mostRead {
		t.Errorf("a try took %d bytes of memory and read %d", grew, limits.Read.Load())
	}
	r.checkOutcome(t, b, target, e, d)
	if b.wantState() == webhook.Pending {
		r.heal(t, ca, target, e, d, dispatcher)
	}
	stop()
	target.end()
	eventually(t, "the end of all connections", func() bool { return target.open.Load() == 0 })
	eventually(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= base+leftOver })
	ok(t, r.DeleteEndpoint(t.Context(), shop, e.ID))
}

func (b behaviour) listen(t *testing.T, ca *authority) *receiver {
	if b.cert == nil {
		return listenTo(t, b.do, nil)
	}
	return listenTo(t, b.do, b.cert(t, ca))
}

func (b behaviour) wantState() webhook.DeliveryState {
	if b.state == "" {
		return webhook.Pending
	}
	return b.state
}

// register keeps an endpoint through the desk, as a party does.
func (r *room) register(t *testing.T, b behaviour, target *receiver) webhook.Endpoint {
	t.Helper()
	url := "http://" + target.host() + "/hook"
	if b.cert != nil {
		url = "https://" + target.host() + "/hook"
	}
	if b.url != nil {
		url = b.url(target)
	}
	desk := webhook.NewDesk(webhook.DeskConfig{Store: r, Guard: loopback(), Names: net.DefaultResolver, Now: r.now})
	e, err := desk.Add(t.Context(), shop, webhook.Wish{URL: &url})
	ok(t, err)
	return e
}

// attempted waits for the first try of the endpoint's one delivery.
func (r *room) attempted(t *testing.T, e webhook.Endpoint) (d webhook.Delivery) {
	t.Helper()
	eventually(t, "a try", func() bool {
		all, err := r.Deliveries(t.Context(), webhook.DeliveryQuery{Party: shop, Endpoint: e.ID, Limit: 9})
		if err != nil || len(all) != 1 {
			t.Fatalf("%v, %v", all, err)
		}
		d = all[0]
		return d.Attempts > 0
	})
	return d
}

func (r *room) checkOutcome(t *testing.T, b behaviour, target *receiver, e webhook.Endpoint, d webhook.Delivery) {
	t.Helper()
	attempts, err := r.Attempts(t.Context(), shop, e.ID, d.ID)
	ok(t, err)
	if len(attempts) != 1 || d.Attempts != 1 || d.State != b.wantState() {
		t.Fatalf("%s after %d attempts: %+v", d.State, d.Attempts, attempts)
	}
	a := attempts[0]
	if a.Status != b.status || !strings.Contains(a.Error, b.words) || (a.Error == "") != (d.State == webhook.Delivered) || a.Took > mostTime {
		t.Errorf("status %d, %q after %s; want %d, %q", a.Status, a.Error, a.Took, b.status, b.words)
	}
	if len(a.Body) > webhook.MaxKept || !strings.HasPrefix(string(a.Body), b.body) {
		t.Errorf("kept %d bytes, %.40q; want %.40q", len(a.Body), a.Body, b.body)
	}
	least, most := 4*time.Second, 6*time.Second
	if b.wait > 0 {
		least, most = b.wait, b.wait
	}
	const rounding = time.Millisecond // what stands between the end of the try and its settling is no more
	if wait := d.Due.Sub(a.At.Add(a.Took)); d.State == webhook.Pending && (wait < least-rounding || wait > most+rounding) {
		t.Errorf("the next try is due in %s, want %s to %s", wait, least, most)
	}
	heard, requests := len(target.requests()), max(1, b.requests)
	if b.silent {
		requests = 0
	}
	if heard != requests {
		t.Errorf("the receiver heard %d requests, want %d", heard, requests)
	}
	kept, err := r.Endpoint(t.Context(), shop, e.ID)
	ok(t, err)
	if want := b.endpoint; want == "" && kept.State != webhook.Active || want != "" && kept.State != want {
		t.Errorf("the endpoint is %s (%s)", kept.State, kept.Reason)
	}
}

// heal makes the receiver good, and the delivery comes at its next try.
func (r *room) heal(t *testing.T, ca *authority, target *receiver, e webhook.Endpoint, d webhook.Delivery, dispatcher *webhook.Dispatcher) {
	t.Helper()
	if _, plain := target.Listener.(*net.TCPListener); !plain {
		target.cert.Store(ca.issue(t, nil))
	} else if strings.HasPrefix(e.URL, "https:") {
		fixed := "http://" + target.host() + "/hook"
		_, err := r.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.URL = fixed; return nil })
		ok(t, err)
	}
	target.good.Store(true)
	eventually(t, "the delivery", func() bool {
		got, err := r.Delivery(t.Context(), shop, e.ID, d.ID)
		ok(t, err)
		r.advance(got.Due)
		dispatcher.Ring()
		return got.State == webhook.Delivered
	})
	all := target.requests()
	for _, h := range all {
		if h.header.Get("webhook-id") != d.ID || !bytes.Equal(h.body, all[0].body) || h.target != "/hook" || h.header.Get("User-Agent") != "bookgate/test" {
			t.Errorf("a try sent %v %s to %s", h.header, h.body, h.target)
		}
	}
	last := all[len(all)-1]
	if err := webhook.Verify(last.header, last.body, e.Secret, r.now()); err != nil {
		t.Error(err)
	}
}

// TestANameThatMovesAway lets the name of a registered endpoint lead inside
// for a while.
func TestANameThatMovesAway(t *testing.T) {
	r := openRoom(t)
	target := listenTo(t, answer(200), nil)
	target.good.Store(true)
	dns, resolver := serveNames(t, "127.0.0.1")
	limits := usual()
	limits.Names = resolver
	url := "http://shop.test:" + portOf(target) + "/hook"
	desk := webhook.NewDesk(webhook.DeskConfig{Store: r, Guard: loopback(), Names: resolver, Now: r.now})
	e, err := desk.Add(t.Context(), shop, webhook.Wish{URL: &url})
	ok(t, err)
	dns.set("10.0.0.1")
	dispatcher, _ := r.dispatch(t, webhook.NewTestSender(loopback(), nil, limits))
	_, err = desk.Test(t.Context(), shop, e.ID)
	ok(t, err)
	d := r.attempted(t, e)
	attempts, err := r.Attempts(t.Context(), shop, e.ID, d.ID)
	ok(t, err)
	if d.State != webhook.Pending || !strings.Contains(attempts[0].Error, "by design (private)") || target.conns.Load() != 0 {
		t.Errorf("%s, %+v, %d connections", d.State, attempts, target.conns.Load())
	}
	dns.set("127.0.0.1")
	r.heal(t, nil, target, e, d, dispatcher)
}
