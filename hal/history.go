package hal

import (
	"encoding/json"

	"github.com/bookgate/bookgate/order"
)

// History is the document of all events of an order, oldest first.
type History struct {
	Links    HistoryLinks    `json:"_links"`
	Embedded HistoryEmbedded `json:"_embedded"`
}

// HistoryLinks are the links of a history.
type HistoryLinks struct {
	Self   Link   `json:"self"`
	Order  Link   `json:"bk:order"`
	Curies Curies `json:"curies,omitempty"`
}

// HistoryEmbedded holds the events of a history.
type HistoryEmbedded struct {
	Events []Event `json:"bk:event"`
}

// EventLinks are the links of an event. Curies are set where it is a document
// of its own.
type EventLinks struct {
	Self    Link   `json:"self"`
	History Link   `json:"bk:history"`
	Curies  Curies `json:"curies,omitempty"`
}

// Event is one event of a history, embedded there and a document of its own.
type Event struct {
	Links    EventLinks      `json:"_links"`
	Number   int             `json:"number"`
	Kind     order.EventKind `json:"kind"`
	At       Time            `json:"at"`
	Revision int64           `json:"revision"`
	Line     int             `json:"line,omitempty"`
	From     string          `json:"from,omitempty"`
	To       string          `json:"to,omitempty"`
	Party    order.PartyID   `json:"party,omitempty"`
	Actor    string          `json:"actor"`
	Via      string          `json:"via"`
	Text     string          `json:"text,omitempty"`
	Fetched  Time            `json:"fetched,omitzero"`   // when the receiver acknowledged it, for the sending side
	Findings []Finding       `json:"findings,omitempty"` // of the sender's document, for the sender
}

// NewHistory returns the document of an order's events.
func NewHistory(id order.ID, events []order.Event, s Surface) History {
	self := s.Order(id)
	h := History{
		Links:    HistoryLinks{Self: Link{Href: self + "/history"}, Order: Link{Href: self}, Curies: curies(s)},
		Embedded: HistoryEmbedded{Events: make([]Event, len(events))},
	}
	for i := range events {
		h.Embedded.Events[i] = newEvent(id, &events[i], s)
	}
	return h
}

// NewEvent returns the document of one event of an order.
func NewEvent(id order.ID, e *order.Event, s Surface) Event {
	doc := newEvent(id, e, s)
	doc.Links.Curies = curies(s)
	return doc
}

func newEvent(id order.ID, e *order.Event, s Surface) Event {
	return Event{
		Links:  EventLinks{Self: Link{Href: s.Event(id, e.Number)}, History: Link{Href: s.Order(id) + "/history"}},
		Number: e.Number, Kind: e.Kind, At: NewTime(e.At), Revision: e.Revision, Line: e.Line,
		From: StatusWord(e.From), To: StatusWord(e.To), Party: e.Party, Actor: e.Actor, Via: e.Via, Text: e.Text,
		Fetched:  NewTime(e.Fetched),
		Findings: NewFindings(e.Findings),
	}
}

// ParseEvent reads the document of an event.
func ParseEvent(body []byte) (e Event, err error) {
	err = json.Unmarshal(body, &e)
	return e, err
}

// ParseHistory reads the document of a history.
func ParseHistory(body []byte) (h History, err error) {
	err = json.Unmarshal(body, &h)
	return h, err
}
