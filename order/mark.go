package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Mark is a receiver's answer to one line.
type Mark struct {
	Line   int
	Status Status
	Answer Answer
	Facts  Facts // for the order's dialect; see [Rules]
}

// mark sets a line's answer, if the rules of the order's dialect let it. The
// receiver may give any answer after any other (the last one counts) until the
// line is FULFILLED_BLOCKED; an answer that changes nothing is no event.
func (o *Order) mark(by Actor, m Mark, rules Rules, now time.Time) ([]Event, error) {
	side := o.Side(by.Party)
	switch {
	case side == Outside:
		return nil, errNotVisible(by.Party)
	case side&Receives == 0:
		return nil, Errorf(Forbidden, "not-receiver", "Lines are marked by the receiver (%s), and party %s is the sender.", o.SellerName(), by.Party).
			WithHint("As sender you can take copies back: POST …/update.")
	case !slices.Contains(Answers(), m.Status):
		return nil, Errorf(Invalid, "status-unknown", "A receiver cannot set a line to %s.", Cut(string(m.Status))).
			WithHint("Allowed: %s.", joinStatuses(Answers()))
	}
	l, err := o.FindLine(m.Line)
	if err != nil {
		return nil, err
	}
	if news, err := o.admit(l, m, rules, now); err != nil || !news {
		return nil, err
	}
	open := len(o.unansweredLines())
	ev := o.event(EventMarked, by, now)
	ev.Line, ev.From, ev.To, ev.Text = l.Number, l.Status, m.Status, m.text()
	if l.Status != m.Status || !m.Answer.Empty() { // else facts alone are added to an answer that stands
		l.Answer = m.Answer.clone()
	}
	l.Status, l.Changed = m.Status, now
	o.Status = o.deriveStatus()
	if open == 0 || len(o.unansweredLines()) > 0 {
		return []Event{ev}, nil
	}
	return []Event{ev, o.answered(by, now)}, nil
}

// admit refuses a mark that the line, the answer itself or the dialect forbids;
// news is false for one that changes nothing.
func (o *Order) admit(l *Line, m Mark, rules Rules, now time.Time) (news bool, err error) {
	same := l.Status == m.Status && (m.Answer.Empty() || l.Answer.equal(m.Answer))
	if same && len(m.Facts) == 0 {
		return false, nil
	}
	blocked := Errorf(Conflict, "line-blocked", "Line %d is FULFILLED_BLOCKED since %s; no further change is possible.", l.Number, l.Changed.UTC().Format(time.RFC3339))
	if !same && l.Status == FulfilledBlocked {
		return false, blocked
	}
	if err := m.check(l); err != nil {
		return false, err
	}
	before := maps.Clone(o.Facts)
	if err := rules.mark(o, m, now); err != nil {
		return false, err
	}
	switch told := !maps.Equal(before, o.Facts); {
	case same && !told:
		return false, nil
	case same && l.Status == FulfilledBlocked:
		return false, blocked
	}
	return true, nil
}

// answered tells that the last line without an answer got one, which happens
// once in an order's life.
func (o *Order) answered(by Actor, now time.Time) Event {
	ev := o.event(EventAnswered, by, now)
	ev.To, ev.Text = o.Status, fmt.Sprintf("all %d lines", o.originals())
	return ev
}

// originals counts the lines that the document brought.
func (o *Order) originals() (n int) {
	for i := range o.Lines {
		if !o.Lines[i].Adjustment {
			n++
		}
	}
	return n
}

func joinStatuses(s []Status) string {
	words := make([]string, len(s))
	for i, v := range s {
		words[i] = string(v)
	}
	return strings.Join(words, ", ")
}

// FindLine returns the line with the given number, or says which there are.
func (o *Order) FindLine(number int) (*Line, error) {
	if l := o.Line(number); l != nil {
		return l, nil
	}
	return nil, Errorf(NotFound, "line-not-found", "Order %s has no line %d.", o.ID, number).
		WithHint("Its lines are %s.", o.lineNumbers())
}

// lineNumbers names the lines for a message: "1 to 5" or "1, 3, 7".
func (o *Order) lineNumbers() string {
	n := len(o.Lines)
	if n == 0 {
		return "none"
	}
	if first, last := o.Lines[0].Number, o.Lines[n-1].Number; last-first == n-1 {
		return fmt.Sprintf("%d to %d", first, last)
	}
	var words []string
	for i := range o.Lines {
		words = append(words, fmt.Sprint(o.Lines[i].Number))
	}
	return strings.Join(words, ", ")
}
