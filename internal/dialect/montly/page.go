package montly

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/paper"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// register mounts the pages.
func (l *Letters) register(r *mux.Router) {
	for _, t := range tasks() {
		r.HandleFunc(pages+t.name+"/{link}", l.page(t, l.show)).Methods(http.MethodGet)
		r.HandleFunc(pages+t.name+"/{link}", l.page(t, l.decide)).Methods(http.MethodPost)
	}
}

// isPage reports whether a path is that of a page.
func isPage(path string) bool {
	return slices.ContainsFunc(tasks(), func(t task) bool { return strings.HasPrefix(path, pages+t.name+"/") })
}

// visit is a request for a page whose link is good.
type visit struct {
	task      task
	delivery  webhook.Delivery
	recipient recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	Action   string
	Intro    string
	Button   string
	Messages []message
}

// message is a sentence in a language, on a page for whoever it may be.
type message struct {
	Language paper.Language
	Text     string
}

// page opens the link and lets h answer. Whoever comes with a bad link gets the
// same page, whatever is wrong with it.
func (l *Letters) page(t task, h func(w http.ResponseWriter, r *http.Request, v visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d, ok, err := l.open(r.Context(), t, mux.Vars(r)["link"])
		if err == nil && ok {
			rec := record.Of(r.Context())
			rec.Party, rec.Order = d.Party, d.Event.Order
			v := visit{task: t, delivery: d}
			if v.recipient, err = l.recipient(r.Context(), d); err == nil {
				err = h(w, r, v)
			}
		}
		switch {
		case err != nil && !isGone(err):
			l.trouble(w, r, err)
		case err != nil || !ok:
			l.message(w, http.StatusNotFound, "unknown", "unknown-why")
		}
	}
}

// trouble tells of a failure on our side without what failed.
func (l *Letters) trouble(w http.ResponseWriter, r *http.Request, err error) {
	switch order.KindOf(err) {
	case order.Unavailable, order.TooMany:
		record.Of(r.Context()).Code = order.CodeOf(err)
		l.message(w, http.StatusServiceUnavailable, "busy", "busy-why")
	default:
		record.Of(r.Context()).Failure = err
		l.message(w, http.StatusInternalServerError, "trouble", "trouble-why")
	}
}

// show answers a GET: the order with its button, or what became of it. It
// changes nothing, for mail scanners open every link.
func (l *Letters) show(w http.ResponseWriter, _ *http.Request, v visit) error {
	if step(&v.recipient.order) != v.task.step {
		return l.closed(w, v)
	}
	b, p := v.recipient.book, pageView{view: v.recipient.view(v.task), Action: l.path(v.task, v.delivery)}
	p.Intro, p.Button = b.Must("intro-"+v.task.name, p.Company), b.Must("button-"+v.task.name)
	return b.Write(w, l.policy, http.StatusOK, "ask", p)
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
	b, p := v.recipient.book, pageView{view: v.recipient.view(v.task)}
	p.Title, p.Intro = b.Must(title), b.Must(why, b.Moment(v.recipient.at(fact).In(l.config.Zone)))
	return b.Write(w, l.policy, http.StatusGone, "said", p)
}

// message shows a page in all languages to somebody of whom nothing is known.
func (l *Letters) message(w http.ResponseWriter, status int, title, why string) {
	var p pageView
	for _, language := range languages() {
		b := l.books[language]
		if p.Title != "" {
			p.Title += " / "
		}
		p.Title += b.Must(title)
		p.Messages = append(p.Messages, message{language, b.Must(why)})
	}
	p.Language = swedish
	if err := l.books[swedish].Write(w, l.policy, status, "message", p); err != nil {
		panic(err) // the server answers it
	}
}
