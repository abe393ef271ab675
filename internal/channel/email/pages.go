package email

import (
	"context"
	"net/http"
	"slices"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// pageRequest is a request for a page whose link is valid.
type pageRequest struct {
	task webhook.Task
	recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	FormAction string
	Revision   int64
	MaxComment int
	Faults     []faultView
	Taken      *takenView // nil unless several lines take copies back
	Used       string     // when the link was used
}

// faultView is an error of the form; Line is 0 for the whole form.
type faultView struct {
	Line  int
	Text  string
	Taken bool // the error of the answer to all lines that take copies back
}

// load looks up what a page shows.
func (ch *Channel) load(ctx context.Context, t webhook.Task) (pageRequest, error) {
	r, err := ch.recipient(ctx, t)
	return pageRequest{t, r}, err
}

// show answers a GET: the form, or the answers once the link is used. It changes
// nothing, because mail scanners open every link.
func (ch *Channel) show(w http.ResponseWriter, r *http.Request, v pageRequest) error {
	shown, err := ch.showUsed(w, r, v)
	if err != nil || shown {
		return err
	}
	return ch.WritePage(w, v.catalog, http.StatusOK, "form", ch.form(v, answers{}))
}

// showUsed shows the answers if the link is used, and reports whether it is.
func (ch *Channel) showUsed(w http.ResponseWriter, r *http.Request, v pageRequest) (bool, error) {
	used, err := ch.Store.LinkUsed(r.Context(), v.task.Delivery.ID)
	if err != nil || used.IsZero() {
		return false, err
	}
	p := pageView{view: v.view(ch.Zone), Used: ch.FormatTime(v.catalog, used)}
	p.Title = v.catalog.MustText("used")
	return true, ch.WritePage(w, v.catalog, http.StatusGone, "used", p)
}

// form returns the page on which an order is answered, with what has been filled
// in so far.
func (ch *Channel) form(v pageRequest, a answers) pageView {
	p := pageView{view: v.view(ch.Zone), FormAction: ch.Path(answerLink(), v.task),
		Revision: v.order.Revision, MaxComment: maxComment, Faults: a.faults}
	asked, withdrawn := takenBack(&v.order), v.order.Withdrawn()
	if len(asked) > 1 {
		p.Taken = newTakenView(v.catalog, len(asked), a)
	}
	var lines []lineView
	for i := range p.Lines {
		l := &p.Lines[i]
		l.MaxComment = maxComment
		said := a.lines[l.Number]
		l.Choices = choices(v.catalog, v.order.Line(l.Number), said.choice)
		l.Comment = said.comment
		agreed, none := withdrawn[l.Number]
		if agreed {
			l.Choices = nil // all copies were taken back
		}
		for _, f := range a.faults {
			if f.Line == l.Number {
				l.Fault = f.Text
			}
		}
		takes := slices.Contains(asked, l.Number)
		if p.Taken != nil && (takes || none && !agreed) {
			if takes {
				p.Taken.Lines = append(p.Taken.Lines, *l)
			}
			p.Taken.Singly = append(p.Taken.Singly, *l)
			p.Taken.Open = p.Taken.Open || l.Fault != "" || said != (formLine{})
		} else {
			lines = append(lines, *l)
		}
	}
	p.Lines = lines
	return p
}

// via is the link of an e-mail as a kind of credential in the history.
const via = webhook.MailFormat

// answer answers a POST: it records the answers to the lines, all of them or
// none. The link is used once they are stored; if the process ends in between,
// the page shows them and can be sent again without harm.
func (ch *Channel) answer(w http.ResponseWriter, r *http.Request, v pageRequest) error {
	shown, err := ch.showUsed(w, r, v)
	if err != nil || shown {
		return err
	}
	a, err := readForm(w, r, &v.order)
	if err != nil {
		return err
	}
	response := a.response(v.catalog, &v.order)
	if len(a.faults) > 0 {
		return ch.WritePage(w, v.catalog, http.StatusUnprocessableEntity, "form", ch.form(v, a))
	}
	outcome, err := ch.Exchange.Respond(r.Context(), v.actor(), v.task.Delivery.Event.Order, a.revision, response)
	if err != nil {
		return ch.refused(w, r, v, a, err)
	}
	first, err := ch.Store.UseLink(r.Context(), v.task.Delivery.ID, ch.Now())
	if err != nil {
		return err
	}
	if v.order = outcome.Order; !first {
		_, err := ch.showUsed(w, r, v)
		return err
	}
	p := pageView{view: v.view(ch.Zone)}
	p.Title = v.catalog.MustText("thanks")
	if !unanswered(&outcome.Order) {
		p.Open = 0 // no reminder comes
	}
	return ch.WritePage(w, v.catalog, http.StatusOK, "done", p)
}

// actor returns the acting party, with its e-mail address as the person.
func (v pageRequest) actor() order.Actor {
	address, err := addressOf(v.task.Endpoint)
	if err != nil {
		address = via // an address that was not set with SetAddress
	}
	return order.Actor{Party: v.task.Delivery.Party, Name: address, Via: via}
}

// refused shows the form again with what was filled in. If the link was used in
// the meantime, the answers are shown instead.
func (ch *Channel) refused(w http.ResponseWriter, r *http.Request, v pageRequest, a answers, cause error) error {
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
	if v.recipient, err = ch.recipient(r.Context(), v.task); err != nil {
		return err
	}
	if shown, err := ch.showUsed(w, r, v); err != nil || shown {
		return err
	}
	a.faults = append(a.faults, faultView{Text: v.catalog.MustText(key)})
	return ch.WritePage(w, v.catalog, status, "form", ch.form(v, a))
}
