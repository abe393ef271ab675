package webhook

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Service is where a party registers endpoints and looks after its deliveries. It
// is safe for use by many goroutines.
type Service struct {
	store Store
	guard *Guard
	names Resolver
	now   func() time.Time
	ring  func()
	kinds map[string]Format

	listeners listeners
}

// ServiceConfig is what a Service needs. Formats, Now and Ring may be left out.
type ServiceConfig struct {
	Store Store
	Guard *Guard
	Names Resolver

	// Formats are those of dialects that a party may choose beside the standard.
	Formats []Format

	Now  func() time.Time
	Ring func() // is called when something may be due
}

// NewService returns the service of the endpoints.
func NewService(c ServiceConfig) *Service {
	d := &Service{store: c.Store, guard: c.Guard, names: c.Names, ring: c.Ring,
		kinds: map[string]Format{StandardName: {Name: StandardName}}}
	for _, f := range c.Formats {
		d.kinds[f.Name] = f
	}
	clock := c.Now
	if clock == nil {
		clock = time.Now
	}
	d.now = func() time.Time { return clock().Truncate(time.Microsecond) } // as times are stored, so that an answer shows the same
	if d.ring == nil {
		d.ring = func() {}
	}
	return d
}

// Bounds of what a party may keep.
const (
	mostEndpoints = 50 // of one party: far more than it has systems

	// KeepOld is how long a rotated secret goes on signing beside the new one.
	KeepOld = 24 * time.Hour

	// MaxOldSecrets is how many rotated secrets sign beside the new one: a
	// rotation every hour. All signatures together are 1.2 kB in the header,
	// where servers take 8.
	MaxOldSecrets = 24
)

// Add registers an endpoint and returns it with its secret.
func (d *Service) Add(ctx context.Context, party order.PartyID, w EndpointUpdate) (Endpoint, error) {
	if w.URL == nil || *w.URL == "" {
		return Endpoint{}, badURL("The address is missing.").WithHint("Write it like https://shop.example.no/bookgate.")
	}
	f, err := d.kind(w)
	if err != nil {
		return Endpoint{}, err
	}
	now := d.now()
	e := Endpoint{ID: "ep_" + rand.Text(), Party: party, Format: f.Name, Events: f.Events, State: Active,
		Secret: NewSecret(), Created: now, Updated: now}
	if err := d.check(ctx, w); err != nil {
		return Endpoint{}, err
	}
	if err := w.set(&e, f); err != nil {
		return Endpoint{}, err
	}
	if err := d.store.AddEndpoint(ctx, e, mostEndpoints); err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

// AddCallback registers an endpoint that a dialect wants for a party: e has the
// party, the address, the format and the events, and in Scope the one order that
// it is for, or "" for all. What is missing is set here, the secret too, and
// the address is checked as in Add.
func (d *Service) AddCallback(ctx context.Context, e Endpoint) (Endpoint, error) {
	if err := d.guard.CheckURL(ctx, e.URL, d.names); err != nil {
		return Endpoint{}, err
	}
	if err := e.Events.Check(); err != nil {
		return Endpoint{}, err
	}
	e.ID, e.State, e.Created = "ep_"+rand.Text(), Active, d.now()
	e.Updated = e.Created
	if len(e.Secret) == 0 {
		e.Secret = NewSecret()
	}
	if err := d.store.AddEndpoint(ctx, e, mostEndpoints); err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

// Endpoint returns a party's endpoint.
func (d *Service) Endpoint(ctx context.Context, party order.PartyID, id string) (Endpoint, error) {
	return d.store.Endpoint(ctx, party, id)
}

// Endpoints lists a party's endpoints, oldest first.
func (d *Service) Endpoints(ctx context.Context, party order.PartyID) ([]Endpoint, error) {
	return d.store.Endpoints(ctx, party)
}

// Change applies an update to an endpoint.
func (d *Service) Change(ctx context.Context, party order.PartyID, id string, w EndpointUpdate) (Endpoint, error) {
	if err := d.check(ctx, w); err != nil { // before the transaction, for it looks names up
		return Endpoint{}, err
	}
	if err := d.changeable(ctx, party, id, w); err != nil {
		return Endpoint{}, err
	}
	return d.change(ctx, party, id, func(e *Endpoint) error { return w.set(e, d.kinds[e.Format]) })
}

// changeable refuses what the format of an endpoint does not let its owner
// change: the format itself, the events of a dialect, and an address that is no
// web address, such as that of e-mails, which the operator sets.
func (d *Service) changeable(ctx context.Context, party order.PartyID, id string, w EndpointUpdate) error {
	e, err := d.store.Endpoint(ctx, party, id)
	if err != nil {
		return err
	}
	f, ours := d.kinds[e.Format]
	switch {
	case w.URL != nil && !ours:
		return badURL("The address of endpoint %s is set by the operator.", e.ID).WithHint("Ask the operator for: bookgate party set %s --email …", party)
	case w.Format != nil && *w.Format != e.Format:
		return order.Errorf(order.Invalid, "webhook-format", "The format of an endpoint stays as it is, and %s has %s.", e.ID, e.Format).
			WithHint("Add another endpoint, and delete this one.")
	case w.Events != nil && *w.Events != nil && f.Events != nil:
		return noChoice(f)
	}
	return nil
}

func (d *Service) change(ctx context.Context, party order.PartyID, id string, do func(*Endpoint) error) (Endpoint, error) {
	return d.store.ChangeEndpoint(ctx, party, id, func(e *Endpoint) error {
		if err := do(e); err != nil {
			return err
		}
		e.Updated = d.now()
		return nil
	})
}

// Rotate makes a new secret for an endpoint; those before go on signing beside it,
// each for KeepOld from its own rotation on.
func (d *Service) Rotate(ctx context.Context, party order.PartyID, id string) (Endpoint, error) {
	fresh := NewSecret()
	return d.change(ctx, party, id, func(e *Endpoint) error { return e.rotate(fresh, d.now()) })
}

// Pause holds an endpoint's events back until Resume.
func (d *Service) Pause(ctx context.Context, party order.PartyID, id string) (Endpoint, error) {
	return d.change(ctx, party, id, func(e *Endpoint) error {
		e.State, e.Reason = Paused, "paused by its owner"
		return nil
	})
}

// Resume makes an endpoint active, whatever ended it, and sends what waits.
func (d *Service) Resume(ctx context.Context, party order.PartyID, id string) (Endpoint, error) {
	e, err := d.change(ctx, party, id, func(e *Endpoint) error {
		e.State, e.Reason, e.Failures, e.Since, e.Due = Active, "", 0, time.Time{}, time.Time{}
		return nil
	})
	d.ring()
	return e, err
}

// Delete takes an endpoint away with all that waits for it.
func (d *Service) Delete(ctx context.Context, party order.PartyID, id string) error {
	return d.store.DeleteEndpoint(ctx, party, id)
}

// Test sends a test event.
func (d *Service) Test(ctx context.Context, party order.PartyID, id string) (Delivery, error) {
	del, err := d.store.AddTest(ctx, party, id)
	d.ring()
	return del, err
}

// MaxDeliveries is the greatest page of deliveries.
const MaxDeliveries = 200

// Deliveries lists an endpoint's deliveries, newest first.
func (d *Service) Deliveries(ctx context.Context, q DeliveryQuery) ([]Delivery, error) {
	return d.store.Deliveries(ctx, q)
}

// Delivery returns one of them.
func (d *Service) Delivery(ctx context.Context, party order.PartyID, endpoint, id string) (Delivery, error) {
	return d.store.Delivery(ctx, party, endpoint, id)
}

// Attempts lists the tries of a delivery, oldest first.
func (d *Service) Attempts(ctx context.Context, party order.PartyID, endpoint, delivery string) ([]Attempt, error) {
	return d.store.Attempts(ctx, party, endpoint, delivery)
}

// CheckURL returns why an address could not be registered, before there is
// anything to register it for.
func (d *Service) CheckURL(ctx context.Context, url string) error {
	return d.guard.CheckURL(ctx, url, d.names)
}
