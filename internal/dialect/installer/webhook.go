package installer

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// The events that are sent, in the words of the documents.
const (
	eventCreated    = "order.created"
	eventUpdated    = "order.updated"
	eventDispatched = "order.dispatched"
	eventAssigned   = "order.assigned"
	eventCompleted  = "order.completed"
	eventCancelled  = "order.cancelled"
)

// answerTime is how long a receiver may take, as the documents say.
const answerTime = 5 * time.Second

// notice is the body of an event.
type notice struct {
	Event          string        `json:"event"`
	Timestamp      string        `json:"timestamp"`
	OrganizationID order.PartyID `json:"organizationId"`
	Data           noticeData    `json:"data"`
}

type noticeData struct {
	ID           order.ID `json:"id"`
	DisplayID    string   `json:"displayId"`
	Name         *string  `json:"name"`
	Status       status   `json:"status"`
	CustomerName string   `json:"customerName"`
	Address      string   `json:"address"`
	CreatedAt    string   `json:"createdAt"`
}

// Orders is what the events are written from.
type Orders interface {
	Order(ctx context.Context, party order.PartyID, id order.ID) (order.Order, error)
	History(ctx context.Context, party order.PartyID, id order.ID) ([]order.Event, error)
}

// Format makes the requests of events. The status is that of the change which is
// reported; all else of an order never changes, save that erasing removes it.
func Format(orders Orders) webhook.Format {
	return webhook.Format{Name: Source, Timeout: answerTime, Events: eventTypes(),
		Write: func(ctx context.Context, t webhook.Task, _ time.Time) (webhook.Message, error) {
			return write(ctx, orders, t)
		}}
}

// eventTypes are the types of the exchange that become events here.
func eventTypes() webhook.Filter {
	return webhook.Filter{string(webhook.OrderReceived), string(webhook.OrderMoved), string(webhook.OrderReduced),
		string(webhook.OrderErased)}
}

func write(ctx context.Context, orders Orders, t webhook.Task) (webhook.Message, error) {
	d := t.Delivery
	if d.Type == webhook.EndpointTest {
		return message(testEvent(t.Endpoint.Party, d.Event.At))
	}
	o, err := orders.Order(ctx, t.Endpoint.Party, d.Event.Order)
	if err != nil {
		return webhook.Message{}, fmt.Errorf("read the order of an event: %w", err)
	}
	if o.Dialect() != Source || o.Sender != t.Endpoint.Party {
		return webhook.Message{Skip: true}, nil
	}
	now, err := statusThen(ctx, orders, d)
	if err != nil {
		return webhook.Message{}, err
	}
	word := eventName(d.Type, now)
	if word == "" {
		return webhook.Message{Skip: true}, nil
	}
	return message(notice{Event: word, Timestamp: second(d.Event.At), OrganizationID: o.Sender,
		Data: eventData(&o, now)})
}

// statusThen is the status that an order had when an event was over: what the
// last move up to then, which the same change may have brought, made of it.
func statusThen(ctx context.Context, orders Orders, d webhook.Delivery) (status, error) {
	if d.Type == webhook.OrderReceived {
		return statusCreated, nil
	}
	if s, ok := parseStatus(string(d.Event.To)); ok && d.Type == webhook.OrderMoved {
		return s, nil
	}
	events, err := orders.History(ctx, d.Party, d.Event.Order)
	if err != nil {
		return 0, fmt.Errorf("read the history of an event: %w", err)
	}
	return statusIn(events, d.Event.Event), nil
}

func message(n notice) (webhook.Message, error) {
	text, err := jsontext.Marshal(n)
	if err != nil {
		return webhook.Message{}, fmt.Errorf("write an event: %w", err)
	}
	return webhook.Message{Header: http.Header{"Content-Type": {mediaType}}, Body: text}, nil
}

// eventName is the event that a change of the exchange is here, or "".
func eventName(t webhook.Type, to status) string {
	switch t {
	case webhook.OrderReceived:
		return eventCreated
	case webhook.OrderReduced, webhook.OrderErased:
		return eventUpdated
	case webhook.OrderMoved:
		return transitionEvent(to)
	}
	return ""
}

func transitionEvent(to status) string {
	switch to {
	case statusDispatching:
		return eventDispatched
	case statusInProgress:
		return eventAssigned
	case statusCompleted:
		return eventCompleted
	case statusCancelled:
		return eventCancelled
	}
	return eventUpdated // declined: the documents have no word of its own for it
}

func eventData(o *order.Order, now status) noticeData {
	d := noticeData{ID: o.ID, DisplayID: displayID(o.ID), Status: now, CustomerName: customer(o), Address: street(o),
		CreatedAt: second(o.Created)}
	if name, ok := o.Attributes[attrName]; ok {
		d.Name = &name
	}
	return d
}

// testEvent is what an endpoint gets when its owner tries it out: an order that does
// not exist, under the id that none has.
func testEvent(party order.PartyID, at time.Time) notice {
	const none order.ID = "00000000-0000-0000-0000-000000000000"
	name := "A test of this address"
	return notice{Event: eventCreated, Timestamp: second(at), OrganizationID: party,
		Data: noticeData{ID: none, DisplayID: displayID(none), Name: &name, CreatedAt: second(at)}}
}

// second writes a time as the documents do.
func second(t time.Time) string { return t.UTC().Format(time.RFC3339) }
