package montly

import (
	"errors"
	"mime"
	"net/http"

	"github.com/bookgate/bookgate/order"
)

// maxForm has room for the one button of a page.
const maxForm = 4 << 10

// decide takes a POST: the customer has pressed the button. Of many that come
// at once the order's own state lets one through, and a link is used up by what
// it decided. Whoever comes later sees what became of the order.
func (l *Letters) decide(w http.ResponseWriter, r *http.Request, v visit) error {
	if status := readDecision(w, r, v.task); status != http.StatusOK {
		l.message(w, status, "form", "form-why")
		return nil
	}
	by := order.Actor{Party: v.delivery.Party, Name: v.recipient.address(v.task), Via: Source}
	o, err := v.task.do(r.Context(), l.config.Exchange, by, v.recipient.order.ID, l.config.Now())
	if order.KindOf(err) == order.Conflict {
		if v.recipient, err = l.recipient(r.Context(), v.delivery); err == nil {
			err = l.closed(w, v)
		}
		return err
	}
	if err != nil {
		return err
	}
	v.recipient.order = o
	b, p := v.recipient.book, pageView{view: v.recipient.view(v.task)}
	p.Title, p.Intro = b.Must("done-"+v.task.name), b.Must("done-why-"+v.task.name, p.Shop)
	return b.Write(w, l.policy, http.StatusOK, "said", p)
}

// readDecision tells by a status whether the body of a POST is that of the
// page's button. What stands in the query counts for nothing.
func readDecision(w http.ResponseWriter, r *http.Request, t task) int {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return http.StatusUnsupportedMediaType
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err = r.ParseForm()
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil || r.PostForm.Get("decision") != t.name {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
