package email

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/actionmail"
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

// Bounds of a form.
const (
	// maxForm has space for a comment on every line that a page shows.
	maxForm = 1 << 20

	// maxComment bounds a comment in characters: some sentences to the sender.
	maxComment = 300
)

// choice is a possible answer to a line.
type choice struct {
	Value  string
	Label  string
	Chosen bool
}

// The values of the choices, as the form sends them.
const (
	chooseNothing   = ""
	chooseAccept    = "accept"
	chooseReject    = "reject"
	chooseDelivered = "delivered"
)

// statusOf returns the status that a choice means. A line that takes copies back
// cannot be delivered.
func statusOf(choice string, taken bool) (order.Status, bool) {
	switch {
	case choice == chooseAccept:
		return order.Received, true
	case choice == chooseReject:
		return order.Rejected, true
	case choice == chooseDelivered && !taken:
		return order.Fulfilled, true
	}
	return "", false
}

// choices returns the possible answers to a line, with the chosen one marked;
// none for a closed line.
func choices(c actionmail.Catalog, l *order.Line, chosen string) []choice {
	if l.Status == order.FulfilledBlocked {
		return nil
	}
	nothing, accept, reject := "choose-unchanged", "choose-accept", "choose-reject"
	if l.Status == order.Sent || l.Status == order.Requested {
		nothing = "choose-later"
	}
	if l.Adjustment {
		accept, reject = "choose-accept-taken", "choose-reject-taken"
	}
	all := []choice{
		{Value: chooseNothing, Label: c.MustText(nothing)},
		{Value: chooseAccept, Label: c.MustText(accept)},
		{Value: chooseReject, Label: c.MustText(reject)},
	}
	if !l.Adjustment {
		all = append(all, choice{Value: chooseDelivered, Label: c.MustText("choose-delivered")})
	}
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}

// answers are the content of a form.
type answers struct {
	revision   int64
	lines      map[int]formLine
	taken      formLine // of all lines that take copies back and have no answer of their own
	takenFault string
	faults     []faultView
}

// formLine is the answer to one line in a form.
type formLine struct{ choice, comment string }

// readForm reads the body of a POST. The query is ignored.
func readForm(w http.ResponseWriter, r *http.Request, o *order.Order) (a answers, err error) {
	if err := actionmail.ParseForm(w, r, maxForm); err != nil {
		return a, err
	}
	if a.revision, err = strconv.ParseInt(r.PostForm.Get("revision"), 10, 64); err != nil || a.revision < 1 {
		return a, actionmail.FormError(http.StatusBadRequest)
	}
	a.taken = readFormLine(r, "taken", "comment-taken")
	a.lines = map[int]formLine{}
	for i := range o.Lines {
		number := strconv.Itoa(o.Lines[i].Number)
		if g := readFormLine(r, "line-"+number, "comment-"+number); g != (formLine{}) {
			a.lines[o.Lines[i].Number] = g
		}
	}
	return a, nil
}

func readFormLine(r *http.Request, choice, comment string) formLine {
	g := formLine{choice: r.PostForm.Get(choice), comment: r.PostForm.Get(comment)}
	if utf8.RuneCountInString(g.comment) <= maxComment {
		g.comment = actionmail.SanitizeLine(g.comment) // a longer one is refused as it stands
	}
	return g
}

// checkTaken returns the key of what is wrong with the answer to all lines that
// take copies back, or "".
func (a *answers) checkTaken() string {
	status, ok := statusOf(a.taken.choice, true)
	switch {
	case a.taken.choice == chooseNothing && a.taken.comment == "":
		return ""
	case a.taken.choice == chooseNothing:
		return "fault-taken-alone"
	case !ok:
		return "fault-taken-choice"
	case utf8.RuneCountInString(a.taken.comment) > maxComment:
		return "fault-taken-long"
	case status == order.Rejected && a.taken.comment == "":
		return "fault-taken-missing"
	}
	return ""
}

// response turns the form into the response to the order. All errors are added
// to the faults, each with its line.
func (a *answers) response(c actionmail.Catalog, o *order.Order) order.Response {
	var r order.Response
	fault := func(line int, key string, args ...any) {
		a.faults = append(a.faults, faultView{Line: line, Text: c.MustText(key, args...)})
	}
	asked := takenBack(o)
	together := len(asked) > 1
	if key := a.checkTaken(); together && key != "" {
		a.takenFault = c.MustText(key)
		a.faults = append(a.faults, faultView{Text: a.takenFault, Taken: true})
		return r
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		g, said := a.lines[l.Number]
		if !said && together && slices.Contains(asked, l.Number) && a.taken.choice != chooseNothing {
			g, said = a.taken, true
		}
		if !said || l.Status == order.FulfilledBlocked {
			continue
		}
		status, ok := statusOf(g.choice, l.Adjustment)
		switch {
		case g.choice == chooseNothing:
			fault(l.Number, "fault-comment-alone", l.Number)
		case !ok:
			fault(l.Number, "fault-choice", l.Number)
		case utf8.RuneCountInString(g.comment) > maxComment:
			fault(l.Number, "fault-comment-long", l.Number, maxComment)
		case status == order.Rejected && g.comment == "":
			fault(l.Number, "fault-comment-missing", l.Number)
		default:
			r.Lines = append(r.Lines, order.LineResponse{Name: order.LineRef{Number: l.Number},
				Mark: order.LineUpdate{Status: status, Answer: order.Answer{Comment: g.comment}}})
		}
	}
	if len(r.Lines) == 0 && len(a.faults) == 0 {
		fault(0, "fault-nothing")
	}
	return r
}

// takenView asks one question about all lines that take copies back, so that a
// cancelled order of sixty lines takes one answer. The lines can be answered one
// by one below it.
type takenView struct {
	Count   int
	Choices []choice
	Comment string
	Fault   string
	Lines   []lineView
	Singly  []lineView // those lines, and those that they leave nothing of
	Open    bool       // a line below has something filled in
}

// takenBack returns the numbers of the lines that take copies back and wait for an
// answer.
func takenBack(o *order.Order) (numbers []int) {
	for i := range o.Lines {
		if l := &o.Lines[i]; l.Adjustment && l.Status == order.Requested {
			numbers = append(numbers, l.Number)
		}
	}
	return numbers
}

// openLines returns the numbers of the lines that wait for an answer: those that take
// copies back, and those without one of which copies are left to deliver.
func openLines(o *order.Order) map[int]bool {
	withdrawn, open := o.Withdrawn(), map[int]bool{}
	for i := range o.Lines {
		l := &o.Lines[i]
		_, none := withdrawn[l.Number]
		if l.Status == order.Requested || l.Status == order.Sent && !l.Adjustment && !none {
			open[l.Number] = true
		}
	}
	return open
}

func newTakenView(c actionmail.Catalog, count int, a answers) *takenView {
	v := &takenView{Count: count, Comment: a.taken.comment, Fault: a.takenFault}
	for _, one := range []choice{
		{Value: chooseNothing, Label: c.MustText("choose-singly")},
		{Value: chooseAccept, Label: c.MustText("choose-accept-all")},
		{Value: chooseReject, Label: c.MustText("choose-reject-all")},
	} {
		one.Chosen = one.Value == a.taken.choice
		v.Choices = append(v.Choices, one)
	}
	return v
}
