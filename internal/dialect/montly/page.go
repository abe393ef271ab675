package montly

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/webhook"
)

// register mounts the pages.
func (l *Letters) register(r *mux.Router) {
	for _, t := range tasks() {
		r.HandleFunc(pages+t.name+"/{link}", l.Page(t.link(), l.visit(t, l.show))).Methods(http.MethodGet)
		r.HandleFunc(pages+t.name+"/{link}", l.Page(t.link(), l.visit(t, l.decide))).Methods(http.MethodPost)
	}
}

// isPage reports whether a path is that of a page.
func isPage(path string) bool {
	return slices.ContainsFunc(tasks(), func(t task) bool { return strings.HasPrefix(path, pages+t.name+"/") })
}

// visit is a request for a page whose link is good.
type visit struct {
	task      task
	delivery  webhook.Task
	recipient recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	Action string
	Intro  string
	Button string
}

// visit looks up what a page shows before do answers.
func (l *Letters) visit(t task, do func(w http.ResponseWriter, r *http.Request, v visit) error) func(http.ResponseWriter, *http.Request, webhook.Task) error {
	return func(w http.ResponseWriter, r *http.Request, d webhook.Task) error {
		to, err := l.recipient(r.Context(), d.Delivery)
		if err != nil {
			return err
		}
		return do(w, r, visit{task: t, delivery: d, recipient: to})
	}
}

// show answers a GET: the order with its button, or what became of it. It
// changes nothing, for mail scanners open every link.
func (l *Letters) show(w http.ResponseWriter, _ *http.Request, v visit) error {
	if step(&v.recipient.order) != v.task.step {
		return l.closed(w, v)
	}
	c, p := v.recipient.catalog, pageView{view: v.recipient.view(v.task), Action: l.Path(v.task.link(), v.delivery)}
	p.Intro, p.Button = c.MustText("intro-"+v.task.name, p.Company), c.MustText("button-"+v.task.name)
	return l.Write(w, c, http.StatusOK, "ask", p)
}

// closed shows what became of an order that waits for the task no longer.
func (l *Letters) closed(w http.ResponseWriter, v visit) error {
	title, why, fact := "used-"+v.task.name, "used-why-"+v.task.name, v.task.fact
	switch state(&v.recipient.order) {
	case cancelled:
		title, why, fact = "cancelled", "cancelled-why", factCancelled
	case declined:
		title, why, fact = "declined", "declined-why", factDeclined
	}
	c, p := v.recipient.catalog, pageView{view: v.recipient.view(v.task)}
	p.Title, p.Intro = c.MustText(title), c.MustText(why, l.FormatTime(c, v.recipient.at(fact)))
	return l.Write(w, c, http.StatusGone, "said", p)
}
