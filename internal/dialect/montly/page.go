package montly

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/webhook"
)

// register mounts the pages.
func (l *Mailer) register(r *mux.Router) {
	for _, t := range actions() {
		r.HandleFunc(pages+t.name+"/{link}", l.Page(t.link(), l.visit(t, l.show))).Methods(http.MethodGet)
		r.HandleFunc(pages+t.name+"/{link}", l.Page(t.link(), l.visit(t, l.decide))).Methods(http.MethodPost)
	}
}

// isPage reports whether a path is that of a page.
func isPage(path string) bool {
	return slices.ContainsFunc(actions(), func(t action) bool { return strings.HasPrefix(path, pages+t.name+"/") })
}

// pageRequest is a request for a page whose link is good.
type pageRequest struct {
	action    action
	delivery  webhook.Task
	recipient recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	FormAction string
	Intro      string
	Button     string
}

// pageRequest looks up what a page shows before do answers.
func (l *Mailer) visit(t action, do func(w http.ResponseWriter, r *http.Request, v pageRequest) error) func(http.ResponseWriter, *http.Request, webhook.Task) error {
	return func(w http.ResponseWriter, r *http.Request, d webhook.Task) error {
		to, err := l.recipient(r.Context(), d.Delivery)
		if err != nil {
			return err
		}
		return do(w, r, pageRequest{action: t, delivery: d, recipient: to})
	}
}

// show answers a GET: the order with its button, or what became of it. It
// changes nothing, for mail scanners open every link.
func (l *Mailer) show(w http.ResponseWriter, _ *http.Request, v pageRequest) error {
	if step(&v.recipient.order) != v.action.step {
		return l.closed(w, v)
	}
	c, p := v.recipient.catalog, pageView{view: v.recipient.view(v.action), FormAction: l.Path(v.action.link(), v.delivery)}
	p.Intro, p.Button = c.MustText("intro-"+v.action.name, p.Company), c.MustText("button-"+v.action.name)
	return l.WritePage(w, c, http.StatusOK, "ask", p)
}

// closed shows what became of an order that waits for the task no longer.
func (l *Mailer) closed(w http.ResponseWriter, v pageRequest) error {
	title, why, fact := "used-"+v.action.name, "used-why-"+v.action.name, v.action.attribute
	switch state(&v.recipient.order) {
	case cancelled:
		title, why, fact = "cancelled", "cancelled-why", attrCancelled
	case declined:
		title, why, fact = "declined", "declined-why", attrDeclined
	}
	c, p := v.recipient.catalog, pageView{view: v.recipient.view(v.action)}
	p.Title, p.Intro = c.MustText(title), c.MustText(why, l.FormatTime(c, v.recipient.at(fact)))
	return l.WritePage(w, c, http.StatusGone, "said", p)
}
