package installer

import (
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// status says where an order stands, in the numbers of the documents.
type status int

// The statuses, in the order of the guide. A new order is 0; the other numbers
// are public nowhere, so they are counted on. Nothing here books a time, so no
// order is ever scheduled.
const (
	statusCreated status = iota
	statusDispatching
	statusScheduled
	statusInProgress
	statusCompleted
	statusDeclined
	statusCancelled
)

// statusWords are the words of the guide.
func statusWords() []string {
	return []string{"Created", "Dispatching", "Scheduled", "In Progress", "Completed", "Declined", "Cancelled"}
}

// String is the word for a status.
func (s status) String() string { return statusWords()[s] }

// final reports whether an order stays where it is.
func (s status) final() bool { return s >= statusCompleted }

// parseStatus reads the number of a status, or its word in any letter case.
func parseStatus(text string) (status, bool) {
	for i, word := range statusWords() {
		if text == strconv.Itoa(i) || strings.EqualFold(text, word) {
			return status(i), true
		}
	}
	return 0, false
}

// statusOf returns where an order stands, by its lines. One that found no receiver
// will never be carried out, so it counts as cancelled.
func statusOf(o *order.Order) status {
	switch o.Status {
	case order.Unprocessed:
		return statusCreated
	case order.Failed:
		return statusCancelled
	}
	var open, done, withdrawn int
	begun := false
	for i := range o.Lines {
		l := &o.Lines[i]
		switch {
		case l.Adjustment:
			continue
		case fulfilled(l.Status):
			done++
		case takenBack(o, l):
			withdrawn++
		case l.Status != order.Rejected:
			open++
		}
		begun = begun || l.Status != order.Sent
	}
	switch {
	case open > 0 && begun:
		return statusInProgress
	case open > 0:
		return statusDispatching
	case done > 0:
		return statusCompleted
	case withdrawn > 0:
		return statusCancelled
	}
	return statusDeclined
}

func fulfilled(s order.Status) bool {
	return s == order.Fulfilled || s == order.FulfilledAssigned || s == order.FulfilledBlocked
}

// takenBack reports whether the router took back all that a line that is not
// fulfilled orders: from the line itself, or from its product without naming a
// line. What the installer did not agree to is not taken back.
func takenBack(o *order.Order, l *order.Line) bool {
	var own, product, ordered int64
	for i := range o.Lines {
		other := &o.Lines[i]
		switch {
		case other.EAN() != l.EAN():
		case !other.Adjustment:
			if !fulfilled(other.Status) && (other.Status == order.Rejected) == (l.Status == order.Rejected) {
				ordered += other.Quantity
			}
		case other.Status != order.Rejected:
			if product -= other.Quantity; other.Adjusts == l.Number {
				own -= other.Quantity
			}
		}
	}
	return own >= l.Quantity || product > 0 && product >= ordered
}

// statusIn reads a history up to the end of the change that the event with this
// number is of.
func statusIn(events []order.Event, number int) status {
	revision, then := int64(0), statusCreated
	for _, e := range events {
		if e.Number == number {
			revision = e.Revision
		}
	}
	for _, e := range events {
		if s, ok := parseStatus(string(e.To)); ok && e.Kind == order.EventStateChanged && e.Revision <= revision {
			then = s
		}
	}
	return then
}
