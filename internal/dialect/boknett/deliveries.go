package boknett

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// defaultDeliveries is a screen or two.
const defaultDeliveries = 50

// listDeliveries answers GET …/deliveries: the newest first, a page at a time.
func (f *front) listDeliveries(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := readDeliveryQuery(r)
	if err != nil {
		return err
	}
	q.Party, q.Endpoint = by.Party, pathValue(r, "endpoint")
	limit := q.Limit
	q.Limit++ // one more tells whether there are more
	all, err := f.webhooks.Deliveries(r.Context(), q)
	if err != nil {
		return err
	}
	q.Limit = limit
	return sendDocument(w, http.StatusOK, f.deliveriesDocument(q, all))
}

func readDeliveryQuery(r *http.Request) (q webhook.DeliveryQuery, err error) {
	values := r.URL.Query()
	q.State, q.Before, q.Limit = webhook.DeliveryState(values.Get("state")), values.Get("before"), defaultDeliveries
	switch q.State {
	case "", webhook.Pending, webhook.Delivered, webhook.GivenUp:
	default:
		return q, order.Errorf(order.Malformed, "delivery-state", "%q is no state of a delivery.", order.Cut(string(q.State))).
			WithHint("Use pending, delivered or failed, or leave it out.").WithField(order.Field{Parameter: "state", Value: string(q.State)})
	}
	if text := values.Get("limit"); text != "" {
		q.Limit, err = strconv.Atoi(text)
		if err != nil || q.Limit < 1 || q.Limit > webhook.MaxDeliveries {
			return q, order.Errorf(order.Malformed, "limit-invalid", "limit must be a whole number from 1 to %d, got %q.", webhook.MaxDeliveries, order.Cut(text)).
				WithHint("Leave it out for %d.", defaultDeliveries).WithField(order.Field{Parameter: "limit", Value: text})
		}
	}
	return q, nil
}

// showDelivery answers GET …/deliveries/{delivery}.
func (f *front) showDelivery(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	d, err := f.webhooks.Delivery(r.Context(), by.Party, pathValue(r, "endpoint"), pathValue(r, "delivery"))
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.deliveryDocument(d))
}

// listAttempts answers GET …/attempts: every try with what came back.
func (f *front) listAttempts(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	endpoint, delivery := pathValue(r, "endpoint"), pathValue(r, "delivery")
	all, err := f.webhooks.Attempts(r.Context(), by.Party, endpoint, delivery)
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusOK, f.attemptsDocument(endpoint, delivery, all))
}

// resendOne answers POST …/deliveries/{delivery}/resend.
func (f *front) resendOne(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.resend(w, r, webhook.Resend{Party: by.Party, Endpoint: pathValue(r, "endpoint"), ID: pathValue(r, "delivery")})
}

// resendMany answers POST …/resend with {"since": …}, {"failed": true}, or both.
func (f *front) resendMany(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	body, err := readObject(w, r, "since", "failed")
	if err != nil {
		return err
	}
	rs := webhook.Resend{Party: by.Party, Endpoint: pathValue(r, "endpoint")}
	if v, ok := body.get("failed"); ok {
		if v.kind != "boolean" {
			return wrongKind(v, "failed", "true or false")
		}
		rs.Failed = v.truth
	}
	if v, ok := body.get("since"); ok {
		if rs.Since, err = time.Parse(time.RFC3339, v.text); err != nil {
			return order.Errorf(order.Invalid, "since-invalid", "since is %q, which is no time.", order.Cut(v.text)).
				WithHint("Write it like 2026-11-21T09:00:00Z.").WithField(order.Field{Pointer: v.pointer, Value: v.text})
		}
	}
	if !rs.Failed && rs.Since.IsZero() {
		return order.Errorf(order.Invalid, "resend-what", "The body does not say what to send again.").
			WithHint(`Send {"failed": true}, {"since": "2026-11-21T09:00:00Z"}, or both.`)
	}
	return f.resend(w, r, rs)
}

func (f *front) resend(w http.ResponseWriter, r *http.Request, rs webhook.Resend) error {
	n, err := f.webhooks.Resend(r.Context(), rs)
	if err != nil {
		return err
	}
	return sendDocument(w, http.StatusAccepted, struct {
		Resent int64 `json:"resent"`
	}{n})
}
