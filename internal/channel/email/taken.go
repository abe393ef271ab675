package email

import (
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/order"
)

// takenView asks one question about all lines that take copies back: a sender who
// cancels an order of sixty lines wants one answer, not sixty. The lines can be
// answered one by one below it.
type takenView struct {
	Count   int
	Choices []choice
	Comment string
	Fault   string
	Lines   []lineView
	Singly  []lineView // those lines, and those that they leave nothing of
	Open    bool       // a line below has something filled in
}

// takenBack are the numbers of the lines that take copies back and wait for an
// answer.
func takenBack(o *order.Order) (numbers []int) {
	for i := range o.Lines {
		if l := &o.Lines[i]; l.Adjustment && l.Status == order.Requested {
			numbers = append(numbers, l.Number)
		}
	}
	return numbers
}

// openLines are the numbers of the lines that wait for an answer: those that take
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
