package letter

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/paper"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Name is the dialect in the metrics.
func (d *Desk) Name() string { return "letter" }

// Register mounts the pages.
func (d *Desk) Register(r *mux.Router) {
	r.HandleFunc(answerPath+"{link}", d.page(d.show)).Methods(http.MethodGet)
	r.HandleFunc(answerPath+"{link}", d.page(d.answer)).Methods(http.MethodPost)
}

// visit is a request for a page whose link is good.
type visit struct {
	task   webhook.Task
	reader reader
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	Action     string
	Revision   int64
	MaxComment int
	Faults     []faultView
	Used       string // when the link was used
	Messages   []message
}

// faultView is a fault of the form; Line is 0 for one of the whole.
type faultView struct {
	Line int
	Text string
}

// message is a sentence in a language, on a page for whoever it may be.
type message struct {
	Language paper.Language
	Text     string
}

// page follows the link and lets h answer. Whoever comes with a bad link gets
// the same page, whatever is wrong with it. A failure on our side is told
// without what failed.
func (d *Desk) page(h func(w http.ResponseWriter, r *http.Request, v visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, ok, err := d.follow(r.Context(), mux.Vars(r)["link"])
		if err == nil && ok {
			rec := record.Of(r.Context())
			rec.Party, rec.Order = t.Delivery.Party, t.Delivery.Event.Order
			var v visit
			v.task = t
			v.reader, err = d.reader(r.Context(), t)
			if ok = order.KindOf(err) != order.NotFound; ok && err == nil {
				err = h(w, r, v)
			}
		}
		switch {
		case !ok:
			d.message(w, http.StatusNotFound, "unknown", "unknown-why")
		case err != nil:
			record.Of(r.Context()).Failure = err
			d.message(w, http.StatusInternalServerError, "trouble", "trouble-why")
		}
	}
}

// show answers a GET: the form, or what was answered when the link is used up.
// It changes nothing, for mail scanners open every link.
func (d *Desk) show(w http.ResponseWriter, r *http.Request, v visit) error {
	shown, err := d.showUsed(w, r, v)
	if err != nil || shown {
		return err
	}
	return d.write(w, v.reader.book, http.StatusOK, "form", d.form(v, answers{}))
}

// showUsed shows what was answered, if the link is used up.
func (d *Desk) showUsed(w http.ResponseWriter, r *http.Request, v visit) (bool, error) {
	used, err := d.config.Store.LinkUsed(r.Context(), v.task.Delivery.ID)
	if err != nil || used.IsZero() {
		return false, err
	}
	p := pageView{view: v.reader.view(d.config.Zone), Used: v.reader.book.Moment(used.In(d.config.Zone))}
	p.Title = v.reader.book.Must("used")
	return true, d.write(w, v.reader.book, http.StatusGone, "used", p)
}

// form is the page on which an order is answered, with what has been filled in
// so far.
func (d *Desk) form(v visit, a answers) pageView {
	p := pageView{view: v.reader.view(d.config.Zone), Action: answerPath + v.task.Delivery.ID + "." + d.seal(v.task),
		Revision: v.reader.order.Revision, MaxComment: maxComment, Faults: a.faults}
	for i := range p.Lines {
		l := &p.Lines[i]
		given := a.lines[l.Number]
		l.Choices = v.reader.book.choices(v.reader.order.Line(l.Number), given.choice)
		l.Comment = given.comment
		for _, f := range a.faults {
			if f.Line == l.Number {
				l.Fault = f.Text
			}
		}
	}
	return p
}

// message shows a page in both languages to somebody of whom nothing is known.
func (d *Desk) message(w http.ResponseWriter, status int, title, why string) {
	b := d.books[norwegian]
	p := pageView{view: view{Language: norwegian, Title: b.Must(title) + " / " + d.books[english].Must(title)}}
	for _, l := range languages() {
		p.Messages = append(p.Messages, message{l, d.books[l].Must(why)})
	}
	if err := d.write(w, b, status, "message", p); err != nil {
		panic(err) // the server answers it
	}
}

// write answers with a page.
func (d *Desk) write(w http.ResponseWriter, b book, status int, name string, p pageView) error {
	return b.Write(w, d.policy, status, name, p)
}
