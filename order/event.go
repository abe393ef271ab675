package order

import "time"

// EventKind names what happened to an order.
type EventKind string

// The kinds of event.
const (
	EventReceived     EventKind = "received"  // the order came in
	EventProcessed    EventKind = "processed" // it was routed, or failed
	EventMarked       EventKind = "marked"    // the receiver answered a line
	EventReduced      EventKind = "reduced"   // the sender asked to take copies back
	EventAnswered     EventKind = "answered"  // the last line without an answer got one
	EventErased       EventKind = "erased"    // the operator had the personal data taken out
	EventStateChanged EventKind = "moved"     // it went on in its own dialect; From and To are that dialect's words
)

// Event is one entry of an order's history: immutable, and written in the same
// transaction as the change it describes.
type Event struct {
	Number   int       `json:"number"` // from 1, dense within the order
	Kind     EventKind `json:"kind"`
	At       time.Time `json:"at"`
	Revision int64     `json:"revision"` // of the order after the change
	Line     int       `json:"line,omitempty"`
	From     Status    `json:"from,omitempty"`
	To       Status    `json:"to,omitempty"`
	Party    PartyID   `json:"party,omitempty"` // who acted; empty for the exchange itself
	Actor    string    `json:"actor"`           // user, client, or "bookgate"
	Via      string    `json:"via"`
	Text     string    `json:"text,omitempty"` // comment, reason or routing, for people

	// Fetched is when the receiver acknowledged that it has read this change;
	// zero as long as it has not, and for who does not send.
	Fetched time.Time `json:"fetched,omitzero"`

	// Findings are those of the document that the change came in, for who sent it.
	Findings []Finding `json:"findings,omitempty"`
}

// event begins an event of this order at its present revision.
func (o *Order) event(kind EventKind, by Actor, now time.Time) Event {
	return Event{Kind: kind, At: now, Party: by.Party, Actor: by.Name, Via: by.Via}
}
