package letter

import (
	"errors"
	"net/http"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// via names a letter's link as the kind of credential in the history.
const via = webhook.LetterName

// answer takes a POST: the answers to the lines, all of them or nothing. The
// link is used up once they are kept; were the process to end in between, the
// page would show them, and could be sent again without harm.
func (d *Desk) answer(w http.ResponseWriter, r *http.Request, v visit) error {
	shown, err := d.showUsed(w, r, v)
	if err != nil || shown {
		return err
	}
	a, err := readForm(w, r, &v.reader.order)
	var unread formError
	if errors.As(err, &unread) {
		d.Message(w, int(unread), "form", "form-why")
		return nil
	}
	if err != nil {
		return err
	}
	response := a.response(v.reader.catalog, &v.reader.order)
	if len(a.faults) > 0 {
		return d.Write(w, v.reader.catalog, http.StatusUnprocessableEntity, "form", d.form(v, a))
	}
	outcome, err := d.Exchange.Respond(r.Context(), v.actor(), v.task.Delivery.Event.Order, a.revision, response)
	if err != nil {
		return d.refused(w, r, v, a, err)
	}
	first, err := d.Store.UseLink(r.Context(), v.task.Delivery.ID, d.Now())
	if err != nil {
		return err
	}
	if v.reader.order = outcome.Order; !first {
		_, err := d.showUsed(w, r, v)
		return err
	}
	p := pageView{view: v.reader.view(d.Zone)}
	p.Title = v.reader.catalog.MustText("thanks")
	if !unanswered(&outcome.Order) {
		p.Open = 0 // no reminder comes
	}
	return d.Write(w, v.reader.catalog, http.StatusOK, "done", p)
}

// actor is who answers: the party, in the person of its mail address.
func (v visit) actor() order.Actor {
	address, err := addressOf(v.task.Endpoint)
	if err != nil {
		address = via // an address that was changed by other means than ours
	}
	return order.Actor{Party: v.task.Delivery.Party, Name: address, Via: via}
}

// refused shows the form again with what was filled in. When somebody else
// answered with the same link meanwhile, that is shown instead.
func (d *Desk) refused(w http.ResponseWriter, r *http.Request, v visit, a answers, cause error) error {
	key, status := "fault-refused", http.StatusUnprocessableEntity
	switch order.KindOf(cause) {
	case order.Internal, order.NotFound:
		return cause
	case order.Stale:
		key, status = "fault-changed", http.StatusConflict
	case order.Conflict:
		status = http.StatusConflict
	case order.Unavailable, order.TooMany:
		key, status = "fault-busy", http.StatusServiceUnavailable
	}
	reqlog.From(r.Context()).Code = order.CodeOf(cause)
	var err error
	if v.reader, err = d.reader(r.Context(), v.task); err != nil {
		return err
	}
	if shown, err := d.showUsed(w, r, v); err != nil || shown {
		return err
	}
	a.faults = append(a.faults, faultView{Text: v.reader.catalog.MustText(key)})
	return d.Write(w, v.reader.catalog, status, "form", d.form(v, a))
}
