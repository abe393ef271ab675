//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	patience    = 30 * time.Second      // for an order to reach its receiver while the database comes and goes
	lookPause   = 10 * time.Millisecond // between two looks at it
	readerPause = 50 * time.Millisecond
)

// customers use a gateway whatever becomes of its database: they submit orders,
// take a copy of each back, and read. They accept success or a time to come
// back, and nothing else.
type customers struct {
	t      *testing.T
	client *harness.Client
	book   *ledger
	over   chan struct{}
	all    sync.WaitGroup

	mu             sync.Mutex
	last           time.Time       // of a change that was acknowledged
	longest        time.Duration   // between two of them
	reduced        map[string]bool // the id of an order to whether its reduction was acknowledged, or only asked for
	asked, refused int
}

func newCustomers(t *testing.T, g *harness.Gateway, s harness.Scene) *customers {
	t.Helper()
	c := &customers{t: t, client: login(t, g, s.Sender), book: newLedger(), over: make(chan struct{}), reduced: map[string]bool{}}
	for w := range writers {
		c.all.Go(func() {
			for n := 0; !c.closed(); n++ {
				c.order(orderNumber(fmt.Sprintf("w%d", w), n, 2))
			}
		})
	}
	c.all.Go(func() {
		for ; !c.closed(); time.Sleep(readerPause) {
			c.ask(http.MethodGet, "/v2/orders?mode=SENT_BY_ME&pagesize=20", nil, "")
		}
	})
	return c
}

func (c *customers) closed() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}

// leave lets the customers finish what they are at.
func (c *customers) leave() {
	close(c.over)
	c.all.Wait()
}

// order submits an order until it is acknowledged, and takes a copy back once
// it has reached its receiver. A reduction that is refused is not repeated:
// no client could know whether it was done.
func (c *customers) order(number string) {
	res, ok := c.ask(http.MethodPost, "/orders", bodyOf(number), "application/xml")
	for ; !ok && !c.closed(); res, ok = c.ask(http.MethodPost, "/orders", bodyOf(number), "application/xml") {
		time.Sleep(lookPause)
	}
	if !ok {
		c.book.write(number, "", fmt.Errorf("refused to the end"))
		return
	}
	id := idIn(res.Response)
	c.book.write(number, id, nil)
	if !c.arrived(id) {
		return
	}
	_, ok = c.ask(http.MethodPost, "/orders/"+id+"/update", fmt.Appendf(nil, `{"ean":%q,"number":-1}`, harness.EAN(2)), "application/json")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reduced[id] = ok
}

// arrived waits until an order is SENT.
func (c *customers) arrived(id string) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(lookPause) {
		res, ok := c.ask(http.MethodGet, "/orders/"+id, nil, "")
		if ok && res.item.Status == "SENT" {
			return true
		}
	}
	return false
}

// reply is what a request gave.
type reply struct {
	*http.Response
	item harness.Item
}

// ask sends a request and reports whether it succeeded. What is neither success
// nor a proper refusal is a fault of the gateway's.
func (c *customers) ask(method, path string, body []byte, contentType string) (r reply, ok bool) {
	res, answer, err := c.client.Do(method, path, body, contentType)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	switch {
	case err != nil:
		c.t.Errorf("%s %s got no answer: %v", method, path, err)
		return r, false
	case res.StatusCode < http.StatusMultipleChoices:
		if method == http.MethodPost {
			c.succeed(time.Now())
		}
		json.Unmarshal(answer, &r.item) // what is not an order has no status
		r.Response = res
		return r, true
	case res.StatusCode == http.StatusServiceUnavailable && comeAgain(res) == "":
		c.refused++
		return r, false
	}
	c.t.Errorf("%s %s: %s %s", method, path, comeAgain(res), answer)
	return r, false
}

func (c *customers) succeed(now time.Time) {
	if !c.last.IsZero() {
		c.longest = max(c.longest, now.Sub(c.last))
	}
	c.last = now
}

// gap waits for a change that is acknowledged after an instant, and reports how
// long that took.
func (c *customers) gap(after time.Time) time.Duration {
	for time.Since(after) < gapLimit {
		c.mu.Lock()
		last := c.last
		c.mu.Unlock()
		if last.After(after) {
			return last.Sub(after)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(after)
}

// checkReductions demands that each reduction was done once, and at most once
// where it was refused, and counts those that were acknowledged.
func (c *customers) checkReductions(login func() *harness.Client) (acknowledged int) {
	c.t.Helper()
	for _, ok := range c.reduced {
		if ok {
			acknowledged++
		}
	}
	eachHistory(c.t, login, c.book, func(a acked, history string) {
		ok, asked := c.reduced[a.id]
		if n := count(history, "reduced"); ok && n != 1 || asked && n > 1 || !asked && n > 0 {
			c.t.Errorf("order %s was reduced %d times; asked %t, acknowledged %t", a.number, n, asked, ok)
		}
	})
	return acknowledged
}
