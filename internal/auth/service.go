package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// How long what we issue lives, and how many one holder may have at once.
const (
	// TicketLife is the vendor's documented two hours. Clients keep a ticket
	// for up to 115 minutes, so it must not be a second shorter.
	TicketLife = 2 * time.Hour

	// TokenLife is an hour: clients cache by expires_in and fetch anew.
	TokenLife = time.Hour

	// Grace is how long a token is taken beyond its end, for clients that
	// count to the very second by their own clock.
	// Tickets get none: two hours are two hours.
	Grace = time.Minute

	// mostTickets is how many live tickets one holder may have. Real clients
	// log in for every request and never log out: at one a second that makes
	// 7,200, so the bound lies far above.
	mostTickets = 20_000

	// randomBytes is the entropy of a ticket, token or secret.
	randomBytes = 32
)

// Service issues tickets and tokens and knows whose they are. It is safe for use
// by many goroutines.
type Service struct {
	store    Store
	host     string // the last part of a ticket, as CAS writes it
	now      func() time.Time
	queue    *queue
	dummy    string // compared when there is no such user, so that time reveals nothing
	throttle throttle
	known    *cache[Ticket]
	keys     *cache[Key]
	aliases  aliases
	watch    watch
	issued   atomic.Int64 // counts tickets, for their first part
	refused  func(scheme, reason string)
}

// New returns a service over a store. host is the name that tickets end with; now may be nil.
func New(s Store, host string, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: s, host: host, now: now, queue: newQueue(), dummy: realCost().unknownHash(),
		throttle: throttle{s, now}, known: newCache[Ticket](now), keys: newCache[Key](now), aliases: newAliases(),
		watch: watch{held: map[Digest]map[*heldRequest]bool{}}, refused: func(string, string) {}}
}

// Hashes says what the passwords of the store cost, so that an unknown user
// costs as much. It is called before the service is used, by tests that store
// cheap ones.
func (d *Service) Hashes(cost Cost) { d.dummy = cost.unknownHash() }

// Observe has refused called for every refusal, with what was shown and the
// refusal's code. It is called before the service is used.
func (d *Service) Observe(refused func(scheme, reason string)) { d.refused = refused }

// Yield has logins give way to other requests: working says how many requests
// are worked on, logins among them. It is called before the service is used.
func (d *Service) Yield(working func() int) {
	d.queue.busy = func() bool { return working() > d.queue.total }
}

// What can be shown as a credential.
const (
	schemePassword = "password"
	schemeClient   = "client"
	schemeTicket   = string(KindTicket)
	schemeToken    = string(KindToken)
	schemeKey      = "key"
)

// refuse observes a refusal, and returns it. A store that does not answer
// refuses no client.
func (d *Service) refuse(scheme string, err error) error {
	if kind := order.KindOf(err); kind != order.Internal && kind != order.Unavailable {
		d.refused(scheme, order.CodeOf(err))
	}
	return err
}

// schemeOf returns what an unknown credential looks like.
func schemeOf(credential string) string {
	if strings.HasPrefix(credential, tokenPrefix) {
		return schemeToken
	}
	return schemeTicket
}

// Check returns who holds a ticket or token. The refusals are ticket-unknown and
// ticket-expired (Unauthenticated).
func (d *Service) Check(ctx context.Context, credential string) (order.Actor, error) {
	return d.check(ctx, sha256.Sum256([]byte(credential)), schemeOf(credential))
}

// Digest is what is stored of a ticket or token.
type Digest = [sha256.Size]byte

// CheckDigest is Check for one of whom only the digest is known.
func (d *Service) CheckDigest(ctx context.Context, digest Digest) (order.Actor, error) {
	return d.check(ctx, digest, schemeTicket)
}

// check looks a ticket up. scheme is what it looks like, for one that is not
// known.
func (d *Service) check(ctx context.Context, digest Digest, scheme string) (order.Actor, error) {
	t, ok := d.known.get(digest)
	if !ok {
		var err error
		if t, err = d.store.Ticket(ctx, digest); err != nil {
			return order.Actor{}, d.refuse(scheme, unknownTicket(err))
		}
		d.known.put(digest, t)
	}
	if err := d.expired(t); err != nil {
		return order.Actor{}, d.refuse(string(t.Kind), err)
	}
	return order.Actor{Party: t.Party, Name: t.Holder, Via: string(t.Kind)}, nil
}

func unknownTicket(err error) error {
	if order.KindOf(err) != order.NotFound {
		return fmt.Errorf("ticket: %w", err)
	}
	return errUnknown()
}

func errUnknown() error {
	return order.Errorf(order.Unauthenticated, "ticket-unknown", "This ticket or token is not known here: it was never issued, has been logged out, or ended long ago.").
		WithHint("Fetch a new ticket at /v1/tickets, or a new token at /oauth/token.")
}

func (d *Service) expired(t Ticket) error {
	grace := time.Duration(0)
	if t.Kind == KindToken {
		grace = Grace
	}
	late := d.now().Sub(t.Expires)
	if late < grace {
		return nil
	}
	if t.Kind == KindToken {
		return order.Errorf(order.Unauthenticated, "ticket-expired", "The token ended %s ago (tokens live %s).", roundLate(late), TokenLife).
			WithHint("Fetch a new one at /oauth/token.")
	}
	return order.Errorf(order.Unauthenticated, "ticket-expired", "The ticket ended %s ago (tickets live %s).", roundLate(late), TicketLife).
		WithHint("Fetch a new one at /v1/tickets.")
}

// roundLate keeps a message readable.
func roundLate(d time.Duration) time.Duration { return d.Round(time.Second) }

// Revoke ends a ticket or token; one that is not known is NotFound.
func (d *Service) Revoke(ctx context.Context, credential string) error {
	digest := sha256.Sum256([]byte(credential))
	err := d.store.DeleteTicket(ctx, digest)
	d.known.drop(digest) // last, or a check in between would remember it again
	if err == nil {
		d.watch.end(digest, errUnknown())
	}
	return err
}

// keepEnded is how long a ticket is retained beyond its end, so that its holder
// hears "ended 4 minutes ago" instead of "not known".
const keepEnded = 24 * time.Hour

// Sweep drops what no request can need: tickets that ended, and wrong guesses
// that count no longer. One replica does it for all, every few minutes.
func (d *Service) Sweep(ctx context.Context) error {
	if _, err := d.store.DeleteExpired(ctx, d.now().Add(-keepEnded)); err != nil {
		return fmt.Errorf("drop ended tickets: %w", err)
	}
	return d.throttle.purge(ctx)
}

// A cache remembers tickets or keys for a moment, so that a poller costs one map
// look-up instead of one read of the store. cacheFor bounds how long one
// revoked by another process is still taken; cacheMost bounds the memory.
const (
	cacheFor  = time.Second
	cacheMost = 10_000
)

type cache[T any] struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[[sha256.Size]byte]cached[T]
}

type cached[T any] struct {
	held  T
	since time.Time // an entry from a time to come was made before the clock was set back, and is of no use
}

func newCache[T any](now func() time.Time) *cache[T] {
	return &cache[T]{now: now, entries: map[[sha256.Size]byte]cached[T]{}}
}

func (c *cache[T]) get(digest [sha256.Size]byte) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[digest]
	age := c.now().Sub(e.since)
	return e.held, ok && age >= 0 && age < cacheFor
}

// put remembers what a digest stands for. A full cache starts anew: refilling it
// costs a read each.
func (c *cache[T]) put(digest [sha256.Size]byte, held T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheMost {
		clear(c.entries)
	}
	c.entries[digest] = cached[T]{held: held, since: c.now()}
}

func (c *cache[T]) drop(digest [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, digest)
}

// watchEvery is how often the store is asked whether the tickets and tokens of
// requests that wait are still good: a credential that was ended by a command or on
// another replica ends what was begun with it within a second. One question serves
// all that wait.
const watchEvery = 400 * time.Millisecond

// watch holds the requests that go on for as long as their ticket or token does.
type watch struct {
	mu   sync.Mutex
	held map[Digest]map[*heldRequest]bool
}

// heldRequest is one of these requests.
type heldRequest struct{ end context.CancelCauseFunc }

// Hold returns a context that ends when the ticket or token with a digest does, with
// the refusal that [Service.Check] returns from then on as its cause. One that is ended
// through this Service ends it at once, one that is ended elsewhere or whose time is
// over within a second, while [Service.Run] runs. release frees what it takes.
func (d *Service) Hold(ctx context.Context, digest Digest) (held context.Context, release func()) {
	ctx, end := context.WithCancelCause(ctx)
	leave := d.watch.join(digest, end)
	return ctx, func() {
		leave()
		end(nil)
	}
}

// Run looks after the requests of [Service.Hold] until ctx ends.
func (d *Service) Run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d.look(ctx)
	}
}

// look asks once. A store that does not answer ends nothing: it is asked again.
func (d *Service) look(ctx context.Context) {
	digests := d.watch.digests()
	if len(digests) == 0 || plant.Enabled && plant.On(plant.NoLookOut) {
		return
	}
	good, err := d.store.Tickets(ctx, digests)
	if err != nil {
		return
	}
	for _, digest := range digests {
		t, ok := good[digest]
		if !ok {
			d.ended(digest, errUnknown())
		} else if err := d.expired(t); err != nil {
			d.ended(digest, err)
		}
	}
}

// ended ends what was begun with a ticket or token, because of why.
func (d *Service) ended(digest Digest, why error) {
	d.known.drop(digest)
	d.watch.end(digest, why)
}

func (w *watch) join(digest Digest, end context.CancelCauseFunc) (leave func()) {
	h := &heldRequest{end}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held[digest] == nil {
		w.held[digest] = map[*heldRequest]bool{}
	}
	w.held[digest][h] = true
	return func() { w.leave(digest, h) }
}

func (w *watch) leave(digest Digest, h *heldRequest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if delete(w.held[digest], h); len(w.held[digest]) == 0 {
		delete(w.held, digest)
	}
}

func (w *watch) digests() []Digest {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.held))
}

func (w *watch) end(digest Digest, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for h := range w.held[digest] {
		h.end(why)
	}
}

// Ended returns why a context of [Service.Hold] has ended, if its ticket or token has,
// else nil.
func Ended(ctx context.Context) error {
	if why := context.Cause(ctx); order.KindOf(why) == order.Unauthenticated {
		return why
	}
	return nil
}
