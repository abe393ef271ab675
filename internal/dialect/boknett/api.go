package boknett

import (
	"crypto/rand"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Config is what the API needs. Exchange and Desk must be given.
type Config struct {
	Exchange *order.Exchange
	Desk     *auth.Desk

	// Webhooks registers endpoints; nil leaves /v2/webhooks out.
	Webhooks *webhook.Desk

	// Public is the address under which clients know this server, without a
	// slash at the end. Every link is built from it, never from Host.
	Public string

	// Zone is the zone of fromDate and created; nil means UTC.
	Zone *time.Location

	// Skew is how far the Date header may be from our clock; 0 means
	// DefaultSkew.
	Skew time.Duration

	// Overlap is how far before fromDate a list reaches. A client that polls
	// with the time of its last poll may see an order twice, and never misses
	// one that was committed late.
	Overlap time.Duration

	// CursorKey authenticates cursors. It must stay the same over restarts
	// and replicas; without one, cursors end with the process.
	CursorKey []byte

	// Skewed is told how far each Date header that can be read is from our
	// clock; nil means nobody wants to know.
	Skewed func(time.Duration)

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Readings are what the clock would show had it not been set lately: a Date that
	// fits one of them is accepted as well. nil means none.
	Readings func() []time.Time

	// Shown returns from when a reader has to be shown changes who asks for those
	// since a time; nil means from that time on.
	Shown func(time.Time) time.Time

	// Running is a clock that is never set, by which stream tokens end; nil means
	// Now.
	Running func() time.Time
}

// DefaultSkew is the difference between clocks that the vendor documents for
// its sister API. Clients exist that compute Date once and reuse it, so a
// smaller window would refuse them.
const DefaultSkew = 15 * time.Minute

// API serves the dialect. It is safe for use by many goroutines.
type API struct {
	exchange  *order.Exchange
	desk      *auth.Desk
	webhooks  *webhook.Desk
	public    string
	zone      *time.Location
	skew      time.Duration
	skewed    func(time.Duration)
	overlap   time.Duration
	seal      sealer
	now       func() time.Time
	readings  func() []time.Time
	shown     func(time.Time) time.Time
	running   func() time.Time
	heartbeat time.Duration
	rows      int           // held at once while a whole list is written
	held      chan struct{} // one for each throttled login that waits for its answer
}

// New makes the API.
func New(c Config) *API {
	a := &API{exchange: c.Exchange, desk: c.Desk, webhooks: c.Webhooks, public: c.Public, zone: c.Zone, skew: c.Skew,
		overlap: c.Overlap, seal: sealer{key: c.CursorKey}, now: c.Now, rows: order.MaxPage, heartbeat: usualHeartbeat,
		held: make(chan struct{}, mostHeld)}
	if a.zone == nil {
		a.zone = time.UTC
	}
	if a.skew == 0 {
		a.skew = DefaultSkew
	}
	if len(a.seal.key) == 0 {
		a.seal.key = make([]byte, sealKey)
		rand.Read(a.seal.key)
	}
	if a.skewed = c.Skewed; a.skewed == nil {
		a.skewed = func(time.Duration) {}
	}
	if a.now == nil {
		a.now = time.Now
	}
	if a.readings = c.Readings; a.readings == nil {
		a.readings = func() []time.Time { return nil }
	}
	if a.shown = c.Shown; a.shown == nil {
		a.shown = func(t time.Time) time.Time { return t }
	}
	if a.running = c.Running; a.running == nil {
		a.running = a.now
	}
	return a
}
