//go:build all

package chaos

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// What a receiver does wrong, in percent of the requests.
const (
	dropsUnread  = 5  // ends the connection before anything is done
	dropsApplied = 2  // applies the event, then ends the connection
	forgets      = 5  // accepts the event and does not apply it
	doubles      = 10 // applies the event twice, as if it had come twice
)

// change is one change, as the feed and an event tell it.
type change struct {
	Number int64  `json:"number"`
	Order  string `json:"orderId"`
	To     string `json:"to"`
}

// follower keeps the state of a party's orders by the events that it is sent,
// as an integrator would. It knows nothing of our code.
type follower struct {
	name     string
	apply    applier
	feed     func(after int64) ([]change, int64, error)
	endpoint string
	secret   []byte

	mu        sync.Mutex
	orders    map[string]*followed
	through   int64         // every change up to this was applied; the careful one keeps it
	arrived   map[int64]int // how often each change was accepted
	dropped   int
	forgotten int
	filled    int // gaps
	unsigned  int
}

// followed is what is known of an order.
type followed struct {
	changes []int64
	status  string
}

type applier func(*follower, change) error

// receivers is the server behind all followers of a run.
type receivers struct {
	*httptest.Server
	mu   sync.Mutex
	byID map[string]*follower // by path
	calm *atomic.Bool         // nothing is done wrong any more
}

func listenForEvents(t *testing.T, calm *atomic.Bool) *receivers {
	r := &receivers{byID: map[string]*follower{}, calm: calm}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.CloseClientConnections)
	t.Cleanup(r.Close)
	return r
}

// register makes an endpoint for the follower.
func (f *follower) register(t *testing.T, client *harness.Client, at *receivers, filter []string) {
	t.Helper()
	at.mu.Lock()
	at.byID["/"+f.name] = f
	at.mu.Unlock()
	endpoint, _ := json.Marshal(map[string]any{"url": at.URL + "/" + f.name, "events": append([]string{}, filter...)})
	res, body, err := client.Do(http.MethodPost, "/v2/webhooks", endpoint, "application/json")
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("register: %v %s", err, body)
	}
	var doc struct{ ID, Secret string }
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatal(err)
	}
	f.endpoint = doc.ID
	if f.secret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(doc.Secret, "whsec_")); err != nil || len(f.secret) == 0 {
		t.Fatalf("the secret %q: %v", doc.Secret, err)
	}
}

func (r *receivers) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	f := r.byID[req.URL.Path]
	r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	dice := rand.IntN(100)
	if r.calm.Load() {
		dice = 100
	}
	if status := f.hear(req.Header, body, dice); status != 0 {
		w.WriteHeader(status)
		return
	}
	panic(http.ErrAbortHandler) // ends the connection without an answer
}

// hear takes one request in and returns the status of the answer, 0 for none.
func (f *follower) hear(h http.Header, body []byte, dice int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var event struct {
		Data struct {
			Change int64  `json:"change"`
			Order  string `json:"orderId"`
			Status string `json:"status"`
		} `json:"data"`
	}
	if !f.signed(h, body) || json.Unmarshal(body, &event) != nil {
		f.unsigned++
		return http.StatusBadRequest
	}
	c := change{event.Data.Change, event.Data.Order, event.Data.Status}
	switch {
	case dice < dropsUnread:
		f.dropped++
		return 0
	case dice < dropsUnread+forgets:
		f.forgotten++
	default:
		if f.apply(f, c) != nil {
			return http.StatusServiceUnavailable // the gateway is dead; it comes again
		}
		if dice < dropsUnread+forgets+doubles && f.apply(f, c) != nil {
			return http.StatusServiceUnavailable
		}
		if dice >= 100-dropsApplied && dice < 100 {
			f.dropped++
			return 0
		}
	}
	f.arrived[c.Number]++
	return http.StatusNoContent
}

// signed checks the signature of Standard Webhooks.
func (f *follower) signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, f.secret)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	return h.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// applyCarefully leaves out what was applied before, and fetches from the feed
// what is missing in between.
func (f *follower) applyCarefully(c change) error {
	if c.Number > f.through+1 {
		f.filled++
	}
	for c.Number > f.through+1 {
		changes, _, err := f.feed(f.through)
		if err != nil {
			return err
		}
		for _, missed := range changes {
			f.take(missed)
		}
	}
	if c.Number == f.through+1 {
		f.take(c)
	}
	return nil
}

func (f *follower) take(c change) {
	f.through = c.Number
	f.applyBlindly(c)
}

// applyBlindly applies whatever comes.
func (f *follower) applyBlindly(c change) error {
	o := f.orders[c.Order]
	if o == nil {
		o = &followed{}
		f.orders[c.Order] = o
	}
	o.changes, o.status = append(o.changes, c.Number), c.To
	return nil
}

// differences counts the orders of which the follower has another state than
// the gateway: by the feed, and by the newest change that the list shows.
func (f *follower) differences(truth []change, newest map[string]int64) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	want := &follower{orders: map[string]*followed{}}
	for _, c := range truth {
		want.applyBlindly(c)
	}
	for id, o := range want.orders {
		got := f.orders[id]
		if got == nil || fmt.Sprint(*got) != fmt.Sprint(*o) || got.changes[len(got.changes)-1] != newest[id] {
			n++
		}
	}
	return n + max(0, len(f.orders)-len(want.orders))
}

// missing counts the changes that were never accepted: whatever the feed made
// good, the dispatcher must have brought each at least once.
func (f *follower) missing(truth []change) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range truth {
		if f.arrived[c.Number] == 0 {
			n++
		}
	}
	return n
}

// count is how many changes were accepted.
func (f *follower) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.arrived)
}

// doubled counts the changes that were accepted more than once.
func (f *follower) doubled() (n int) {
	for _, times := range f.arrived {
		if times > 1 {
			n++
		}
	}
	return n
}
