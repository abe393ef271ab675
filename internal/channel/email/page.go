package email

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/webhook"
)

// Name is the name of the channel in the metrics.
func (d *Channel) Name() string { return "email" }

// Register mounts the pages.
func (d *Channel) Register(r *mux.Router) {
	r.HandleFunc(answerPath+"{link}", d.Page(answerLink(), d.visit(d.show))).Methods(http.MethodGet)
	r.HandleFunc(answerPath+"{link}", d.Page(answerLink(), d.visit(d.answer))).Methods(http.MethodPost)
}

// pageRequest is a request for a page whose link is good.
type pageRequest struct {
	task   webhook.Task
	reader recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	FormAction string
	Revision   int64
	MaxComment int
	Faults     []faultView
	Taken      *takenView // nil where no more than one line takes copies back
	Used       string     // when the link was used
}

// faultView is a fault of the form; Line is 0 for one of the whole.
type faultView struct {
	Line  int
	Text  string
	Taken bool // it is of the answer to all lines that take copies back
}

// pageRequest looks up what a page shows before do answers.
func (d *Channel) visit(do func(w http.ResponseWriter, r *http.Request, v pageRequest) error) func(http.ResponseWriter, *http.Request, webhook.Task) error {
	return func(w http.ResponseWriter, r *http.Request, t webhook.Task) error {
		reader, err := d.recipient(r.Context(), t)
		if err != nil {
			return err
		}
		return do(w, r, pageRequest{task: t, reader: reader})
	}
}

// show answers a GET: the form, or what was answered when the link is used up.
// It changes nothing, for mail scanners open every link.
func (d *Channel) show(w http.ResponseWriter, r *http.Request, v pageRequest) error {
	shown, err := d.showUsed(w, r, v)
	if err != nil || shown {
		return err
	}
	return d.WritePage(w, v.reader.catalog, http.StatusOK, "form", d.form(v, answers{}))
}

// showUsed shows what was answered, if the link is used up.
func (d *Channel) showUsed(w http.ResponseWriter, r *http.Request, v pageRequest) (bool, error) {
	used, err := d.Store.LinkUsed(r.Context(), v.task.Delivery.ID)
	if err != nil || used.IsZero() {
		return false, err
	}
	p := pageView{view: v.reader.view(d.Zone), Used: d.FormatTime(v.reader.catalog, used)}
	p.Title = v.reader.catalog.MustText("used")
	return true, d.WritePage(w, v.reader.catalog, http.StatusGone, "used", p)
}

// form is the page on which an order is answered, with what has been filled in
// so far.
func (d *Channel) form(v pageRequest, a answers) pageView {
	p := pageView{view: v.reader.view(d.Zone), FormAction: d.Path(answerLink(), v.task),
		Revision: v.reader.order.Revision, MaxComment: maxComment, Faults: a.faults}
	asked, withdrawn := takenBack(&v.reader.order), v.reader.order.Withdrawn()
	if len(asked) > 1 {
		p.Taken = newTakenView(v.reader.catalog, len(asked), a)
	}
	var lines []lineView
	for i := range p.Lines {
		l := &p.Lines[i]
		l.MaxComment = maxComment
		said := a.lines[l.Number]
		l.Choices = choices(v.reader.catalog, v.reader.order.Line(l.Number), said.choice)
		l.Comment = said.comment
		agreed, none := withdrawn[l.Number]
		if agreed {
			l.Choices = nil // nothing is left to answer for
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
