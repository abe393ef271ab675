package webhook

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID       string // msg_ and a UUID: the webhook-id, the same over all tries
	Endpoint string
	Party    order.PartyID
	Type     Type
	State    DeliveryState
	Attempts int // since it was made, or was last sent again by hand
	Due      time.Time
	Created  time.Time
	Finished time.Time // zero while pending

	Event Event
}

// DeliveryState says how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	Pending   DeliveryState = "pending"
	Delivered DeliveryState = "delivered" // a 2xx came from the registered address
	Failed    DeliveryState = "failed"    // the schedule ran out, or the endpoint is gone
)

// Event is what a delivery reports: attributes that never change, so that every try
// sends the same bytes.
type Event struct {
	Change int64     // the party's change number; 0 in a test event
	Epoch  string    // that Change is of; "" in a test event
	Order  order.ID  // "" in a test event
	Number string    // the sender's number of the order
	Event  int       // the number in the order's history
	At     time.Time //
	Line   int       // 0 when it is about the whole order
	From   order.Status
	To     order.Status
	Role   order.Role // where the party stands
	Text   string     // of a notice: what it says, in the words of its formats
}

// Broadcast is what a party's endpoints of some formats get beside the events of
// orders, such as new terms. A store of what it is about adds one delivery
// for each of them in the same transaction.
type Broadcast struct {
	Formats []string
	Type    Type
	Event   Event
}

// Attempt is one try.
type Attempt struct {
	Number int // from 1 over the delivery's whole life
	At     time.Time
	Took   time.Duration
	Status int         // 0 when no answer came
	Error  string      // what went wrong, in words for the party; "" when delivered
	Header http.Header // of the answer, secrets masked
	Body   []byte      // the first MaxStored bytes of the answer
}

// MaxStored is how much of an answer is stored: enough for an error page to be
// recognised.
const MaxStored = 4 << 10

// Task is a leased delivery with its endpoint as it stands.
type Task struct {
	Delivery Delivery
	Endpoint Endpoint
}

// DefaultSchedule are the waits after the first and each further failed try:
// some minutes for a restart, then hours for a mistake that people must mend,
// then days for a weekend. Four days in all.
func DefaultSchedule() []time.Duration {
	return []time.Duration{
		5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	}
}

const (
	// failingAfter is how long an endpoint may fail before what waits for it
	// is stored and only tried now and then.
	failingAfter = 5 * 24 * time.Hour

	// probeEvery is how often a failing endpoint is tried.
	probeEvery = time.Hour

	// failuresBeforeBackoff is how many failures in a row make the endpoint itself wait, and
	// not the one delivery alone: behind a dead address a backlog would
	// otherwise be tried piece by piece. The wait begins at shortestRest, which
	// a restart takes, and doubles with every further failure.
	failuresBeforeBackoff = 5
	shortestRest          = 5 * time.Second

	// maxBackoff bounds that wait, so that an endpoint that is back is found
	// within minutes.
	maxBackoff = 5 * time.Minute
)

func delivered(e *Endpoint, d *Delivery, now time.Time) {
	d.State, d.Finished = Delivered, now
	e.Failures, e.Since, e.Success, e.Due = 0, time.Time{}, now, time.Time{}
	if e.State == Failing {
		e.State, e.Reason = Active, ""
	}
}

func gone(e *Endpoint, d *Delivery, now time.Time) {
	d.State, d.Finished = Failed, now
	e.State, e.Reason = Disabled, fmt.Sprintf("answered 410 Gone at %s", now.UTC().Format(time.RFC3339))
}

func failed(e *Endpoint, d *Delivery, f Format, r Result, now time.Time, jitter float64) {
	e.Failures++
	if e.Since.IsZero() {
		e.Since = now
	}
	schedule, own := DefaultSchedule(), f.Schedule != nil
	if own {
		schedule, jitter = f.Schedule, -math.Abs(jitter)
	}
	if !own && e.State == Active && now.Sub(e.Since) >= failingAfter {
		e.State = Failing
		e.Reason = fmt.Sprintf("no delivery was taken since %s; the oldest is tried every hour", e.Since.UTC().Format(time.RFC3339))
	}
	if r.Final || e.State != Failing && d.Attempts > len(schedule) {
		d.State, d.Finished = Failed, now
		return
	}
	if e.State == Failing {
		d.Due = now.Add(spread(probeEvery, jitter))
		e.Due = d.Due
		return
	}
	// A receiver may ask for more time than the schedule has, and not for
	// less: what asks for a second each time would use its tries up in seconds.
	d.Due = now.Add(max(spread(schedule[min(d.Attempts, len(schedule))-1], jitter), r.RetryAfter))
	if wait := max(backoff(e.Failures, jitter), r.RetryAfter); wait > 0 {
		e.Due = now.Add(wait)
	}
}

// backoff is how long an endpoint waits after so many failures in a row.
func backoff(failures int, jitter float64) time.Duration {
	if failures < failuresBeforeBackoff {
		return 0
	}
	d := shortestRest
	for n := failuresBeforeBackoff; n < failures && d < maxBackoff; n++ {
		d *= 2
	}
	return spread(min(d, maxBackoff), jitter)
}

func spread(d time.Duration, jitter float64) time.Duration {
	return d + time.Duration(float64(d)*jitter/5)
}
