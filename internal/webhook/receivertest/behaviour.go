package receivertest

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/bookgate/bookgate/internal/webhook"
)

// Behaviour is what a receiver does, and what must come of a try.
type Behaviour struct {
	Name   string
	Do     Script
	Frames Frames                                        // instead of Do: it speaks HTTP/2
	Cert   func(*Authority, testing.TB) *tls.Certificate // nil speaks no TLS, with Frames a sound one
	Old    bool                                          // it speaks old TLS alone
	URL    func(r *Receiver) string                      // that is registered; nil is the receiver's own

	Hangs    bool // until the sender's time for headers is over
	SlowBody bool // until its time for a body is over

	State    webhook.DeliveryState // "" is pending
	Endpoint webhook.State         // "" is active
	Status   int
	Words    string        // in the error of the attempt
	Body     string        // the beginning of what is stored
	Wait     time.Duration // to the next try; 0 is what the schedule says
	Requests int           // that the receiver hears of one try at least; 0 is 1
	Most     int           // and at most; 0 is as many
	Silent   bool          // it hears none
}

// Listen starts the receiver.
func (b Behaviour) Listen(t testing.TB, a *Authority) *Receiver {
	t.Helper()
	cert := b.Cert
	if b.Frames != nil && cert == nil {
		cert = (*Authority).Sound
	}
	switch {
	case b.Frames != nil:
		return ListenHTTP2(t, b.Frames, cert(a, t))
	case b.Old:
		return ListenOld(t, b.Do, cert(a, t))
	case cert != nil:
		return Listen(t, b.Do, cert(a, t))
	}
	return Listen(t, b.Do, nil)
}

// Registered is the address under which it is registered.
func (b Behaviour) Registered(r *Receiver) string {
	if b.URL != nil {
		return b.URL(r)
	}
	return r.URL()
}

// PerTry returns how many requests the receiver hears of one try.
func (b Behaviour) PerTry() (least, most int) {
	if b.Silent {
		return 0, 0
	}
	least = max(1, b.Requests)
	return least, max(least, b.Most)
}

// Takes reports whether the receiver takes the message while it behaves so.
func (b Behaviour) Takes() bool { return b.State == webhook.Delivered }

const (
	ok200    = "HTTP/1.1 200 OK\r\n"
	failed   = "HTTP/1.1 500 Internal Server Error\r\n"
	gigabyte = "Content-Length: 1073741824\r\n\r\n"
	pieces   = "Transfer-Encoding: chunked\r\n\r\n"

	// unfolded is what a packed body becomes: more than a try may cost.
	unfolded = 96 << 20
)

// What is said of a try.
const (
	broken       = "ended before the answer"
	notInTime    = "no answer in time"
	noConnection = "the connection failed"
	noRedirect   = "redirects are not followed"
)

// Behaviours are all ways in which a receiver may misbehave. A redirect leads to
// the other receiver.
func Behaviours(other *Receiver) (all []Behaviour) {
	for _, some := range [][]Behaviour{slow(), statuses(), Redirects(other), garbage(), huge(), secured(), framed()} {
		all = append(all, some...)
	}
	return all
}

func slow() []Behaviour {
	return []Behaviour{
		{Name: "hangs before headers", Do: Hang, Hangs: true, Words: notInTime},
		{Name: "drips the status line", Do: Drip, Hangs: true, Words: notInTime},
		{Name: "drips headers", Do: Begin(ok200+"X-Slow: ", Drip), Hangs: true, Words: notInTime},
		{Name: "hangs in the body of a 500", Do: Begin(failed+gigabyte+"err", Hang), SlowBody: true, Status: 500,
			Words: "answered 500", Body: "err"},
		{Name: "drips the body of a 500", Do: Begin(failed+gigabyte, Drip), SlowBody: true, Status: 500,
			Words: "answered 500", Body: "x"},
		{Name: "hangs in the body of a 200", Do: Begin(ok200+gigabyte+"ok", Hang), SlowBody: true, Status: 200,
			State: webhook.Delivered, Body: "ok"},
		{Name: "101", Do: Begin("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", Hang),
			SlowBody: true, Status: 101, Words: "answered 101"},
	}
}

func statuses() []Behaviour {
	const day = 24 * time.Hour
	all := []Behaviour{
		{Name: "200", Do: Answer(200), Status: 200, State: webhook.Delivered, Body: "body"},
		{Name: "202", Do: Answer(202), Status: 202, State: webhook.Delivered},
		{Name: "204", Do: Say("HTTP/1.1 204 No Content\r\n\r\n"), Status: 204, State: webhook.Delivered},
		{Name: "200 of HTTP/1.0", Do: Say("HTTP/1.0 200 OK\r\n\r\nok"), Status: 200, State: webhook.Delivered,
			Body: "ok"},
		{Name: "500", Do: Answer(500), Status: 500, Words: "answered 500 Internal Server Error", Body: "body"},
		{Name: "410", Do: Answer(410), Status: 410, Words: "410 Gone", State: webhook.Failed,
			Endpoint: webhook.Disabled},
		{Name: "304", Do: Say("HTTP/1.1 304 Not Modified\r\n\r\n"), Status: 304, Words: "answered 304"},
	}
	for _, status := range []int{404, 408, 425, 501, 999} {
		all = append(all, Behaviour{Name: fmt.Sprint(status), Do: Answer(status), Status: status, Words: fmt.Sprint("answered ", status)})
	}
	for _, asked := range []struct {
		status int
		text   string
		wait   time.Duration
	}{
		{429, "1", 0}, {429, "86400", day}, {429, "9223372036854775807", day}, {429, "-1", 0}, {429, `"soon"`, 0}, {429,
			"Fri, 31 Dec 9999 23:59:59 GMT", day},
		{503, "3600", time.Hour},
	} {
		all = append(all, Behaviour{Name: fmt.Sprintf("%d asks for %s", asked.status, asked.text), Do: Answer(asked.status, "Retry-After: "+asked.text),
			Status: asked.status, Words: fmt.Sprint("answered ", asked.status), Wait: asked.wait})
	}
	return all
}

// Redirects are those that lead to another receiver, or to the same one without end.
func Redirects(other *Receiver) (all []Behaviour) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []struct{ name, url string }{
			{"loopback", "http://" + other.Host() + "/stolen"}, {"another host",
				"http://localhost:" + other.Port() + "/stolen"}, {"itself", "/hook"},
		} {
			all = append(all, Behaviour{Name: fmt.Sprint(status, " to ", to.name), Do: Answer(status, "Location: "+to.url), Status: status, Words: noRedirect})
		}
	}
	return all
}

func garbage() []Behaviour {
	return []Behaviour{
		{Name: "garbage", Do: Say("\x00\xff\x16\x03 garbage \r\n\r\n"), Words: noConnection},
		{Name: "a status that is none", Do: Say("HTTP/1.1 2xx OK\r\n\r\n"), Words: noConnection},
		{Name: "two lengths", Do: Say(ok200 + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), Words: noConnection},
		{Name: "two answers, the second good",
			Do: Say(failed + "Content-Length: 0\r\n\r\n" + ok200 + "Content-Length: 0\r\n\r\n"), Status: 500,
			Words: "answered 500"},
		{Name: "a 200 that ends early", Do: Say(ok200 + "Content-Length: 100\r\n\r\nshort"), Status: 200,
			State: webhook.Delivered, Body: "short"},
		{Name: "a 200 that is longer than it says", Do: Say(ok200 + "Content-Length: 2\r\n\r\nokay"), Status: 200,
			State: webhook.Delivered, Body: "ok"},
		{Name: "a 200 in broken pieces", Do: Say(ok200 + pieces + "zz\r\n"), Status: 200, State: webhook.Delivered},
		{Name: "a 200 with broken trailers", Do: Say(ok200 + pieces + "2\r\nok\r\n0\r\nX-\x00: \x00\r\n\r\n"),
			Status: 200, State: webhook.Delivered, Body: "ok"},
		{Name: "processes, then drops", Do: Drop, Words: broken, Requests: 2},
		{Name: "processes, then resets", Do: Reset(""), Words: broken, Requests: 2},
		{Name: "drops within the headers", Do: Say("HTTP/1.1 200 OK\r\nContent-"), Words: noConnection},
	}
}

func huge() []Behaviour {
	return []Behaviour{
		{Name: "endless garbage", Do: Pour("\x00\xff"), Words: noConnection},
		{Name: "endless interim answers", Do: Pour("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
			Words: noConnection},
		{Name: "endless headers", Do: Begin(ok200, Pour("X-More: and more\r\n")), Words: noConnection},
		{Name: "one endless header", Do: Begin(ok200+"X-More: ", Pour("x")), Words: noConnection},
		{Name: "endless trailers", Do: Begin(ok200+pieces+"2\r\nok\r\n0\r\n", Pour("X-More: and more\r\n")),
			Status: 200, State: webhook.Delivered, Body: "ok"},
		{Name: "an endless extension of a piece", Do: Begin(ok200+pieces+"2;", Pour("x")), Status: 200,
			State: webhook.Delivered},
		{Name: "a gigabyte in a 500", Do: Begin(failed+gigabyte, Pour("x")), Status: 500, Words: "answered 500",
			Body: strings.Repeat("x", webhook.MaxStored)},
		{Name: "a gigabyte in a 200", Do: Begin(ok200+gigabyte, Pour("x")), Status: 200, State: webhook.Delivered,
			Body: strings.Repeat("x", webhook.MaxStored)},
		{Name: "a body that unfolds, in a 500", Do: Bomb(failed, unfolded), Status: 500, Words: "answered 500",
			Body: "\x1f\x8b"},
		{Name: "a body that unfolds, in a 200", Do: Bomb(ok200, unfolded), Status: 200, State: webhook.Delivered,
			Body: "\x1f\x8b"},
	}
}

func secured() []Behaviour {
	return []Behaviour{
		{Name: "self-signed certificate", Do: Answer(200), Cert: (*Authority).SelfSigned,
			Words: "an authority that is not known", Silent: true},
		{Name: "certificate of another name", Do: Answer(200), Cert: (*Authority).OtherName,
			Words: "its certificate is for another name", Silent: true},
		{Name: "expired certificate", Do: Answer(200), Cert: (*Authority).Expired, Words: "its certificate has ended",
			Silent: true},
		{Name: "certificate of tomorrow", Do: Answer(200), Cert: (*Authority).Early, Words: "its certificate has ended",
			Silent: true},
		{Name: "TLS 1.1", Do: Answer(200), Cert: (*Authority).Sound, Old: true, Words: "protocol version",
			Silent: true},
		{Name: "no TLS where TLS is expected", Do: Answer(200),
			URL: func(r *Receiver) string { return "https://" + r.Host() + "/hook" }, Words: "does not speak TLS",
			Silent: true},
	}
}

func framed() []Behaviour {
	return []Behaviour{
		{Name: "HTTP/2: 200, then a reset", Frames: RespondThenReset("200", http2.ErrCodeInternal), Status: 200,
			State: webhook.Delivered, Body: "body"},
		{Name: "HTTP/2: 500, then a reset", Frames: RespondThenReset("500", http2.ErrCodeCancel), Status: 500,
			Words: "answered 500", Body: "body"},
		{Name: "HTTP/2: reset for a fault", Frames: ResetStream(http2.ErrCodeInternal), Words: noConnection},
		{Name: "HTTP/2: reset to calm us", Frames: ResetStream(http2.ErrCodeEnhanceYourCalm), Words: noConnection},
		{Name: "HTTP/2: refused", Frames: ResetStream(http2.ErrCodeRefusedStream), Words: broken, Requests: 2},
		{Name: "HTTP/2: going away, the request done", Frames: GoAway(1<<31-1, http2.ErrCodeNo),
			Words: "the connection"},
		{Name: "HTTP/2: going away, the request not done", Frames: GoAway(0, http2.ErrCodeNo), Words: broken, Most: 2},
		{Name: "HTTP/2: going away for a fault", Frames: GoAway(0, http2.ErrCodeProtocol), Words: "the connection"},
		{Name: "HTTP/2: reads no more", Frames: Deaf, Words: noConnection},
	}
}
