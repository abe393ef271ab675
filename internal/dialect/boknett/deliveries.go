package boknett

import (
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
