package webhook

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// Store keeps endpoints, deliveries and attempts. Every sentence here is a case
// in internal/webhook/storetest. Times are stored to the microsecond.
//
// A delivery has the change number of its event, and the epoch that the store is
// in: a restore keeps the numbers of what it keeps.
//
// Whenever a change gets a number for a party, the store writes in the same
// transaction one pending delivery for each of the party's endpoints that is
// not disabled, whose scope fits and whose filter wants the event's type
// (TypeOf), due at once. An endpoint that is written to by mail (Mailto) gets one
// for all events of the change that have the same type and status.
//
// When an order is erased or taken out of keeping, the endpoints with its scope
// go in the same transaction, as by DeleteEndpoint: they do not get the
// erasure. What was made for other endpoints stays as it is.
type Store interface {
	// AddEndpoint keeps a new endpoint; the party must be there. Beyond most
	// endpoints of one party (those with a scope not counted) it is a Conflict.
	AddEndpoint(ctx context.Context, e Endpoint, most int) error

	// Endpoint returns a party's endpoint, else NotFound, the same for another
	// party's and for none.
	Endpoint(ctx context.Context, party order.PartyID, id string) (Endpoint, error)

	// Endpoints lists a party's endpoints without scope, oldest first.
	Endpoints(ctx context.Context, party order.PartyID) ([]Endpoint, error)

	// ChangeEndpoint loads an endpoint, lets change alter it and keeps it, in
	// one transaction. An error of change changes nothing. change may run more
	// than once. When it makes an endpoint active that was not, or takes its
	// failures back, everything that waits for it becomes due at once.
	ChangeEndpoint(ctx context.Context, party order.PartyID, id string, change func(*Endpoint) error) (Endpoint, error)

	// DeleteEndpoint takes an endpoint away with its deliveries and attempts.
	// The links of its e-mails lead nowhere from then on, and are forgotten.
	DeleteEndpoint(ctx context.Context, party order.PartyID, id string) error

	// Claim leases up to b.Limit pending deliveries that are due to the caller
	// until lease, oldest first within an endpoint, and at most b.PerEndpoint of
	// one endpoint (one of a failing one) and b.PerParty of all endpoints of one
	// party leased at once over all replicas.
	// Only endpoints that are active or failing and due themselves take part. A
	// delivery stays behind while an earlier one of its order to the same
	// endpoint is pending. Endpoints and parties that have all that they may have
	// take no space from the others; of those that have not, the ones served longest ago
	// come first.
	Claim(ctx context.Context, now, lease time.Time, b Bounds) ([]Task, error)

	// RecordAttempt stores the outcome of a try: it loads the delivery and its endpoint
	// as they stand, lets settle alter both and return the attempt, and stores all
	// three in one transaction, ending the lease. A delivery or endpoint that
	// was deleted meanwhile is left deleted without an error. The zero Attempt is
	// not stored. When it makes an endpoint active that was not, everything that waits for it becomes due at
	// once.
	RecordAttempt(ctx context.Context, party order.PartyID, delivery string, settle func(*Endpoint, *Delivery) Attempt) error

	// AddTest keeps a delivery of type EndpointTest, due now.
	AddTest(ctx context.Context, party order.PartyID, endpoint string) (Delivery, error)

	// Remind keeps a delivery of type OrderReminder for every order that lies
	// SENT with a receiver that has an endpoint of the given format, and of
	// which that endpoint got last before the given instant; at most limit
	// at once. It reports how many there were.
	Remind(ctx context.Context, format string, before time.Time, limit int) (int64, error)

	// UseLink marks the link of a delivery as used; false means that it had
	// been before.
	UseLink(ctx context.Context, delivery string, now time.Time) (first bool, err error)

	// LinkUsed returns when a link was used, the zero time when it was not.
	LinkUsed(ctx context.Context, delivery string) (time.Time, error)

	// MailTask returns the delivery and the endpoint that a link belongs to, of any
	// party; else NotFound.
	MailTask(ctx context.Context, delivery string) (Task, error)

	// Deliveries lists an endpoint's deliveries, newest first.
	Deliveries(ctx context.Context, q DeliveryQuery) ([]Delivery, error)

	// Delivery returns one of them, else NotFound.
	Delivery(ctx context.Context, party order.PartyID, endpoint, id string) (Delivery, error)

	// Attempts lists the attempts of a delivery, oldest first.
	Attempts(ctx context.Context, party order.PartyID, endpoint, delivery string) ([]Attempt, error)

	// Undelivered lists deliveries of all parties, newest first, each with its
	// endpoint and its last attempt. It is for the operator.
	Undelivered(ctx context.Context, q UndeliveredQuery) ([]Undelivered, error)

	// Thread lists the ids of the deliveries of the same order to the same
	// endpoint that were made before the given one and taken, oldest first.
	// What was skipped is not among them.
	Thread(ctx context.Context, delivery string) ([]string, error)

	// Resend makes deliveries pending and due now, with their tries counted
	// anew, and reports how many there were. A delivery that is pending already
	// becomes due.
	Resend(ctx context.Context, r Resend) (int64, error)

	// PurgeFinished drops what finished before the given instant with its attempts, and
	// reports how many deliveries; at most limit at once. What went out
	// by mail (Mailto) stays for LinkLife more, because their links lead to them.
	PurgeFinished(ctx context.Context, before time.Time, limit int) (int64, error)

	// PurgeOrphans deletes the endpoints with a scope that were made from one
	// instant on until before another and whose order is not there: who was to
	// keep it died in between. It reports how many; at most limit at once.
	PurgeOrphans(ctx context.Context, since, before time.Time, limit int) (int64, error)

	// QueueStats returns the figures that an operator watches.
	QueueStats(ctx context.Context) (QueueStats, error)
}

// Bounds are how much a claim leases, and how much may be leased at once.
type Bounds struct {
	PerEndpoint int
	PerParty    int
	Limit       int // of this claim
}

// DeliveryQuery asks for a page of deliveries.
type DeliveryQuery struct {
	Party    order.PartyID
	Endpoint string
	State    DeliveryState // "" is any
	Before   string        // the id behind which the page begins, "" at the newest
	Limit    int
}

// UndeliveredQuery asks for a page of the deliveries of all parties.
type UndeliveredQuery struct {
	Party   order.PartyID // "" is any
	Channel Channel       // "" is any
	State   DeliveryState // "" is all that were not delivered, AnyState those too that were
	Before  string        // the id behind which the page begins, "" at the newest
	Limit   int
}

// AnyState asks for deliveries of every state.
const AnyState DeliveryState = "all"

// Undelivered is a delivery with what came of it last.
type Undelivered struct {
	Task
	Last Attempt // the zero Attempt before the first
}

// Next is when a pending delivery is tried next, the zero time when nothing is
// planned.
func (u Undelivered) Next() time.Time {
	if u.Delivery.State != Pending || u.Endpoint.State != Active && u.Endpoint.State != Failing {
		return time.Time{}
	}
	if u.Endpoint.Due.After(u.Delivery.Due) {
		return u.Endpoint.Due
	}
	return u.Delivery.Due
}

// Why is the cause in the words of the last attempt, with the beginning of what
// the receiver answered, else of the endpoint.
func (u Undelivered) Why() string {
	switch {
	case u.Delivery.State == Delivered:
		return ""
	case u.Endpoint.State != Active && u.Endpoint.State != Failing && u.Endpoint.Reason != "":
		return strings.TrimPrefix(u.Last.Error+"; the endpoint is "+string(u.Endpoint.State)+": "+u.Endpoint.Reason, "; ")
	case u.Last.Error != "":
		if said := said(u.Endpoint, u.Last.Body); said != "" {
			return u.Last.Error + ": " + said
		}
		return u.Last.Error
	case u.Delivery.Attempts == 0 && u.Endpoint.Failures > 0:
		return "not tried yet; the endpoint has failed " + strconv.Itoa(u.Endpoint.Failures) + " times in a row and is given time"
	case u.Delivery.Attempts == 0:
		return "not tried yet"
	}
	return ""
}

// Resend names deliveries to send again: one by its ID, or all made since an
// instant, or all that were given up, or both together.
type Resend struct {
	Party    order.PartyID
	Endpoint string
	ID       string
	Since    time.Time
	Failed   bool
	Now      time.Time
}

// QueueStats is how the deliveries of all parties stand.
type QueueStats struct {
	Endpoints map[State]int64
	Pending   int64
	Oldest    time.Time // when the oldest pending delivery of an active endpoint was made; zero when none waits
}
