package boknett

import (
	"net/http"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// endpointDocument is an endpoint as its owner sees it, without its secret.
func (f *front) endpointDocument(e webhook.Endpoint) hal.Webhook {
	doc := hal.NewWebhook(e.ID, e.State == webhook.Active, f.Surface)
	doc.URL, doc.Description, doc.Events, doc.Headers = e.URL, e.Description, append([]string{}, e.Events...), e.ShownHeaders()
	doc.Format, doc.State, doc.Reason = e.Format, string(e.State), e.Reason
	doc.Failures, doc.Since, doc.Success = e.Failures, e.Since, e.Success
	doc.Created, doc.Updated = e.Created, e.Updated
	if e.OldUntil.After(f.now()) {
		doc.OldUntil = e.OldUntil
	}
	return doc
}

func (f *front) endpointsDocument(all []webhook.Endpoint) hal.Webhooks {
	docs := make([]hal.Webhook, len(all))
	for i, e := range all {
		docs[i] = f.endpointDocument(e)
	}
	return hal.NewWebhooks(docs, f.Surface)
}

// sendDocument answers with a document that is one party's own.
func sendDocument(w http.ResponseWriter, status int, doc any) error {
	return body.Send(w, status, hal.MediaType, doc)
}

// readWish reads what a party wishes of an endpoint.
func readWish(w http.ResponseWriter, r *http.Request) (wish webhook.Wish, err error) {
	body, err := readObject(w, r, "url", "description", "events", "headers", "format")
	if err != nil {
		return wish, err
	}
	if wish.URL, err = optionalText(body, "url"); err != nil {
		return wish, err
	}
	if wish.Description, err = optionalText(body, "description"); err != nil {
		return wish, err
	}
	if wish.Format, err = optionalText(body, "format"); err != nil {
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
	if !v.isList() {
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
	if !v.isObject() {
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
