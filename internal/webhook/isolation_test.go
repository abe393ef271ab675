package webhook_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/internal/webhook/receivertest"
	"github.com/bookgate/bookgate/order"
)

// Two bad receivers among a hundred.
const (
	goodOnes   = 98
	eventsEach = 10
	goalDelay  = time.Second      // the 99th percentile from commit to the first byte
	mostDelay  = 10 * time.Second // what fails the test: a loaded machine is not a defect
)

// arrivals is the one server behind all good receivers. It notes the first
// arrival of each message.
type arrivals struct {
	mu   sync.Mutex
	at   map[string]time.Time // by webhook-id
	each map[string]int       // by path
}

func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if id := r.Header.Get("webhook-id"); a.at[id].IsZero() {
		a.at[id] = time.Now()
		a.each[r.URL.Path]++
	}
	w.WriteHeader(http.StatusNoContent)
}

func (a *arrivals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.at)
}

// TestBadReceiversHurtNoOther lets one receiver hang and one drip beside 98 good
// ones. The bad ones hold on until the good ones have everything.
func TestBadReceiversHurtNoOther(t *testing.T) {
	r := openCapacity(t)
	good := &arrivals{at: map[string]time.Time{}, each: map[string]int{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	server := &http.Server{Handler: good}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	bad := []*receivertest.Receiver{receivertest.Listen(t, receivertest.Hang, nil), receivertest.Listen(t, receivertest.Begin("HTTP/1.1 200 OK\r\nX: ", receivertest.Drip), nil)}
	for n := range goodOnes + len(bad) {
		url := fmt.Sprintf("http://%s/%d", l.Addr(), n)
		if n >= goodOnes {
			url = "http://" + bad[n-goodOnes].Host() + "/"
		}
		ok(t, r.AddEndpoint(t.Context(), webhook.Endpoint{ID: fmt.Sprint("ep_", n), Party: shop, URL: url, Format: webhook.StandardName,
			State: webhook.Active, Secret: webhook.NewSecret()}, goodOnes+len(bad)))
	}
	limits := usual()
	limits.Header = time.Minute // the bad ones hold on for longer than the test
	d, stop := r.dispatch(t, webhook.NewTestSender(loopback(), nil, limits))
	for n := range eventsEach {
		r.addOrder(t, n)
		d.Ring()
	}
	eventually(t, "all for the good ones", func() bool { return good.count() == goodOnes*eventsEach })
	for _, b := range bad {
		if most, heard := b.Most.Load(), len(b.Requests()); most > webhook.PerEndpoint || heard > webhook.PerEndpoint || heard == 0 || b.Open.Load() == 0 {
			t.Errorf("a bad receiver had %d connections at once, %d requests, %d connections still", most, heard, b.Open.Load())
		}
	}
	for path, n := range good.each {
		if n != eventsEach {
			t.Errorf("%s got %d of %d", path, n, eventsEach)
		}
	}
	delays := good.delays(t, r)
	p99 := delays[len(delays)*99/100]
	t.Logf("%d deliveries to %d good receivers beside %d bad ones: median %s, 99 %% within %s (goal %s)",
		len(delays), goodOnes, len(bad), delays[len(delays)/2], p99, goalDelay)
	if p99 > mostDelay {
		t.Errorf("99 %% within %s, at most %s is allowed", p99, mostDelay)
	}
	for _, b := range bad {
		b.End() // or their tries would last
	}
	stop()
}

// TestHangingPartiesHurtNoOther lets all endpoints that a party may have hang, and
// some of many parties behind one receiver, and looks how late the events of
// another party come. The controls take away the bound of a party, and the places
// in which a slow try waits aside.
func TestHangingPartiesHurtNoOther(t *testing.T) {
	for _, c := range []struct {
		name           string
		parties, each  int
		share, awaited int
		most           int64
		late           bool
	}{
		{"one party", 1, 50, webhook.PerParty, webhook.MostAwaited, webhook.PerParty, false},
		{"one party, control: no bound", 1, 50, webhook.Workers, 0, webhook.Workers, true},
		{"many parties", 5, 8, webhook.PerParty, webhook.MostAwaited, 5 * webhook.PerParty, false},
		{"many parties, control: nothing waits aside", 5, 8, webhook.PerParty, 0, webhook.Workers, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // they wait
			slowest, held := delayBesideHanging(t, c.parties, c.each, c.share, c.awaited)
			t.Logf("beside %d hanging endpoints, which held %d places, the latest event came after %s", c.parties*c.each,
				held, slowest)
			if late := slowest > goalDelay; late != c.late {
				t.Errorf("the latest event came after %s; at most %s is allowed: %v", slowest, goalDelay, !c.late)
			}
			if held < webhook.PerParty || held > c.most {
				t.Errorf("the parties held %d places, want at most %d", held, c.most)
			}
		})
	}
}

// delayBesideHanging returns how late the latest of some events came to a good
// receiver, with a bound on the tries of a party whose receivers hang, and how
// many connections those held at once.
func delayBesideHanging(t *testing.T, parties, hanging, share, awaited int) (slowest time.Duration, held int64) {
	const apart = 50 * time.Millisecond
	r := openCapacity(t)
	good := &arrivals{at: map[string]time.Time{}, each: map[string]int{}}
	server := httptest.NewServer(good)
	t.Cleanup(server.Close)
	bad := receivertest.Listen(t, receivertest.Hang, nil)
	endpoint := func(party order.PartyID, id, url string) {
		ok(t, r.AddEndpoint(t.Context(), webhook.Endpoint{ID: id, Party: party, URL: url, Format: webhook.StandardName,
			State: webhook.Active, Secret: webhook.NewSecret()}, hanging))
	}
	for p := range parties {
		id := order.PartyID(fmt.Sprint(1000 + p))
		ok(t, r.AddParty(t.Context(), order.Party{ID: id, Name: "Other", Scheme: order.DefaultScheme}))
		for n := range hanging {
			endpoint(id, fmt.Sprint("ep_bad", p, "_", n), "http://"+bad.Host()+"/")
		}
	}
	endpoint(shop, "ep_good", server.URL+"/good")
	limits := usual()
	limits.Header = 4 * goalDelay // a control waits for it
	d := webhook.NewDispatcher(webhook.Config{Store: r, Sender: webhook.NewTestSender(loopback(), nil, limits),
		Formats: []webhook.Format{webhook.Standard("https://orders.example.no")}, Now: r.now})
	d.SetPerParty(share)
	d.SetAwaited(awaited)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	for n := range max(3, 30/parties) {
		for p := range parties {
			r.addOrderOf(t, order.PartyID(fmt.Sprint(1000+p)), n)
		}
	}
	d.Ring()
	eventually(t, "the hanging", func() bool { return bad.Open.Load() >= webhook.PerParty })
	time.Sleep(10 * apart)
	held = bad.Open.Load()
	for n := range eventsEach {
		r.addOrder(t, n)
		d.Ring()
		time.Sleep(apart)
	}
	eventually(t, "all for the good one", func() bool { return good.count() == eventsEach })
	stored, err := r.Deliveries(t.Context(), webhook.DeliveryQuery{Party: shop, Endpoint: "ep_good", Limit: 2 * eventsEach})
	ok(t, err)
	for _, one := range stored {
		slowest = max(slowest, good.at[one.ID].Sub(one.Created).Round(time.Millisecond))
	}
	cancel()
	bad.End()
	running.Wait()
	return slowest, held
}

// delays are the times from the commit of each good delivery to its arrival,
// the shortest first.
func (a *arrivals) delays(t *testing.T, r *capacity) (all []time.Duration) {
	t.Helper()
	for n := range goodOnes {
		stored, err := r.Deliveries(t.Context(), webhook.DeliveryQuery{Party: shop, Endpoint: fmt.Sprint("ep_", n), Limit: 2 * eventsEach})
		ok(t, err)
		for _, d := range stored {
			a.mu.Lock()
			all = append(all, a.at[d.ID].Sub(d.Created).Round(time.Millisecond))
			a.mu.Unlock()
		}
	}
	slices.Sort(all)
	return all
}

// TestHangingEndpointsGetRest lets an endpoint fail until it rests, and counts
// how often it is asked while much waits for it.
func TestHangingEndpointsGetRest(t *testing.T) {
	r, target := openCapacity(t), receivertest.Listen(t, receivertest.Answer(500), nil)
	ok(t, r.AddEndpoint(t.Context(), webhook.Endpoint{ID: "ep_bad", Party: shop, URL: "http://" + target.Host() + "/", Format: webhook.StandardName,
		State: webhook.Active, Secret: webhook.NewSecret()}, 1))
	const waiting = 60
	for n := range waiting {
		r.addOrder(t, n)
	}
	d, stop := r.dispatch(t, webhook.NewTestSender(loopback(), nil, usual()))
	d.Ring()
	rests := func() bool {
		e, err := r.Endpoint(t.Context(), shop, "ep_bad")
		ok(t, err)
		return e.Due.After(r.now())
	}
	eventually(t, "a rest", rests)
	stop()
	if n := len(target.Requests()); n > 5+webhook.PerEndpoint { // fewer than 5 where a connection broke on the way
		t.Errorf("%d requests before the endpoint rested", n)
	}
	tasks, err := r.Claim(t.Context(), r.now(), r.now().Add(time.Minute), webhook.Bounds{PerEndpoint: webhook.PerEndpoint, PerParty: waiting, Limit: waiting})
	if err != nil || len(tasks) != 0 {
		t.Errorf("a resting endpoint is given %d (%v)", len(tasks), err)
	}
	e, err := r.Endpoint(t.Context(), shop, "ep_bad")
	if err != nil || e.Failures < 5 || e.State != webhook.Active || strings.TrimSpace(e.Reason) != "" {
		t.Errorf("%+v, %v", e, err)
	}
}
