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

// Format makes the requests of one kind of endpoint and judges the answers.
type Format struct {
	Name string

	// Write makes the request of a task, signature and all. The body must be
	// the same at every try.
	Write func(ctx context.Context, t Task, now time.Time) (Message, error)

	// Send carries a task out by other means than HTTP, such as mail; nil means
	// the guarded client with what Write made.
	Send func(ctx context.Context, t Task) Result

	// Accepted reports whether a status says that the receiver has it; nil means 2xx.
	Accepted func(status int) bool

	// Schedule are the waits before the second and each further try; nil means
	// [DefaultSchedule]. A format that has one keeps to it: none of its waits is
	// made longer but when the receiver asks, and behind the last try a
	// delivery is given up, however the endpoint stands.
	Schedule []time.Duration

	// Events are what the endpoints of the format get, where their owners
	// have no choice; nil where they have.
	Events Filter

	// Timeout bounds one try; 0 means [DefaultTimeout].
	Timeout time.Duration
}

// Mailto begins the URL of an endpoint that is written to by mail, in whatever
// format.
const Mailto = "mailto:"

// MailFormat is the format of e-mails, which go to an endpoint
// whose URL is a mailto address.
const MailFormat = "email"

// LinkLife is how long the link in an e-mail is valid: two months, longer than a
// holiday. What goes out by mail is stored at least as long.
const LinkLife = 60 * 24 * time.Hour

// PublicError is a failure in words for the party.
type PublicError string

// Error returns the words.
func (f PublicError) Error() string { return string(f) }

// Message is a request as a format makes it.
type Message struct {
	Header http.Header
	Body   []byte

	// Skip is set where the format has nothing to say of the event: no request
	// is made, and the delivery counts as taken.
	Skip bool
}

// Result is what came of one try.
type Result struct {
	Status     int           // of the answer; 0 when none came
	Header     http.Header   // of the answer
	Body       []byte        // the first MaxStored bytes of the answer
	RetryAfter time.Duration // as the answer asked for it; 0 when it did not
	Err        error         // why no answer came, or why it does not count
	Final      bool          // trying again cannot help, whatever the schedule
	Skip       bool          // there was nothing to send

	// Later is set where the try did not get its turn: nothing was tried, and the
	// delivery is due again after that long.
	Later time.Duration

	// Shared is set where what went wrong is not the endpoint's alone, such as a
	// mail server that takes nothing from us.
	Shared bool

	sent []byte // the body of the message, if it went over HTTP
}

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
		Side: ev.Role.String(), Line: ev.Line, From: hal.StatusWord(ev.From), Status: hal.StatusWord(ev.To),
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
