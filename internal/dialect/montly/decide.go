package montly

import (
	"net/http"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/order"
)

// maxForm has room for the one button of a page.
const maxForm = 4 << 10

// decide takes a POST: the customer has pressed the button. Of many that come
// at once the order's own state lets one through, and a link is used up by what
// it decided. Whoever comes later sees what became of the order.
func (l *Mailer) decide(w http.ResponseWriter, r *http.Request, v pageRequest) error {
	if status := readDecision(w, r, v.action); status != http.StatusOK {
		l.WriteMessage(w, status, "form", "form-why")
		return nil
	}
	by := order.Actor{Party: v.delivery.Delivery.Party, Name: v.recipient.address(v.action), Via: Source}
	o, err := v.action.do(r.Context(), l.Exchange, by, v.recipient.order.ID, l.Now())
	if order.KindOf(err) == order.Conflict {
		if v.recipient, err = l.recipient(r.Context(), v.delivery.Delivery); err == nil {
			err = l.closed(w, v)
		}
		return err
	}
	if err != nil {
		return err
	}
	v.recipient.order = o
	c, p := v.recipient.catalog, pageView{view: v.recipient.view(v.action)}
	p.Title, p.Intro = c.MustText("done-"+v.action.name), c.MustText("done-why-"+v.action.name, p.Shop)
	return l.WritePage(w, c, http.StatusOK, "said", p)
}

// readDecision tells by a status whether the body of a POST is that of the
// page's button.
func readDecision(w http.ResponseWriter, r *http.Request, t action) int {
	if status := actionmail.ParseForm(w, r, maxForm); status != http.StatusOK {
		return status
	}
	if r.PostForm.Get("decision") != t.name {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
