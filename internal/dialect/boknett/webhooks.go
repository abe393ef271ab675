package boknett

import (
	"context"
	"net/http"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func (f *front) webhookRoutes() []route {
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
		{http.MethodPost, one + "/pause", f.handle(f.moved((*webhook.Desk).Pause))},
		{http.MethodPost, one + "/resume", f.handle(f.moved((*webhook.Desk).Resume))},
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
func (f *front) addWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	wish, err := readWish(w, r)
	if err != nil {
		return err
	}
	e, err := f.webhooks.Add(r.Context(), by.Party, wish)
	if err != nil {
		return err
	}
	doc := f.endpointDocument(e)
	doc.Secret = e.Secret.Reveal()
	w.Header().Set("Location", doc.Links.Self.Href)
	return sendDocument(w, http.StatusCreated, doc)
}

// listWebhooks answers GET /v2/webhooks.
func (f *front) listWebhooks(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	all, err := f.webhooks.Endpoints(r.Context(), by.Party)
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.endpointsDocument(all))
}

// showWebhook answers GET /v2/webhooks/{endpoint}.
func (f *front) showWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	e, err := f.webhooks.Endpoint(r.Context(), by.Party, pathValue(r, "endpoint"))
	return f.endpoint(w, e, err)
}

// changeWebhook answers PATCH /v2/webhooks/{endpoint}, with a merge patch under
// its own media type or as any JSON.
func (f *front) changeWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	wish, err := readPatch(w, r)
	if err != nil {
		return err
	}
	e, err := f.webhooks.Change(r.Context(), by.Party, pathValue(r, "endpoint"), wish)
	return f.endpoint(w, e, err)
}

// deleteWebhook answers DELETE /v2/webhooks/{endpoint}.
func (f *front) deleteWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	if err := f.webhooks.Delete(r.Context(), by.Party, pathValue(r, "endpoint")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// rotateWebhook answers POST …/rotate with the new secret; the old ones sign
// beside it, each for a day from its rotation on.
func (f *front) rotateWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	e, err := f.webhooks.Rotate(r.Context(), by.Party, pathValue(r, "endpoint"))
	if err != nil {
		return err
	}
	doc := f.endpointDocument(e)
	doc.Secret = e.Secret.Reveal()
	return sendDocument(w, http.StatusOK, doc)
}

// mover is a method of the desk that gives an endpoint another state.
type mover = func(*webhook.Desk, context.Context, order.PartyID, string) (webhook.Endpoint, error)

// moved makes the answer to a request that gives an endpoint another state.
func (f *front) moved(move mover) handler {
	return func(w http.ResponseWriter, r *http.Request, by order.Actor) error {
		e, err := move(f.webhooks, r.Context(), by.Party, pathValue(r, "endpoint"))
		return f.endpoint(w, e, err)
	}
}

// endpoint answers with an endpoint as it stands now.
func (f *front) endpoint(w http.ResponseWriter, e webhook.Endpoint, err error) error {
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.endpointDocument(e))
}

// testWebhook answers POST …/test: a trial is on its way.
func (f *front) testWebhook(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	d, err := f.webhooks.Test(r.Context(), by.Party, pathValue(r, "endpoint"))
	if err != nil {
		return err
	}
	doc := f.deliveryDocument(d)
	w.Header().Set("Location", doc.Links.Self.Href)
	return sendDocument(w, http.StatusAccepted, doc)
}
