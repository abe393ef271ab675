package webhook_test

import (
	"bytes"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/internal/webhook/receivertest"
)

// What one try may cost, whatever the receiver does.
const (
	mostTime  = 10 * time.Second // with the limits of these tests; a loaded machine is slow
	mostRead  = 96 << 10         // the headers' limit, the body that is stored, and the buffers
	mostAlloc = 48 << 20         // store, receiver and tests beside it included
	leftOver  = 5                // goroutines
)

// short is for receivers that hang: nothing is to be waited for.
const short = 400 * time.Millisecond

// TestReceivers lets the real dispatcher send over the real store to receivers
// that misbehave. Each then becomes good and gets what it has missed: the same
// message, signed anew. They run one after the other, for memory and
// goroutines are counted.
func TestReceivers(t *testing.T) {
	r, ca := openCapacity(t), receivertest.NewAuthority(t)
	other := receivertest.Listen(t, receivertest.Answer(200), nil)
	for _, b := range fulltest.Cases(receivertest.Behaviours(other), 4) {
		t.Run(b.Name, func(t *testing.T) { r.receive(t, ca, b) })
	}
	if n := other.Conns.Load(); n != 0 {
		t.Errorf("%d connections went to where a redirect led", n)
	}
}

func (r *capacity) receive(t *testing.T, ca *receivertest.Authority, b receivertest.Behaviour) {
	base := runtime.NumGoroutine()
	target := b.Listen(t, ca)
	limits := usual()
	if b.Hangs {
		limits.Header, limits.Body = short, short
	}
	if b.SlowBody {
		limits.Body = short
	}
	limits.Read = new(atomic.Int64)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	e := r.register(t, b, target)
	dispatcher, stop := r.dispatch(t, webhook.NewTestSender(loopback(), ca.Roots, limits))
	_, err := r.AddTest(t.Context(), shop, e.ID)
	ok(t, err)
	dispatcher.Ring()
	d := r.attempted(t, e)
	runtime.ReadMemStats(&after)
	if grew := after.TotalAlloc - before.TotalAlloc; grew > mostAlloc || limits.Read.Load() > mostRead {
		t.Errorf("a try took %d bytes of memory and read %d", grew, limits.Read.Load())
	}
	r.checkOutcome(t, b, target, e, d)
	if wantState(b) == webhook.Pending {
		r.heal(t, ca, target, e, d, dispatcher)
	}
	stop()
	target.End()
	eventually(t, "the end of all connections", func() bool { return target.Open.Load() == 0 })
	eventually(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= base+leftOver })
	ok(t, r.DeleteEndpoint(t.Context(), shop, e.ID))
}

func wantState(b receivertest.Behaviour) webhook.DeliveryState {
	if b.State == "" {
		return webhook.Pending
	}
	return b.State
}

// register adds an endpoint through the service, as a party does.
func (r *capacity) register(t *testing.T, b receivertest.Behaviour, target *receivertest.Receiver) webhook.Endpoint {
	t.Helper()
	url := b.Registered(target)
	service := webhook.NewService(webhook.ServiceConfig{Store: r, Guard: loopback(), Names: net.DefaultResolver, Now: r.now})
	e, err := service.Add(t.Context(), shop, webhook.EndpointUpdate{URL: &url})
	ok(t, err)
	return e
}

// attempted waits for the first try of the endpoint's one delivery.
func (r *capacity) attempted(t *testing.T, e webhook.Endpoint) (d webhook.Delivery) {
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

func (r *capacity) checkOutcome(t *testing.T, b receivertest.Behaviour, target *receivertest.Receiver, e webhook.Endpoint, d webhook.Delivery) {
	t.Helper()
	attempts, err := r.Attempts(t.Context(), shop, e.ID, d.ID)
	ok(t, err)
	if len(attempts) != 1 || d.Attempts != 1 || d.State != wantState(b) {
		t.Fatalf("%s after %d attempts: %+v", d.State, d.Attempts, attempts)
	}
	a := attempts[0]
	if a.Status != b.Status || !strings.Contains(a.Error, b.Words) || (a.Error == "") != (d.State == webhook.Delivered) || a.Took > mostTime {
		t.Errorf("status %d, %q after %s; want %d, %q", a.Status, a.Error, a.Took, b.Status, b.Words)
	}
	if len(a.Body) > webhook.MaxStored || !strings.HasPrefix(string(a.Body), b.Body) {
		t.Errorf("stored %d bytes, %.40q; want %.40q", len(a.Body), a.Body, b.Body)
	}
	least, most := 4*time.Second, 6*time.Second
	if b.Wait > 0 {
		least, most = b.Wait, b.Wait
	}
	const rounding = time.Millisecond // what stands between the end of the try and its settling is no more
	if wait := d.Due.Sub(a.At.Add(a.Took)); d.State == webhook.Pending && (wait < least-rounding || wait > most+rounding) {
		t.Errorf("the next try is due in %s, want %s to %s", wait, least, most)
	}
	fewest, atMost := b.PerTry()
	if heard := len(target.Requests()); heard < fewest || heard > atMost {
		t.Errorf("the receiver heard %d requests, want %d to %d", heard, fewest, atMost)
	}
	stored, err := r.Endpoint(t.Context(), shop, e.ID)
	ok(t, err)
	if want := b.Endpoint; want == "" && stored.State != webhook.Active || want != "" && stored.State != want {
		t.Errorf("the endpoint is %s (%s)", stored.State, stored.Reason)
	}
}

// heal makes the receiver good, and the delivery comes at its next try.
func (r *capacity) heal(t *testing.T, ca *receivertest.Authority, target *receivertest.Receiver, e webhook.Endpoint, d webhook.Delivery, dispatcher *webhook.Dispatcher) {
	t.Helper()
	if target.Secure() {
		target.Cert.Store(ca.Issue(t, nil))
	} else if strings.HasPrefix(e.URL, "https:") {
		fixed := "http://" + target.Host() + "/hook"
		_, err := r.ChangeEndpoint(t.Context(), shop, e.ID, func(e *webhook.Endpoint) error { e.URL = fixed; return nil })
		ok(t, err)
	}
	target.Good.Store(true)
	eventually(t, "the delivery", func() bool {
		got, err := r.Delivery(t.Context(), shop, e.ID, d.ID)
		ok(t, err)
		r.advance(got.Due)
		dispatcher.Ring()
		return got.State == webhook.Delivered
	})
	all := target.Requests()
	for _, h := range all {
		if h.Header.Get("webhook-id") != d.ID || !bytes.Equal(h.Body, all[0].Body) || h.Target != "/hook" || h.Header.Get("User-Agent") != "bookgate/test" {
			t.Errorf("a try sent %v %s to %s", h.Header, h.Body, h.Target)
		}
	}
	last := all[len(all)-1]
	if err := webhook.Verify(last.Header, last.Body, e.Secret, r.now()); err != nil {
		t.Error(err)
	}
}

// TestANameThatMovesAway lets the name of a registered endpoint lead inside
// for a while.
func TestANameThatMovesAway(t *testing.T) {
	r := openCapacity(t)
	target := receivertest.Listen(t, receivertest.Answer(200), nil)
	target.Good.Store(true)
	dns, resolver := serveNames(t, "127.0.0.1")
	limits := usual()
	limits.Names = resolver
	url := "http://shop.test:" + target.Port() + "/hook"
	service := webhook.NewService(webhook.ServiceConfig{Store: r, Guard: loopback(), Names: resolver, Now: r.now})
	e, err := service.Add(t.Context(), shop, webhook.EndpointUpdate{URL: &url})
	ok(t, err)
	dns.set("10.0.0.1")
	dispatcher, _ := r.dispatch(t, webhook.NewTestSender(loopback(), nil, limits))
	_, err = service.Test(t.Context(), shop, e.ID)
	ok(t, err)
	d := r.attempted(t, e)
	attempts, err := r.Attempts(t.Context(), shop, e.ID, d.ID)
	ok(t, err)
	if d.State != webhook.Pending || !strings.Contains(attempts[0].Error, "by design (private)") || target.Conns.Load() != 0 {
		t.Errorf("%s, %+v, %d connections", d.State, attempts, target.Conns.Load())
	}
	dns.set("127.0.0.1")
	r.heal(t, nil, target, e, d, dispatcher)
}
