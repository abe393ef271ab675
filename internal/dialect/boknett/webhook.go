package boknett

import (
	"context"
	"mime"
	"net/http"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func (f *surface) webhookRoutes() []route {
	if f.webhooks == nil {
		return nil
	}
	const one = hal.WebhooksPath + "/{endpoint}"
	const deliveries = one + "/deliveries"
	return []route{
		{http.MethodPost, hal.WebhooksPath, f.handle(f.addWebhook)},
		{http.MethodGet, hal.WebhooksPath, f.handle(f.listWebhooks)},
		{http.MethodGet, one, f.handle(f.showWebhook)},
		{http.MethodPatch, one, f.handle(f.changeWebhook)},
		{http.MethodDelete, one, f.handle(f.deleteWebhook)},
		{http.MethodPost, one + "/rotate", f.handle(f.rotateWebhook)},
		{http.MethodPost, one + "/pause", f.handle(f.changeState((*webhook.Service).Pause))},
		{http.MethodPost, one + "/resume", f.handle(f.changeState((*webhook.Service).Resume))},
		{http.MethodPost, one + "/test", f.handle(f.testWebhook)},
		{http.MethodPost, one + "/resend", f.handle(f.resendMany)},
		{http.MethodGet, deliveries, f.handle(f.listDeliveries)},
		{http.MethodGet, deliveries + "/{delivery}", f.handle(f.showDelivery)},
		{http.MethodGet, deliveries + "/{delivery}/attempts", f.handle(f.listAttempts)},
		{http.MethodGet, deliveries + "/{delivery}/attempts/{attempt}", f.handle(f.showAttempt)},
		{http.MethodPost, deliveries + "/{delivery}/resend", f.handle(f.resendOne)},
	}
}

// addWebhook answers POST /v2/webhooks: a new endpoint, with its secret, which
// is shown here and when it is rotated, and never again.
func (f *surface) addWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	update, err := readEndpoint(w, r)
	if err != nil {
		return err
	}
	e, err := f.webhooks.Add(r.Context(), by.Party, update)
	if err != nil {
		return err
	}
	doc := f.endpointDocument(e)
	doc.Secret = e.Secret.Reveal()
	w.Header().Set("Location", doc.Links.Self.Href)
	return sendDocument(w, http.StatusCreated, doc)
}

// listWebhooks answers GET /v2/webhooks.
func (f *surface) listWebhooks(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	all, err := f.webhooks.Endpoints(r.Context(), by.Party)
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.endpointsDocument(all))
}

// showWebhook answers GET /v2/webhooks/{endpoint}.
func (f *surface) showWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	e, err := f.webhooks.Endpoint(r.Context(), by.Party, pathValue(r, "endpoint"))
	return f.endpoint(w, e, err)
}

// changeWebhook answers PATCH /v2/webhooks/{endpoint}, with a merge patch under
// its own media type or as any JSON.
func (f *surface) changeWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	update, err := readEndpointPatch(w, r)
	if err != nil {
		return err
	}
	e, err := f.webhooks.Change(r.Context(), by.Party, pathValue(r, "endpoint"), update)
	return f.endpoint(w, e, err)
}

// deleteWebhook answers DELETE /v2/webhooks/{endpoint}.
func (f *surface) deleteWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	if err := f.webhooks.Delete(r.Context(), by.Party, pathValue(r, "endpoint")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// rotateWebhook answers POST …/rotate with the new secret; the old ones sign
// beside it, each for a day from its rotation on.
func (f *surface) rotateWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	e, err := f.webhooks.Rotate(r.Context(), by.Party, pathValue(r, "endpoint"))
	if err != nil {
		return err
	}
	doc := f.endpointDocument(e)
	doc.Secret = e.Secret.Reveal()
	return sendDocument(w, http.StatusOK, doc)
}

// transition is a method of webhook.Service that changes the state of an endpoint.
type transition = func(*webhook.Service, context.Context, order.PartyID, string) (webhook.Endpoint, error)

// changeState answers a request that changes the state of an endpoint.
func (f *surface) changeState(move transition) handler {
	return func(w http.ResponseWriter, r *http.Request, by order.Actor) error {
		e, err := move(f.webhooks, r.Context(), by.Party, pathValue(r, "endpoint"))
		return f.endpoint(w, e, err)
	}
}

// endpoint answers with an endpoint as it stands now.
func (f *surface) endpoint(w http.ResponseWriter, e webhook.Endpoint, err error) error {
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.endpointDocument(e))
}

// testWebhook answers POST …/test: a test event is on its way.
func (f *surface) testWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	d, err := f.webhooks.Test(r.Context(), by.Party, pathValue(r, "endpoint"))
	if err != nil {
		return err
	}
	doc := f.deliveryDocument(d)
	w.Header().Set("Location", doc.Links.Self.Href)
	return sendDocument(w, http.StatusAccepted, doc)
}

// endpointDocument is an endpoint as its owner sees it, without its secret.
func (f *surface) endpointDocument(e webhook.Endpoint) hal.Webhook {
	doc := hal.NewWebhook(e.ID, e.State == webhook.Active, f.Surface)
	doc.URL, doc.Description, doc.Events, doc.Headers = e.URL, e.Description, append([]string{}, e.Events...),
		e.ShownHeaders()
	doc.Format, doc.State, doc.Reason = e.Format, string(e.State), e.Reason
	doc.Failures, doc.Since, doc.Success = e.Failures, hal.NewTime(e.Since), hal.NewTime(e.Success)
	doc.Created, doc.Updated = hal.NewTime(e.Created), hal.NewTime(e.Updated)
	doc.OldUntil = hal.NewTime(e.OldUntil(f.now()))
	return doc
}

func (f *surface) endpointsDocument(all []webhook.Endpoint) hal.Webhooks {
	docs := make([]hal.Webhook, len(all))
	for i, e := range all {
		docs[i] = f.endpointDocument(e)
	}
	return hal.NewWebhooks(docs, f.Surface)
}

// endpointMembers are what a party can set of an endpoint, in JSON.
func endpointMembers() []string { return []string{"url", "description", "events", "headers", "format"} }

// readEndpoint reads the body of a new endpoint. null counts as absent.
func readEndpoint(w http.ResponseWriter, r *http.Request) (update webhook.EndpointUpdate, err error) {
	body, err := readSecrets(w, r, endpointMembers()...)
	if err != nil {
		return update, err
	}
	return toEndpoint(body)
}

// mergePatch is the media type of RFC 7396.
const mergePatch = "application/merge-patch+json"

// readEndpointPatch reads a merge patch of an endpoint (RFC 7396): what is left out
// stays, and null takes a thing away, so that it is as if it had never been set.
func readEndpointPatch(w http.ResponseWriter, r *http.Request) (update webhook.EndpointUpdate, err error) {
	w.Header().Set("Accept-Patch", mergePatch+", application/json") // RFC 5789, 3.1
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json-patch+json" {
		return update, order.Errorf(order.Unsupported, "media-type",
			"The body is a JSON patch (%s); an endpoint is changed with a merge patch.", kind).
			WithHint(`Send the members to change as %s, such as {"description": null}.`,
				mergePatch).WithField(order.Field{Header: "Content-Type", Value: kind})
	}
	body, err := readSecrets(w, r, endpointMembers()...)
	if err != nil {
		return update, err
	}
	if update, err = toEndpoint(body); err != nil {
		return update, err
	}
	if body.IsNull("url") {
		return update, order.Errorf(order.Invalid, "webhook-url", "url is null, and an endpoint has an address.").
			WithHint("Leave url out to keep the address, or delete the endpoint.").
			WithField(order.Field{Pointer: "/url"})
	}
	if body.IsNull("description") {
		update.Description = new(string)
	}
	if body.IsNull("events") {
		update.Events = new(webhook.Filter)
	}
	if body.IsNull("headers") {
		update.Headers = new(webhook.HeaderPatch)
	}
	if body.IsNull("format") {
		standard := webhook.StandardName
		update.Format = &standard
	}
	return update, nil
}

func toEndpoint(body *httpjson.Value) (update webhook.EndpointUpdate, err error) {
	if update.URL, err = optionalText(body, "url"); err != nil {
		return update, err
	}
	if update.Description, err = optionalText(body, "description"); err != nil {
		return update, err
	}
	if update.Format, err = optionalText(body, "format"); err != nil {
		return update, err
	}
	if v := body.Get("events"); v != nil {
		filter, err := readFilter(v)
		if err != nil {
			return update, err
		}
		update.Events = &filter
	}
	if v := body.Get("headers"); v != nil {
		headers, err := readHeaders(v)
		if err != nil {
			return update, err
		}
		update.Headers = &headers
	}
	return update, nil
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
