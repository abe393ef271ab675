package montly

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// register mounts the pages.
func (m *Mailer) register(r *mux.Router) {
	for _, a := range actions() {
		path := pages + a.name + "/{link}"
		load := func(ctx context.Context, t webhook.Task) (pageRequest, error) {
			r, err := m.recipient(ctx, t.Delivery)
			return pageRequest{a, t, r}, err
		}
		r.HandleFunc(path, actionmail.Page(m.Service, a.link(), load, m.show)).Methods(http.MethodGet)
		r.HandleFunc(path, actionmail.Page(m.Service, a.link(), load, m.decide)).Methods(http.MethodPost)
	}
}

// isPage reports whether a path is that of a page.
func isPage(path string) bool {
	return slices.ContainsFunc(actions(), func(a action) bool { return strings.HasPrefix(path, pages+a.name+"/") })
}

// pageRequest is a request for a page whose link is valid.
type pageRequest struct {
	action action
	task   webhook.Task
	recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	FormAction string
	Intro      string
	Button     string
}

// show answers a GET: the order with its button, or what became of it. It changes
// nothing, because mail scanners open every link.
func (m *Mailer) show(w http.ResponseWriter, _ *http.Request, v pageRequest) error {
	if step(&v.order) != v.action.step {
		return m.closed(w, v)
	}
	c, p := v.catalog, pageView{view: v.view(v.action), FormAction: m.Path(v.action.link(), v.task)}
	p.Intro, p.Button = c.MustText("intro-"+v.action.name, p.Company), c.MustText("button-"+v.action.name)
	return m.WritePage(w, c, http.StatusOK, "ask", p)
}

// closed shows what became of an order that no longer waits for the action.
func (m *Mailer) closed(w http.ResponseWriter, v pageRequest) error {
	title, why, attribute := "used-"+v.action.name, "used-why-"+v.action.name, v.action.attribute
	switch state(&v.order) {
	case cancelled:
		title, why, attribute = "cancelled", "cancelled-why", attrCancelled
	case declined:
		title, why, attribute = "declined", "declined-why", attrDeclined
	}
	c, p := v.catalog, pageView{view: v.view(v.action)}
	p.Title, p.Intro = c.MustText(title), c.MustText(why, m.FormatTime(c, v.timeOf(attribute)))
	return m.WritePage(w, c, http.StatusGone, "said", p)
}

// maxForm has space for the one button of a page.
const maxForm = 4 << 10

// decide answers a POST: the customer has pressed the button. Of several requests
// at once the state of the order lets one through, and its decision uses up the
// link. Later requests are shown what became of the order.
func (m *Mailer) decide(w http.ResponseWriter, r *http.Request, v pageRequest) error {
	if err := actionmail.ParseForm(w, r, maxForm); err != nil {
		return err
	}
	if r.PostForm.Get("decision") != v.action.name {
		return actionmail.FormError(http.StatusBadRequest)
	}
	by := order.Actor{Party: v.task.Delivery.Party, Name: v.address(v.action), Via: Source}
	o, err := v.action.do(r.Context(), m.Exchange, by, v.order.ID, m.Now())
	if order.KindOf(err) == order.Conflict {
		if v.recipient, err = m.recipient(r.Context(), v.task.Delivery); err == nil {
			err = m.closed(w, v)
		}
		return err
	}
	if err != nil {
		return err
	}
	v.order = o
	c, p := v.catalog, pageView{view: v.view(v.action)}
	p.Title, p.Intro = c.MustText("done-"+v.action.name), c.MustText("done-why-"+v.action.name, p.Shop)
	return m.WritePage(w, c, http.StatusOK, "said", p)
}
