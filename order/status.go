package order

import "time"

// Status is the state of a line, and by [Order.deriveStatus] of an order. The
// values are the words of the Boknett order API, save that the one it spells
// with a double L is spelled right here.
type Status string

// The states of a line, from first to last.
const (
	Unprocessed       Status = "UNPROCESSED"        // received, not yet routed; the sender's side alone sees it
	Failed            Status = "FAILED"             // could not be routed; the sender's side alone sees it
	Sent              Status = "SENT"               // lies ready for the receiver
	Requested         Status = "REQUESTED"          // a reduction that the sender added and the receiver has not answered
	Received          Status = "RECEIVED"           // the receiver has taken the line
	Rejected          Status = "REJECTED"           // the receiver does not accept the line
	Fulfilled         Status = "FULFILLED"          // delivered to the end customer
	FulfilledAssigned Status = "FULFILLED_ASSIGNED" // delivered to every user of an organisation
	FulfilledBlocked  Status = "FULFILLED_BLOCKED"  // delivered, and closed to any further change
)

// progress ranks the states that a line of a routed order can have.
var progress = map[Status]int{
	Sent: 1, Requested: 1, Received: 2, Rejected: 3, Fulfilled: 4, FulfilledAssigned: 5, FulfilledBlocked: 6,
}

// Answers are the states that a receiver may give to a line, in the order in
// which messages name them.
func Answers() []Status {
	return []Status{Received, Fulfilled, FulfilledBlocked, FulfilledAssigned, Rejected}
}

// Valid reports whether s is one of the states above.
func (s Status) Valid() bool {
	_, routed := progress[s]
	return routed || s == Unprocessed || s == Failed
}

// Routed reports whether a line in this state has reached its receiver.
func (s Status) Routed() bool { return s != Unprocessed && s != Failed }

// Mode says which side of the exchange a list shows.
type Mode string

// The modes of a list, in the words of the Boknett order API.
const (
	SentToMe Mode = "SENT_TO_ME" // orders the party receives
	SentByMe Mode = "SENT_BY_ME" // orders the party sent, and those sent in its name
	All      Mode = "ALL"        // both
)

// Valid reports whether m is one of the three modes.
func (m Mode) Valid() bool { return m == SentToMe || m == SentByMe || m == All }

// MinRetention is how long an order and its document are stored at least: what
// was finished today may still be asked for by its receiver tomorrow.
const MinRetention = 24 * time.Hour

// final reports whether nothing is due any more on a line in this state.
func (s Status) final() bool {
	switch s {
	case Rejected, Fulfilled, FulfilledAssigned, FulfilledBlocked:
		return true
	}
	return false
}

// Finished reports whether nothing is due any more on this order: it failed, or it
// is a test order that never reaches a receiver, or every line of it is delivered,
// rejected or taken back. Only a finished order may be purged.
func (o *Order) Finished() bool {
	switch {
	case o.Status == Failed:
		return true
	case !o.Status.Routed():
		return false
	case o.IsTest():
		return true
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Status.final() && !o.withdrawn(l) {
			return false
		}
	}
	return true
}

// withdrawn reports whether every open copy of the line's product has been
// taken back. Whether the receiver has agreed to that is seen on the lines
// that take them back: each of them must be final as well.
func (o *Order) withdrawn(l *Line) bool {
	if l.Adjustment {
		return false
	}
	_, open, taken := o.copies(Reduction{EAN: l.EAN()})
	return taken >= open
}
