package webhook

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
)

// Bounds of the dispatcher.
const (
	// workers is how many tries begin at once in one process: each is looked up,
	// written and signed, and shakes hands.
	workers = 64

	// slowAfter is how long a try keeps one of the workers. What still has no
	// answer then waits, which costs a connection and some kilobytes: receivers
	// that hang, of however many parties, hold up the others for no longer.
	slowAfter = 100 * time.Millisecond

	// mostAwaited is how many tries wait for an answer beside the workers. They
	// are those of 64 parties of which every receiver hangs.
	mostAwaited = 64 * perParty

	// perEndpoint is how many tries one endpoint gets at once over all
	// replicas: enough to hide the way there and back, few enough to be no
	// burden on a small shop's server.
	perEndpoint = 2

	// perParty is how many tries all endpoints of one party get at once over all
	// replicas, whatever they are (webhooks, callbacks, e-mail): a party may have
	// dozens that hang, and what it can hold with them is a quarter of the workers,
	// for as long as those keep a try. It is enough for 16 receivers that take a second each.
	perParty = workers / 4

	// claimEvery is how often due deliveries are looked for without a call of Ring.
	claimEvery = 200 * time.Millisecond

	// leaseFor is longer than the longest try, so that no two replicas send
	// the same at once; a replica that died leaves its tries for that long.
	leaseFor = 30 * time.Second
)

// Config is what a Dispatcher needs. Now, Observe and Log may be left out.
type Config struct {
	Store   Store
	Sender  *Sender
	Formats []Format

	// Observe is called with the outcome of each try: "delivered", "failed", "gone" or
	// "given-up".
	Observe func(format, outcome string, took time.Duration)

	// Jitter returns a number from -1 to 1 by which the next try of what failed is
	// moved; nil means a random one.
	Jitter func() float64

	Now func() time.Time
	Log *slog.Logger
}

// Dispatcher sends what is due.
type Dispatcher struct {
	config  Config
	formats map[string]Format
	bell    chan struct{}
	slots   chan struct{} // one for each try that has a worker
	awaited chan struct{} // one for each try that waits for an answer
	warned  sync.Map      // the formats of which it was said that they are not known
	failing failureLog
	share   int // tries of one party at once
}

// NewDispatcher makes a dispatcher.
func NewDispatcher(c Config) *Dispatcher {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Jitter == nil {
		c.Jitter = func() float64 { return rand.Float64()*2 - 1 }
	}
	if c.Observe == nil {
		c.Observe = func(string, string, time.Duration) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &Dispatcher{config: c, formats: map[string]Format{}, bell: make(chan struct{}, 1),
		slots: make(chan struct{}, workers), awaited: make(chan struct{}, mostAwaited),
		failing: failureLog{log: c.Log, now: c.Now}, share: perParty}
	if plant.Enabled && plant.On(plant.SingleWorker) {
		d.slots, d.awaited = make(chan struct{}, 1), nil
	}
	for _, f := range c.Formats {
		d.formats[f.Name] = f
	}
	return d
}

// Ring says that something may be due now. It never waits.
func (d *Dispatcher) Ring() {
	select {
	case d.bell <- struct{}{}:
	default:
	}
}

// Run sends until ctx ends, then lets the tries at hand come to their end: each
// is bounded, and its outcome is stored.
func (d *Dispatcher) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		d.dispatch(ctx, &wg)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.bell:
		}
	}
}

// dispatch claims what is due, as much as there are free slots, and sends it in
// the background.
func (d *Dispatcher) dispatch(ctx context.Context, wg *sync.WaitGroup) {
	for ctx.Err() == nil {
		free := cap(d.slots) - len(d.slots)
		if free == 0 {
			return
		}
		tasks, err := d.Claim(ctx, free)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				d.config.Log.ErrorContext(ctx, "deliveries could not be claimed", "err", err)
			}
			return
		}
		for _, t := range tasks {
			d.slots <- struct{}{}
			wg.Go(func() {
				defer d.Ring() // the next of the same order may be free now
				defer d.place()()
				d.Try(context.WithoutCancel(ctx), t)
			})
		}
		if len(tasks) < free {
			return
		}
	}
}

// Claim is the first step of Run: it leases what is due, at most limit deliveries.
// Each is then tried.
func (d *Dispatcher) Claim(ctx context.Context, limit int) ([]Task, error) {
	now := d.config.Now()
	bounds := Bounds{PerEndpoint: perEndpoint, PerParty: d.share, Limit: limit}
	return d.config.Store.Claim(ctx, now, now.Add(leaseFor), bounds)
}

// place holds the worker of a try, and after a while a place among those that
// wait instead, looked for every slowAfter. leave frees what is held.
func (d *Dispatcher) place() (leave func()) {
	var mu sync.Mutex
	var slow *time.Timer
	held := d.slots
	mu.Lock()
	defer mu.Unlock()
	slow = time.AfterFunc(slowAfter, func() {
		mu.Lock()
		defer mu.Unlock()
		if held == nil {
			return
		}
		select {
		case d.awaited <- struct{}{}:
			<-held
			held = d.awaited
			d.Ring()
		default:
			slow.Reset(slowAfter)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		slow.Stop()
		<-held
		held = nil
	}
}

// Try is the second step of Run: it makes one try and stores its outcome. When the
// outcome cannot be stored, the lease runs out and the delivery is sent again:
// twice is allowed, never is not.
func (d *Dispatcher) Try(ctx context.Context, t Task) {
	f, ok := d.formats[t.Endpoint.Format]
	if !ok {
		d.warnUnknownFormat(ctx, t.Endpoint)
		return
	}
	start := time.Now()
	result := d.send(ctx, f, t)
	took := time.Since(start)
	jitter := d.config.Jitter()
	outcome := ""
	was, tried := t, Attempt{}
	err := d.config.Store.RecordAttempt(ctx, t.Endpoint.Party, t.Delivery.ID, func(e *Endpoint, del *Delivery) Attempt {
		was.Endpoint = *e
		a := applyResult(e, del, f, result, d.config.Now(), jitter)
		if !a.At.IsZero() {
			a.At, a.Took = a.At.Add(-took), took
		}
		outcome = outcomeOf(e, del)
		was.Delivery, tried = *del, a
		return a
	})
	if err != nil {
		d.config.Log.ErrorContext(ctx, "the outcome of a delivery could not be stored", "delivery", t.Delivery.ID, "err", err)
		return
	}
	if result.Later > 0 {
		return
	}
	d.failing.note(ctx, f, was, tried, result)
	d.config.Observe(f.Name, outcome, took)
}

// applyResult applies the result of a try at the given instant. jitter, between -1
// and 1, spreads the next try by a fifth either way, so that what failed
// together does not come back together. The attempt of a try that did not get its
// turn is the zero Attempt.
func applyResult(e *Endpoint, d *Delivery, f Format, r Result, now time.Time, jitter float64) Attempt {
	if r.Later > 0 {
		if d.State == Pending {
			d.Due = now.Add(r.Later)
		}
		return Attempt{}
	}
	d.Attempts++
	a := Attempt{At: now, Status: r.Status, Header: r.Header, Body: r.Body}
	switch {
	case r.Skip:
		d.State, d.Finished = Delivered, now // and nothing was learned of the endpoint
	case f.accepts(r):
		delivered(e, d, now)
	case d.State == Delivered: // by another replica, when this try had outlived its lease
		a.Error = resultText(r)
	case r.Status == http.StatusGone:
		a.Error = resultText(r)
		gone(e, d, now)
	default:
		a.Error = resultText(r)
		failed(e, d, f, r, now, jitter)
	}
	return a
}

// accepts reports whether the receiver has the message.
func (f Format) accepts(r Result) bool {
	switch {
	case r.Err != nil:
		return false
	case f.Accepted != nil:
		return f.Accepted(r.Status)
	}
	return r.Status >= 200 && r.Status < 300
}

// warnUnknownFormat says, once for each format, that its deliveries stay pending: nothing
// is lost, and they go as soon as a process has the format. A line at every claim
// would fill the log.
func (d *Dispatcher) warnUnknownFormat(ctx context.Context, e Endpoint) {
	if _, warned := d.warned.LoadOrStore(e.Format, true); warned {
		return
	}
	if strings.HasPrefix(e.URL, Mailto) {
		d.config.Log.WarnContext(ctx, "e-mails wait because no mail server is set (--smtp)", "endpoint", e.ID)
		return
	}
	d.config.Log.ErrorContext(ctx, "deliveries wait, because their format is not known here", "endpoint", e.ID, "format", e.Format)
}

// send makes the request of a format and carries it out in bounded time.
func (d *Dispatcher) send(ctx context.Context, f Format, t Task) Result {
	limit := f.Timeout
	if limit == 0 {
		limit = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if f.Send != nil {
		r := f.Send(ctx, t)
		if fault := PublicError(""); r.Err != nil && !errors.As(r.Err, &fault) {
			d.config.Log.ErrorContext(ctx, "a delivery could not be written", "delivery", t.Delivery.ID, "err", r.Err)
			r.Err = &writeError{r.Err}
		}
		return r
	}
	m, err := f.Write(ctx, t, d.config.Now())
	if err != nil {
		d.config.Log.ErrorContext(ctx, "a delivery could not be written", "delivery", t.Delivery.ID, "err", err)
		return Result{Err: &writeError{err}}
	}
	if m.Skip {
		return Result{Skip: true}
	}
	for name, value := range t.Endpoint.Headers {
		m.Header.Set(name, value)
	}
	r := d.config.Sender.Post(ctx, t.Endpoint.URL, m)
	r.sent = m.Body
	return r
}

func outcomeOf(e *Endpoint, d *Delivery) string {
	switch {
	case d.State == Delivered:
		return "delivered"
	case e.State == Disabled:
		return "gone"
	case d.State == Failed:
		return "given-up"
	}
	return "failed"
}
