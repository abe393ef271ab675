package email

import (
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/order"
)

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
