package conformance

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
)

// patienceOfEnds is how long an answer that waits may outlive its ticket before it
// counts as one that goes on. A second is promised; the rest is for a busy machine.
const patienceOfEnds = 8 * time.Second

// heard is an answer that is read while it is written, from another goroutine.
type heard struct {
	*httptest.ResponseRecorder
	mu   sync.Mutex
	done chan struct{} // closed behind the end of the answer
	stop func()        // cuts it off
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ResponseRecorder.Write(b)
}

func (h *heard) SetWriteDeadline(time.Time) error { return nil }

func (h *heard) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.Body.String()
}

// over reports whether the answer has come to its end.
func (h *heard) over() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// listen asks with a ticket for what waits, and returns once it does.
func (c *cells) listen(path, ticket string) *heard {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://orders.example.no"+path, nil)
	for _, line := range c.dated("Boknett " + ticket).header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	h := &heard{ResponseRecorder: httptest.NewRecorder(), done: make(chan struct{}), stop: stop}
	go func() {
		defer close(h.done)
		defer func() { _ = recover() }() // with which a stream is cut off
		c.server.Config.Handler.ServeHTTP(h, req)
	}()
	c.until("the answer to wait", func() bool { return c.exchange.Waiters() > 0 || h.over() })
	c.count++
	return h
}

// tryEnds: what waits, the stream and the feed, ends with its ticket, and shows
// nothing of what happens after that: whether it was logged out here, was removed by
// a command, or its time is over.
func (c *cells) tryEnds() {
	ctx, stop := context.WithCancel(c.t.Context())
	defer stop()
	looking := sync.OnceFunc(func() { go c.auth.Run(ctx) })
	ends := []struct {
		name string
		end  func(ticket string)
		then func() // what happens after it, which must not be shown
	}{
		{"logged out", func(ticket string) { c.serve(call{http.MethodDelete, "/v1/tickets/" + ticket, nil, ""}) },
			func() { c.trade(tradeOrder{kind: "etter-utlogging", by: bystander, held: true}) }},
		{"removed", func(ticket string) {
			check(c.t, c.db.DeleteTicket(c.t.Context(), sha256.Sum256([]byte(ticket))))
			looking()
		}, func() {}},
		{"expired", func(string) { c.at.Add(2 * time.Minute.Microseconds()); looking() }, func() {}},
	}
	for _, end := range ends {
		for _, waits := range []struct {
			path func() string
			word string // by which it says why it ends
		}{{func() string { return "/v2/events" }, "the ticket has ended"}, {c.fromNow, "ticket-"}} {
			ticket := c.shortTicket()
			path := waits.path()
			h := c.listen(path, ticket)
			end.end(ticket)
			end.then()
			c.ended(h, path+", "+end.name, waits.word)
		}
	}
}

// ended wants what waits to end, and to say why.
func (c *cells) ended(h *heard, what, word string) {
	c.t.Helper()
	deadline := time.Now().Add(patienceOfEnds)
	for !h.over() && !strings.Contains(h.text(), "N-etter-utlogging") && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	h.stop()
	<-h.done
	if text := h.text(); !strings.Contains(text, word) || strings.Contains(text, "N-etter-utlogging") {
		c.fail("%s: it goes on:\n%s", what, short(text))
	}
}

// fromNow is the bystander's feed behind all that there is, with time to wait.
func (c *cells) fromNow() string {
	head, err := c.exchange.Head(c.t.Context(), bystander)
	check(c.t, err)
	return fmt.Sprintf("/v2/feed?after=%d&wait=30", head)
}

// shortTicket is a ticket of the bystander's whose time is over in a minute.
func (c *cells) shortTicket() string {
	text := fmt.Sprintf("TGT-1-%05d-orders.example.no", c.next())
	check(c.t, c.db.AddTicket(c.t.Context(), auth.Ticket{Digest: sha256.Sum256([]byte(text)), Kind: auth.KindTicket,
		Party: bystander, Holder: "kari", Created: c.now(), Expires: c.now().Add(time.Minute)}, 1000))
	return text
}

// until waits for something that another goroutine does.
func (c *cells) until(what string, done func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("waited in vain for %s", what)
		}
	}
}
