package boknett

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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

// defaultDeliveries is a screen or two.
const defaultDeliveries = 50

// listDeliveries answers GET …/deliveries: the newest first, a page at a time.
func (f *surface) listDeliveries(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := readDeliveryQuery(r)
	if err != nil {
		return err
	}
	q.Party, q.Endpoint = by.Party, pathValue(r, "endpoint")
	limit := q.Limit
	q.Limit++ // with one more it is known whether there are more
	all, err := f.webhooks.Deliveries(r.Context(), q)
	if err != nil {
		return err
	}
	q.Limit = limit
	return sendDocument(w, http.StatusOK, f.deliveriesDocument(q, all))
}

// readDeliveryQuery reads the parameters of the list, in any letter case.
func readDeliveryQuery(r *http.Request) (q webhook.DeliveryQuery, err error) {
	asked, err := parameters(r.URL.RawQuery)
	if err != nil {
		return q, err
	}
	limit, err := wholeNumber(asked, "limit", defaultDeliveries, 1, webhook.MaxDeliveries)
	if err != nil {
		return q, err
	}
	q.State, q.Before, q.Limit = webhook.DeliveryState(strings.ToLower(asked["state"])), asked["before"], int(limit)
	switch q.State {
	case "", webhook.Pending, webhook.Delivered, webhook.Failed:
		return q, nil
	}
	return q,
		order.Errorf(order.Malformed, "delivery-state", "%q is no state of a delivery.", order.Truncate(asked["state"])).
			WithHint("Use pending, delivered or failed, or leave it out.").WithField(order.Field{Parameter: "state",
			Value: asked["state"]})
}

// showDelivery answers GET …/deliveries/{delivery}.
func (f *surface) showDelivery(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	d, err := f.webhooks.Delivery(r.Context(), by.Party, pathValue(r, "endpoint"), pathValue(r, "delivery"))
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.deliveryDocument(d))
}

// listAttempts answers GET …/attempts: every try with what came back.
func (f *surface) listAttempts(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	endpoint, delivery := pathValue(r, "endpoint"), pathValue(r, "delivery")
	all, err := f.webhooks.Attempts(r.Context(), by.Party, endpoint, delivery)
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.attemptsDocument(endpoint, delivery, all))
}

// showAttempt answers GET …/attempts/{attempt}.
func (f *surface) showAttempt(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	endpoint, delivery, written := pathValue(r, "endpoint"), pathValue(r, "delivery"), pathValue(r, "attempt")
	all, err := f.webhooks.Attempts(r.Context(), by.Party, endpoint, delivery)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(written)
	at := slices.IndexFunc(all, func(a webhook.Attempt) bool { return a.Number == n })
	if err != nil || !isDigits(written) || at < 0 {
		return order.Errorf(order.NotFound, "attempt-not-found", "The delivery %s has no attempt %q.",
			order.Truncate(delivery), order.Truncate(written)).
			WithHint("Its attempts are listed at …/attempts.").
			WithField(order.Field{Parameter: "attempt", Value: written})
	}
	return sendDocument(w, http.StatusOK, f.attemptDocument(endpoint, delivery, all[at]))
}

// resendOne answers POST …/deliveries/{delivery}/resend.
func (f *surface) resendOne(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.resend(w, r,
		webhook.Resend{Party: by.Party, Endpoint: pathValue(r, "endpoint"), ID: pathValue(r, "delivery")})
}

// resendMany answers POST …/resend with {"since": …}, {"failed": true}, or both.
func (f *surface) resendMany(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	body, err := readObject(w, r, "since", "failed")
	if err != nil {
		return err
	}
	rs, err := toResend(body)
	if err != nil {
		return err
	}
	rs.Party, rs.Endpoint = by.Party, pathValue(r, "endpoint")
	return f.resend(w, r, rs)
}

// toResend reads what to send again. An empty body is refused: a caller that
// forgot the body would have everything sent again.
func toResend(body *httpjson.Value) (rs webhook.Resend, err error) {
	if v := body.Get("failed"); v != nil {
		if v.Kind() != httpjson.KindBoolean {
			return rs, wrongKind(v, "failed", "true or false")
		}
		rs.Failed = v.Bool()
	}
	since, err := optionalText(body, "since")
	if err != nil {
		return rs, err
	}
	if since != nil {
		if rs.Since, err = time.Parse(time.RFC3339, *since); err != nil {
			return rs,
				order.Errorf(order.Invalid, "since-invalid", "since is %q, which is no time.", order.Truncate(*since)).
					WithHint("Write it like 2026-11-21T09:00:00Z.").WithField(order.Field{Pointer: "/since",
					Value: *since})
		}
	}
	if !rs.Failed && rs.Since.IsZero() {
		return rs, order.Errorf(order.Invalid, "resend-what", "The body does not say what to send again.").
			WithHint(`Send {"failed": true}, {"since": "2026-11-21T09:00:00Z"}, or both.`)
	}
	return rs, nil
}

func (f *surface) resend(w http.ResponseWriter, r *http.Request, rs webhook.Resend) error {
	n, err := f.webhooks.Resend(r.Context(), rs)
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusAccepted, hal.Resent{Resent: n})
}

// deliveryDocument is a delivery as its owner sees it.
func (f *surface) deliveryDocument(d webhook.Delivery) hal.Delivery {
	doc := hal.NewDelivery(d.Endpoint, d.ID, d.Event.Order, f.Surface)
	doc.Type, doc.State, doc.Attempts = string(d.Type), string(d.State), d.Attempts
	doc.Created, doc.Finished = hal.NewTime(d.Created), hal.NewTime(d.Finished)
	doc.Number, doc.Change, doc.Line, doc.Status = d.Event.Number, d.Event.Change, d.Event.Line,
		hal.StatusWord(d.Event.To)
	if d.State == webhook.Pending {
		doc.Due = hal.NewTime(d.Due)
	}
	return doc
}

// deliveriesDocument is a page; all holds one delivery more than the page when
// another page follows.
func (f *surface) deliveriesDocument(q webhook.DeliveryQuery, all []webhook.Delivery) hal.Deliveries {
	next := ""
	if len(all) > q.Limit {
		all = all[:q.Limit]
		behind := q
		behind.Before = all[len(all)-1].ID
		next = deliveriesAddress(behind)
	}
	docs := make([]hal.Delivery, len(all))
	for i, d := range all {
		docs[i] = f.deliveryDocument(d)
	}
	return hal.NewDeliveries(q.Endpoint, docs, deliveriesAddress(q), next, f.Surface)
}

// deliveriesAddress writes the query of a page as a link has it.
func deliveriesAddress(q webhook.DeliveryQuery) string {
	s := "?limit=" + strconv.Itoa(q.Limit)
	if q.State != "" {
		s += "&state=" + string(q.State)
	}
	if q.Before != "" {
		s += "&before=" + url.QueryEscape(q.Before)
	}
	return s
}

// attemptsDocument are the tries of a delivery. The body is what came back as
// text; bytes that are none are replaced.
func (f *surface) attemptsDocument(endpoint, delivery string, all []webhook.Attempt) hal.Attempts {
	docs := make([]hal.Attempt, len(all))
	for i, a := range all {
		docs[i] = f.attemptDocument(endpoint, delivery, a)
	}
	return hal.NewAttempts(endpoint, delivery, docs, f.Surface)
}

func (f *surface) attemptDocument(endpoint, delivery string, a webhook.Attempt) hal.Attempt {
	doc := hal.NewAttempt(endpoint, delivery, a.Number, f.Surface)
	doc.At, doc.Milliseconds, doc.Status, doc.Error = hal.NewTime(a.At), a.Took.Milliseconds(), a.Status, a.Error
	doc.Header, doc.Body = a.Header, strings.ToValidUTF8(string(a.Body), "\uFFFD")
	return doc
}
