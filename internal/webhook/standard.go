package webhook

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// StandardName is the format of Standard Webhooks 1.0.0.
const StandardName = "standard"

// Standard is the format of Standard Webhooks 1.0.0: a thin body that says what
// happened and where to read it, signed under the endpoint's secrets. public is
// the address of this server, without a slash at the end.
func Standard(public string) Format {
	return Format{Name: StandardName, Write: func(_ context.Context, t Task, now time.Time) (Message, error) {
		body, err := StandardBody(public, t.Delivery)
		if err != nil {
			return Message{}, err
		}
		h := http.Header{"Content-Type": {"application/json"}}
		Sign(h, t.Delivery.ID, now, body, t.Endpoint.Keys(now)...)
		return Message{Header: h, Body: body}, nil
	}}
}

// standardBody is the JSON form of an event. It holds no personal data and no
// content of the order: who receives it by mistake learns only that something
// happened.
type standardBody struct {
	Type      Type         `json:"type"`
	Timestamp hal.Time     `json:"timestamp"`
	Data      standardData `json:"data"`
}

type standardData struct {
	Change int64          `json:"change,omitempty"`
	Epoch  string         `json:"epoch,omitempty"` // that change is of: after a restore numbers come again
	Order  order.ID       `json:"orderId,omitempty"`
	Number string         `json:"orderNumber,omitempty"`
	Event  int            `json:"event,omitempty"`
	Side   string         `json:"side,omitempty"`
	Line   int            `json:"line,omitempty"`
	From   string         `json:"from,omitempty"`
	Status string         `json:"status,omitempty"`
	Links  *standardLinks `json:"_links,omitempty"`
}

type standardLinks struct {
	Order   standardLink `json:"order"`
	Edit    standardLink `json:"editx"`
	History standardLink `json:"history"`
	Feed    standardLink `json:"feed"`
}

type standardLink struct {
	Href string `json:"href"`
}

// StandardBody writes the body of a delivery in the standard format.
func StandardBody(public string, d Delivery) ([]byte, error) {
	ev := d.Event
	b := standardBody{Type: d.Type, Timestamp: hal.NewTime(ev.At), Data: standardData{
		Change: ev.Change, Epoch: ev.Epoch, Order: ev.Order, Number: ev.Number, Event: ev.Event,
		Side: ev.Side.Word(), Line: ev.Line, From: hal.StatusWord(ev.From), Status: hal.StatusWord(ev.To),
	}}
	if ev.Order != "" {
		at := public + "/v2/orders/" + string(ev.Order)
		b.Data.Links = &standardLinks{
			Order: standardLink{at}, Edit: standardLink{at + "/editx"}, History: standardLink{at + "/history"},
			Feed: standardLink{feedAddress(public, ev)},
		}
	}
	body, err := jsontext.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write delivery %s: %w", d.ID, err)
	}
	return body, nil
}

// feedAddress is where the feed has an event and all that came after it.
func feedAddress(public string, ev Event) string {
	at := fmt.Sprintf("%s%s?after=%d", public, hal.FeedPath, ev.Change-1)
	if ev.Epoch != "" {
		at += "&epoch=" + url.QueryEscape(ev.Epoch)
	}
	return at
}
