package webhook

import (
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
	GivenUp   DeliveryState = "failed"    // the schedule ran out, or the endpoint is gone
)

// Event is what a delivery tells: facts that never change, so that every try
// sends the same bytes.
type Event struct {
	Change int64     // the party's change number; 0 in a trial
	Epoch  string    // that Change is of; "" in a trial
	Order  order.ID  // "" in a trial
	Number string    // the sender's number of the order
	Event  int       // the number in the order's history
	At     time.Time //
	Line   int       // 0 when it is about the whole order
	From   order.Status
	To     order.Status
	Side   order.Side // where the party stands
	Text   string     // of a notice: what it tells, in the words of its formats
}

// Notice is what a party's endpoints of some formats are told beside the events
// of orders, such as new terms. Whoever keeps what it tells of keeps one delivery
// for each of them in the same transaction.
type Notice struct {
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
	Body   []byte      // the first MaxKept bytes of the answer
}

// MaxKept is how much of an answer is kept: enough for an error page to be
// recognised.
const MaxKept = 4 << 10

// Task is a leased delivery with its endpoint as it stands.
type Task struct {
	Delivery Delivery
	Endpoint Endpoint
}
