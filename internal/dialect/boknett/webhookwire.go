package boknett

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// mover is a method of the desk that gives an endpoint another state.
type mover = func(*webhook.Desk, context.Context, order.PartyID, string) (webhook.Endpoint, error)

// links are the links of a document about webhooks.
type links map[string]hal.Link

// endpointDocument is an endpoint as its owner sees it. The secret is set only
// where it is shown.
type endpointDocument struct {
	Links       links             `json:"_links"`
	ID          string            `json:"id"`
	URL         string            `json:"url"`
	Description string            `json:"description,omitempty"`
	Events      []string          `json:"events"`
	Headers     map[string]string `json:"headers,omitempty"`
	State       webhook.State     `json:"state"`
	Reason      string            `json:"reason,omitempty"`
	Secret      string            `json:"secret,omitempty"`
	OldUntil    *time.Time        `json:"oldSecretUntil,omitempty"`
	Failures    int               `json:"failures"`
	Since       *time.Time        `json:"failingSince,omitempty"`
	Success     *time.Time        `json:"lastSuccess,omitempty"`
	Created     time.Time         `json:"createdAt"`
	Updated     time.Time         `json:"updatedAt"`
}

func (f *front) endpointDocument(e webhook.Endpoint) endpointDocument {
	at := f.public + webhooksPath + "/" + url.PathEscape(e.ID)
	doc := endpointDocument{
		Links: links{"self": {Href: at}, "bk:deliveries": {Href: at + "/deliveries{?state,before,limit}", Templated: true}},
		ID:    e.ID, URL: e.URL, Description: e.Description, Events: append([]string{}, e.Events...), Headers: e.ShownHeaders(),
		State: e.State, Reason: e.Reason, Failures: e.Failures, Since: given(e.Since), Success: given(e.Success),
		Created: e.Created, Updated: e.Updated,
	}
	if e.OldUntil.After(f.now()) {
		doc.OldUntil = given(e.OldUntil)
	}
	return doc
}

// given is a time that is there, or nothing.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// collection is a HAL document of many.
type collection struct {
	Links    links          `json:"_links"`
	Embedded map[string]any `json:"_embedded"`
}

func (f *front) endpointsDocument(all []webhook.Endpoint) collection {
	docs := make([]endpointDocument, len(all))
	for i, e := range all {
		docs[i] = f.endpointDocument(e)
	}
	return collection{links{"self": {Href: f.public + webhooksPath}}, map[string]any{"bk:webhooks": docs}}
}

// deliveryDocument is a delivery as its owner sees it.
type deliveryDocument struct {
	Links    links                 `json:"_links"`
	ID       string                `json:"id"`
	Type     webhook.Type          `json:"type"`
	State    webhook.DeliveryState `json:"state"`
	Attempts int                   `json:"attempts"`
	Due      *time.Time            `json:"nextAttemptAt,omitempty"`
	Created  time.Time             `json:"createdAt"`
	Finished *time.Time            `json:"finishedAt,omitempty"`
	Order    order.ID              `json:"orderId,omitempty"`
	Number   string                `json:"orderNumber,omitempty"`
	Change   int64                 `json:"change,omitempty"`
	Line     int                   `json:"line,omitempty"`
	Status   order.Status          `json:"status,omitempty"`
}

func (f *front) deliveryDocument(d webhook.Delivery) deliveryDocument {
	at := f.deliveryPath(d.Endpoint, d.ID)
	doc := deliveryDocument{
		Links: links{"self": {Href: at}, "bk:attempts": {Href: at + "/attempts"}, "bk:resend": {Href: at + "/resend"}},
		ID:    d.ID, Type: d.Type, State: d.State, Attempts: d.Attempts, Created: d.Created, Finished: given(d.Finished),
		Order: d.Event.Order, Number: d.Event.Number, Change: d.Event.Change, Line: d.Event.Line, Status: d.Event.To,
	}
	if d.State == webhook.Pending {
		doc.Due = given(d.Due)
	}
	if d.Event.Order != "" {
		doc.Links["bk:order"] = hal.Link{Href: f.Order(d.Event.Order)}
	}
	return doc
}

func (f *front) deliveryPath(endpoint, id string) string {
	return f.public + webhooksPath + "/" + url.PathEscape(endpoint) + "/deliveries/" + url.PathEscape(id)
}

// deliveriesDocument is a page; all holds one delivery more than the page when
// another page follows.
func (f *front) deliveriesDocument(q webhook.DeliveryQuery, all []webhook.Delivery) collection {
	base := f.public + webhooksPath + "/" + url.PathEscape(q.Endpoint) + "/deliveries"
	query := url.Values{}
	if q.State != "" {
		query.Set("state", string(q.State))
	}
	query.Set("limit", strconv.Itoa(q.Limit))
	at := links{"self": {Href: base}}
	if len(all) > q.Limit {
		all = all[:q.Limit]
		query.Set("before", all[len(all)-1].ID)
		at["next"] = hal.Link{Href: base + "?" + query.Encode()}
	}
	docs := make([]deliveryDocument, len(all))
	for i, d := range all {
		docs[i] = f.deliveryDocument(d)
	}
	return collection{at, map[string]any{"bk:deliveries": docs}}
}

// attemptDocument is one try. The body is what came back, as text; bytes that
// are none are replaced.
type attemptDocument struct {
	Number       int                 `json:"number"`
	At           time.Time           `json:"at"`
	Milliseconds int64               `json:"ms"`
	Status       int                 `json:"status,omitempty"`
	Error        string              `json:"error,omitempty"`
	Header       map[string][]string `json:"headers,omitempty"`
	Body         string              `json:"body,omitempty"`
}

func (f *front) attemptsDocument(endpoint, delivery string, all []webhook.Attempt) collection {
	docs := make([]attemptDocument, len(all))
	for i, a := range all {
		docs[i] = attemptDocument{a.Number, a.At, a.Took.Milliseconds(), a.Status, a.Error, a.Header, string(a.Body)}
	}
	at := f.deliveryPath(endpoint, delivery)
	return collection{links{"self": {Href: at + "/attempts"}, "bk:delivery": {Href: at}}, map[string]any{"bk:attempts": docs}}
}

// sendDocument answers with a document that is one party's own.
func sendDocument(w http.ResponseWriter, status int, doc any) error {
	body, err := marshal(doc)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	sendStatus(w, status, hal.MediaType, body)
	return nil
}

// readWish reads what a party wishes of an endpoint.
func readWish(w http.ResponseWriter, r *http.Request) (wish webhook.Wish, err error) {
	body, err := readObject(w, r, "url", "description", "events", "headers")
	if err != nil {
		return wish, err
	}
	if wish.URL, err = optionalText(body, "url"); err != nil {
		return wish, err
	}
	if wish.Description, err = optionalText(body, "description"); err != nil {
		return wish, err
	}
	if v, ok := body.get("events"); ok {
		filter, err := readFilter(v)
		if err != nil {
			return wish, err
		}
		wish.Events = &filter
	}
	if v, ok := body.get("headers"); ok {
		headers, err := readHeaders(v)
		if err != nil {
			return wish, err
		}
		wish.Headers = &headers
	}
	return wish, nil
}

func optionalText(body value, name string) (*string, error) {
	v, ok := body.get(name)
	if !ok {
		return nil, nil
	}
	if v.kind != "string" {
		return nil, wrongKind(v, name, "a text")
	}
	return &v.text, nil
}

func readFilter(v value) (f webhook.Filter, err error) {
	if v.kind != "list" {
		return nil, wrongKind(v, "events", "a list of texts")
	}
	for _, item := range v.items {
		if item.kind != "string" {
			return nil, wrongKind(item, "events", "a list of texts")
		}
		f = append(f, item.text)
	}
	return f, nil
}

func readHeaders(v value) (map[string]string, error) {
	if v.kind != "object" {
		return nil, wrongKind(v, "headers", "an object of texts")
	}
	headers := map[string]string{}
	for _, m := range v.members {
		if m.value.kind != "string" {
			return nil, wrongKind(m.value, "headers", "an object of texts")
		}
		headers[m.name] = m.value.text
	}
	return headers, nil
}

// wrongKind refuses a member that is of another type.
func wrongKind(v value, name, want string) error {
	return order.Errorf(order.Malformed, "json-type", "%s is a JSON %s; it must be %s.", name, v.kind, want).
		WithField(order.Field{Pointer: v.pointer, Value: v.text})
}
