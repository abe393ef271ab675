package order

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Mark is a receiver's answer to one line.
type Mark struct {
	Line   int
	Status Status
	Answer Answer
}

// mark sets a line's answer. The receiver may give any answer after any other
// (the last one counts) until the line is FULFILLED_BLOCKED; an answer that
// changes nothing is no event.
func (o *Order) mark(by Actor, m Mark, now time.Time) ([]Event, error) {
	side := o.Side(by.Party)
	switch {
	case side == Outside:
		return nil, notFound(by.Party)
	case side&Receives == 0:
		return nil, Errorf(Forbidden, "not-receiver", "Lines are marked by the receiver (%s), and party %s is the sender.", o.SellerName(), by.Party).
			WithHint("As sender you can take copies back: POST …/update.")
	case !slices.Contains(Answers(), m.Status):
		return nil, Errorf(Invalid, "status-unknown", "A receiver cannot set a line to %s.", Cut(string(m.Status))).
			WithHint("Allowed: %s.", joinStatuses(Answers()))
	}
	l := o.Line(m.Line)
	if l == nil {
		return nil, Errorf(NotFound, "line-not-found", "Order %s has no line %d.", o.ID, m.Line).
			WithHint("Its lines are %s.", o.lineNumbers())
	}
	if l.Status == m.Status && (m.Answer.Empty() || l.Answer.equal(m.Answer)) {
		return nil, nil
	}
	if l.Status == FulfilledBlocked {
		return nil, Errorf(Conflict, "line-blocked", "Line %d is FULFILLED_BLOCKED since %s; no further change is possible.", l.Number, l.Changed.UTC().Format(time.RFC3339))
	}
	if err := m.check(l); err != nil {
		return nil, err
	}
	open := len(o.missing())
	ev := o.event(EventMarked, by, now)
	ev.Line, ev.From, ev.To, ev.Text = l.Number, l.Status, m.Status, m.text()
	l.Status, l.Answer, l.Changed = m.Status, m.Answer.clone(), now
	o.Status = o.deriveStatus()
	if open == 0 || len(o.missing()) > 0 {
		return []Event{ev}, nil
	}
	return []Event{ev, o.answered(by, now)}, nil
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
