package reqlog

import (
	"context"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Event is what is known of a request. Packages that learn something of it write
// it down here. Nothing is decided by it but whose share of places and memory the
// request has, which is the party's once it is known.
type Event struct {
	ID      string        // names the request in the log and in every answer
	Start   time.Time     //
	Client  string        // the address of the client, which a proxy may have named
	Route   string        // the route's template, never the path with its ids
	Party   order.PartyID // who asks, once known
	Actor   string        // user or client
	Order   order.ID      // what it is about
	Code    string        // of the refusal, if any
	Meant   int           // the status of a refusal that went out under another; 0 otherwise
	Failure error         // what went wrong inside, for the log alone
	Notes   []string      // oddities that were tolerated

	// Identified is called once the party is known. The server sets it, and may
	// refuse the request then. nil refuses none.
	Identified func() error
}

// Identify notes whose credential a request has shown, once that was found good. It
// returns the error to answer with where the party has too much under way.
func (r *Event) Identify(party order.PartyID, actor string) error {
	r.Party, r.Actor = party, actor
	if r.Identified == nil {
		return nil
	}
	return r.Identified()
}

type key struct{}

// With hangs a record on a context.
func With(ctx context.Context, r *Event) context.Context { return context.WithValue(ctx, key{}, r) }

// From returns the record of a request; outside a request it is a fresh one that
// is never read.
func From(ctx context.Context) *Event {
	if r, ok := ctx.Value(key{}).(*Event); ok {
		return r
	}
	return &Event{}
}

// Note writes down an oddity that was tolerated.
func (r *Event) Note(what string) { r.Notes = append(r.Notes, what) }
