package boknett

import (
	"mime"
	"net/http"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// endpointDocument is an endpoint as its owner sees it, without its secret.
func (f *front) endpointDocument(e webhook.Endpoint) hal.Webhook {
	doc := hal.NewWebhook(e.ID, e.State == webhook.Active, f.Surface)
	doc.URL, doc.Description, doc.Events, doc.Headers = e.URL, e.Description, append([]string{}, e.Events...), e.ShownHeaders()
	doc.Format, doc.State, doc.Reason = e.Format, string(e.State), e.Reason
	doc.Failures, doc.Since, doc.Success = e.Failures, hal.NewTime(e.Since), hal.NewTime(e.Success)
	doc.Created, doc.Updated = hal.NewTime(e.Created), hal.NewTime(e.Updated)
	doc.OldUntil = hal.NewTime(e.OldUntil(f.now()))
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
	return httpjson.Send(w, status, hal.MediaType, doc)
}

// wishMembers are what a party can wish of an endpoint, in JSON.
func wishMembers() []string { return []string{"url", "description", "events", "headers", "format"} }

// readWish reads what a party wishes of a new endpoint. null is as good as
// nothing.
func readWish(w http.ResponseWriter, r *http.Request) (wish webhook.Wish, err error) {
	body, err := readSecrets(w, r, wishMembers()...)
	if err != nil {
		return wish, err
	}
	return toWish(body)
}

// readSecrets is readObject for bodies in which secrets stand.
func readSecrets(w http.ResponseWriter, r *http.Request, known ...string) (*httpjson.Value, error) {
	return readMembers(w, r, parseSecrets, known)
}

// mergePatch is the media type of RFC 7396.
const mergePatch = "application/merge-patch+json"

// readPatch reads a merge patch of an endpoint (RFC 7396): what is left out
// stays, and null takes a thing away, so that it is as if it had never been set.
func readPatch(w http.ResponseWriter, r *http.Request) (wish webhook.Wish, err error) {
	w.Header().Set("Accept-Patch", mergePatch+", application/json") // RFC 5789, 3.1
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json-patch+json" {
		return wish, order.Errorf(order.Unsupported, "media-type", "The body is a JSON patch (%s); an endpoint is changed with a merge patch.", kind).
			WithHint(`Send the members to change as %s, such as {"description": null}.`, mergePatch).WithField(order.Field{Header: "Content-Type", Value: kind})
	}
	body, err := readSecrets(w, r, wishMembers()...)
	if err != nil {
		return wish, err
	}
	if wish, err = toWish(body); err != nil {
		return wish, err
	}
	if body.IsNull("url") {
		return wish, order.Errorf(order.Invalid, "webhook-url", "url is null, and an endpoint has an address.").
			WithHint("Leave url out to keep the address, or delete the endpoint.").WithField(order.Field{Pointer: "/url"})
	}
	if body.IsNull("description") {
		wish.Description = new(string)
	}
	if body.IsNull("events") {
		wish.Events = new(webhook.Filter)
	}
	if body.IsNull("headers") {
		wish.Headers = new(webhook.HeaderPatch)
	}
	if body.IsNull("format") {
		standard := webhook.StandardName
		wish.Format = &standard
	}
	return wish, nil
}

func toWish(body *httpjson.Value) (wish webhook.Wish, err error) {
	if wish.URL, err = optionalText(body, "url"); err != nil {
		return wish, err
	}
	if wish.Description, err = optionalText(body, "description"); err != nil {
		return wish, err
	}
	if wish.Format, err = optionalText(body, "format"); err != nil {
		return wish, err
	}
	if v := body.Get("events"); v != nil {
		filter, err := readFilter(v)
		if err != nil {
			return wish, err
		}
		wish.Events = &filter
	}
	if v := body.Get("headers"); v != nil {
		headers, err := readHeaders(v)
		if err != nil {
			return wish, err
		}
		wish.Headers = &headers
	}
	return wish, nil
}

func optionalText(body *httpjson.Value, name string) (*string, error) {
	v := body.Get(name)
	if v == nil {
		return nil, nil
	}
	if v.Kind() != httpjson.KindString {
		return nil, wrongKind(v, name, "a text")
	}
	text := v.Text()
	return &text, nil
}

func readFilter(v *httpjson.Value) (webhook.Filter, error) {
	if !v.Is(httpjson.KindList) {
		return nil, wrongKind(v, "events", "a list of texts")
	}
	f := webhook.Filter{}
	for _, item := range v.Inner() {
		if item.Kind() != httpjson.KindString {
			return nil, wrongKind(item, "events", "a list of texts")
		}
		f = append(f, item.Text())
	}
	return f, nil
}

func readHeaders(v *httpjson.Value) (webhook.HeaderPatch, error) {
	if !v.Is(httpjson.KindObject) {
		return nil, wrongKind(v, "headers", "an object of texts")
	}
	headers := webhook.HeaderPatch{}
	for _, m := range v.Inner() {
		switch m.Kind() {
		case httpjson.KindString:
			text := m.Text()
			headers[m.Name] = &text
		case httpjson.KindNull:
			headers[m.Name] = nil
		default:
			return nil, wrongKind(m, "headers", "an object of texts")
		}
	}
	return headers, nil
}

// wrongKind refuses a member that is of another type.
func wrongKind(v *httpjson.Value, name, want string) error {
	return order.Errorf(order.Malformed, "json-type", "%s is a JSON %s; it must be %s.", name, v.Kind(), want).
		WithField(order.Field{Pointer: v.Pointer(), Value: v.Text()})
}
