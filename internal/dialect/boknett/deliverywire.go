package boknett

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/webhook"
)

// deliveryDocument is a delivery as its owner sees it.
func (f *front) deliveryDocument(d webhook.Delivery) hal.Delivery {
	doc := hal.NewDelivery(d.Endpoint, d.ID, d.Event.Order, f.Surface)
	doc.Type, doc.State, doc.Attempts = string(d.Type), string(d.State), d.Attempts
	doc.Created, doc.Finished = hal.NewTime(d.Created), hal.NewTime(d.Finished)
	doc.Number, doc.Change, doc.Line, doc.Status = d.Event.Number, d.Event.Change, d.Event.Line, hal.StatusWord(d.Event.To)
	if d.State == webhook.Pending {
		doc.Due = hal.NewTime(d.Due)
	}
	return doc
}

// deliveriesDocument is a page; all holds one delivery more than the page when
// another page follows.
func (f *front) deliveriesDocument(q webhook.DeliveryQuery, all []webhook.Delivery) hal.Deliveries {
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
func (f *front) attemptsDocument(endpoint, delivery string, all []webhook.Attempt) hal.Attempts {
	docs := make([]hal.Attempt, len(all))
	for i, a := range all {
		docs[i] = f.attemptDocument(endpoint, delivery, a)
	}
	return hal.NewAttempts(endpoint, delivery, docs, f.Surface)
}

func (f *front) attemptDocument(endpoint, delivery string, a webhook.Attempt) hal.Attempt {
	doc := hal.NewAttempt(endpoint, delivery, a.Number, f.Surface)
	doc.At, doc.Milliseconds, doc.Status, doc.Error = hal.NewTime(a.At), a.Took.Milliseconds(), a.Status, a.Error
	doc.Header, doc.Body = a.Header, strings.ToValidUTF8(string(a.Body), "\uFFFD")
	return doc
}
