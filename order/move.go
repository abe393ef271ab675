package order

import "time"

// Move tells that the order went on in its own dialect. from and to are that
// dialect's words; either may be empty.
func (o *Order) Move(by Actor, from, to string, now time.Time) Event {
	ev := o.event(EventMoved, by, now)
	ev.From, ev.To = Status(from), Status(to)
	return ev
}

// Withdraw ends what is still open: every original line that is not yet
// delivered or rejected becomes REJECTED with the comment, with one marked event
// each. It is for an order that is cancelled in its dialect, held or routed;
// one that nothing is open of stays as it is and gives no event. When the lines
// that it ends were the last without an answer, the answered event follows.
func (o *Order) Withdraw(by Actor, comment string, now time.Time) []Event {
	var events []Event
	missing := len(o.unansweredLines())
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || l.Status != Unprocessed && !l.Status.open() {
			continue
		}
		ev := o.event(EventMarked, by, now)
		ev.Line, ev.From, ev.To, ev.Text = l.Number, l.Status, Rejected, comment
		l.Status, l.Answer, l.Changed = Rejected, Answer{Comment: comment}, now
		events = append(events, ev)
	}
	if len(events) == 0 {
		return nil
	}
	o.Held = false
	o.Status = o.deriveStatus()
	if missing > 0 {
		events = append(events, o.answered(by, now))
	}
	return events
}

// Advance takes what is open at the receiver forward: every original line that
// is SENT or RECEIVED, and not as far yet, becomes to, with one marked event
// each. It is for an order whose dialect knows without the receiver's answer how
// far it is. What waits for its routing stays as it is.
func (o *Order) Advance(by Actor, to Status, now time.Time) []Event {
	var events []Event
	missing := len(o.unansweredLines())
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || !l.Status.open() || progress[l.Status] >= progress[to] {
			continue
		}
		ev := o.event(EventMarked, by, now)
		ev.Line, ev.From, ev.To = l.Number, l.Status, to
		l.Status, l.Changed = to, now
		events = append(events, ev)
	}
	if len(events) == 0 {
		return nil
	}
	o.Status = o.deriveStatus()
	if missing > 0 && len(o.unansweredLines()) == 0 {
		events = append(events, o.answered(by, now))
	}
	return events
}
