//go:build soak

package chaos

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// callers send orders and read lists through every way in. They come again when
// they are asked to, and take note of everything that clients must not see.
type callers struct {
	t    *testing.T
	book *ledger
	over chan struct{}
	all  sync.WaitGroup

	mu      sync.Mutex
	acks    []time.Time
	refused int // with Retry-After
	faults  int
}

// The callers at each way in: enough that changes are always waiting for their
// commit when the leader dies, and few enough that the machine's two cores are
// left to the three servers.
const (
	writersEach = 4
	readEvery   = 200 * time.Millisecond
	faultLimit  = 5 // printed in full; the first few say it all
)

func newCallers(t *testing.T, s gateways) *callers {
	t.Helper()
	c := &callers{t: t, book: newLedger(), over: make(chan struct{})}
	for way, client := range s.clients(t) {
		for w := range writersEach {
			c.all.Go(func() { c.write(client, fmt.Sprintf("p%d-w%d", way, w)) })
		}
		c.all.Go(func() { c.read(client) })
	}
	return c
}

// leave lets the callers finish what they are at.
func (c *callers) leave() {
	close(c.over)
	c.all.Wait()
}

func (c *callers) gone() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}

// write submits one order after the other, each until it is acknowledged.
func (c *callers) write(client *harness.Client, prefix string) {
	for n := 0; !c.gone(); n++ {
		number := orderNumber(prefix, n, 2)
		res, ok := c.ask(client, http.MethodPost, "/orders", bodyOf(number), http.StatusAccepted)
		for ; !ok; res, ok = c.ask(client, http.MethodPost, "/orders", bodyOf(number), http.StatusAccepted) {
			if c.tooMany() {
				return
			}
		}
		c.book.write(number, idIn(res), nil)
		c.acknowledged()
	}
}

func (c *callers) read(client *harness.Client) {
	for ; !c.gone() && !c.tooMany(); time.Sleep(readEvery) {
		c.ask(client, http.MethodGet, "/v2/orders?mode=SENT_BY_ME&pagesize=20", nil, http.StatusOK)
	}
}

// ask sends one request. After a refusal that says when to come again it waits
// for that long; anything else is a fault.
func (c *callers) ask(client *harness.Client, method, path string, body []byte, want int) (*http.Response, bool) {
	res, answer, err := client.Do(method, path, body, "application/xml")
	if err != nil {
		c.fault("%s %s got no answer: %v", method, path, err)
		return nil, false
	}
	if res.StatusCode == want {
		return res, true
	}
	after, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if res.StatusCode != http.StatusServiceUnavailable || err != nil || after < 1 {
		c.fault("%s %s: %s, Retry-After %q: %s", method, path, res.Status, res.Header.Get("Retry-After"), answer)
		return nil, false
	}
	c.mu.Lock()
	c.refused++
	c.mu.Unlock()
	time.Sleep(time.Duration(after) * time.Second)
	return nil, false
}

func (c *callers) fault(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.faults++; c.faults <= faultLimit {
		c.t.Errorf(format, args...)
	}
}

// tooMany ends a run that is lost.
func (c *callers) tooMany() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.faults > faultLimit
}

func (c *callers) acknowledged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acks = append(c.acks, time.Now())
}

// longestGap is the longest time without an acknowledgement since a moment.
func (c *callers) longestGap(since time.Time) (longest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := since
	for _, at := range c.acks {
		if at.After(last) {
			longest, last = max(longest, at.Sub(last)), at
		}
	}
	return longest
}
