package order

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// LineRef names a line of an order as another document does: by its number,
// by the sender's reference, by its product, or by several of these.
type LineRef struct {
	Number    int // 0 when not given
	Reference string
	Products  []Identifier
}

// String names the line for a message.
func (n LineRef) String() string {
	var words []string
	if n.Number != 0 {
		words = append(words, fmt.Sprintf("line %d", n.Number))
	}
	if n.Reference != "" {
		words = append(words, "reference "+Truncate(n.Reference))
	}
	for _, p := range n.Products {
		words = append(words, Truncate(p.Value))
	}
	if len(words) == 0 {
		return "a line without name"
	}
	return strings.Join(words, ", ")
}

// buyersLine is the type of the reference that names a line.
const buyersLine = "BuyersOrderLineReference"

// matches reports whether every name given fits l.
func (n LineRef) matches(l *Line) bool {
	if n.Number != 0 && n.Number != l.Number {
		return false
	}
	if n.Reference != "" && !l.hasReference(n.Reference) {
		return false
	}
	if len(n.Products) == 0 {
		return true
	}
	named := Line{Products: n.Products}
	return named.EAN() == l.EAN()
}

func (l *Line) hasReference(number string) bool {
	for _, r := range l.Detail.References {
		if r.Type == buyersLine && r.Number == number {
			return true
		}
	}
	return false
}

// findLine finds the one line that n names. Names that fit no line, or several,
// are refused: an answer to the wrong line is worse than none.
func (o *Order) findLine(n LineRef) (*Line, error) {
	var found *Line
	for i := range o.Lines {
		l := &o.Lines[i]
		if !n.matches(l) || l.Adjustment && n.Number == 0 {
			continue
		}
		if found != nil {
			return nil, Errorf(Invalid, "line-ambiguous", "%s of the answer fits lines %d and %d.", n, found.Number, l.Number).
				WithHint("Give the line's number as the order has it.")
		}
		found = l
	}
	if found == nil {
		return nil, Errorf(Invalid, "line-unknown", "%s of the answer is on no line of order %s.", n, Truncate(o.Number)).
			WithHint("Name the lines as the order does; its lines are %s.", o.lineNumbers())
	}
	return found, nil
}

// Response is a receiver's answer to many lines at once.
type Response struct {
	OrderNumber string // the order that it answers, as the sender numbered it
	Lines       []LineResponse
}

// LineResponse is the answer to one line.
type LineResponse struct {
	Name LineRef
	Mark LineUpdate // its Line is found by Name
}

// Outcome is what became of a response.
type Outcome struct {
	Order   Order
	Missing []int // lines that neither this answer nor an earlier one speaks of
}

// respond marks every line that r names, all or nothing: all faults are listed
// at once.
func (o *Order) respond(by Actor, r Response, rules Rules, now time.Time) (events []Event, err error) {
	if err := o.sameNumber(r.OrderNumber); err != nil {
		return nil, err
	}
	var faults []error
	answered := map[int]bool{}
	for _, lr := range r.Lines {
		l, err := o.findLine(lr.Name)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if answered[l.Number] {
			faults = append(faults, Errorf(Invalid, "line-twice", "Line %d is answered twice.", l.Number))
			continue
		}
		answered[l.Number] = true
		lr.Mark.Line = l.Number
		marked, err := o.mark(by, lr.Mark, rules, now)
		events = append(events, marked...)
		if err != nil {
			faults = append(faults, err)
		}
	}
	return events, allFaults(faults)
}

// sameNumber refuses a document that speaks of another order.
func (o *Order) sameNumber(number string) error {
	if number == "" || number == o.Number {
		return nil
	}
	return Errorf(Invalid, "order-number-differs", "The document speaks of order number %s; this is order number %s.", Truncate(number), Truncate(o.Number)).
		WithHint("Send it to the order that it speaks of.")
}

// allFaults joins many refusals into one that lists them. A single one stays
// what it is.
func allFaults(faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	if len(faults) == 1 || KindOf(faults[0]) == NotFound || KindOf(faults[0]) == Forbidden {
		return faults[0]
	}
	all := Errorf(Invalid, "answers-refused", "%d of the lines cannot be taken; nothing was changed.", len(faults)).
		WithHint("Correct the lines that are listed and send the document again.")
	for _, f := range faults {
		all = all.WithField(faultField(f))
	}
	return all
}

func faultField(err error) Field {
	var e *Error
	if errors.As(err, &e) {
		return Field{Code: e.Code, Message: e.Detail}
	}
	return Field{Code: "fault", Message: err.Error()}
}

// Cancellation withdraws an order, or some lines of it.
type Cancellation struct {
	OrderNumber string
	Lines       []LineCancellation // none: all that is not yet fulfilled
}

// LineCancellation withdraws copies of one line; Quantity 0 means all that
// remain.
type LineCancellation struct {
	Name     LineRef
	Quantity int64
}

// cancel takes back what c names by the rule of reduce, all or nothing. A line
// that is fulfilled cannot be withdrawn, only returned.
func (o *Order) cancel(by Actor, c Cancellation, rules Rules, now time.Time) (events []Event, err error) {
	if err := o.sameNumber(c.OrderNumber); err != nil {
		return nil, err
	}
	if side := o.Role(by.Party); side&RoleSender == 0 {
		_, err := o.reduce(by, Reduction{}, rules, now) // its words for who may not
		return nil, err
	}
	wanted := c.Lines
	if len(wanted) == 0 {
		wanted = o.withdrawable()
	}
	if len(wanted) == 0 {
		return nil, Errorf(Forbidden, "nothing-to-cancel", "Order %s has no line left that could be withdrawn; it is %s.", o.ID, o.Status)
	}
	var faults []error
	for _, lc := range wanted {
		reduced, err := o.cancelLine(by, lc, rules, now)
		events = append(events, reduced...)
		if err != nil {
			faults = append(faults, err)
		}
	}
	return events, allFaults(faults)
}

// withdrawable names every original line that is neither fulfilled nor
// rejected, with the copies that it has left. What was taken back of a product
// without naming a line is counted off its first lines.
func (o *Order) withdrawable() []LineCancellation {
	var lines []LineCancellation
	left := map[string]int64{}
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment || !l.Status.open() {
			continue
		}
		ean := l.EAN()
		if _, seen := left[ean]; !seen {
			left[ean] = o.remains(Reduction{EAN: ean})
		}
		n := min(left[ean], l.Quantity-o.takenFrom(l.Number))
		if n > 0 {
			lines = append(lines, LineCancellation{Name: LineRef{Number: l.Number}, Quantity: n})
			left[ean] -= n
		}
	}
	return lines
}

// open reports whether a line still waits for its delivery.
func (s Status) open() bool { return s == Sent || s == Received }

func (o *Order) cancelLine(by Actor, lc LineCancellation, rules Rules, now time.Time) ([]Event, error) {
	l, err := o.findLine(lc.Name)
	if err != nil {
		return nil, err
	}
	if !l.Status.open() {
		return nil, Errorf(Forbidden, "line-not-open", "Line %d is %s and cannot be withdrawn.", l.Number, l.Status)
	}
	r := Reduction{EAN: l.EAN(), Line: l.Number, Number: lc.Quantity}
	if r.Number == 0 {
		r.Number = o.remains(r)
	}
	if r.Number == 0 {
		return nil, Errorf(Forbidden, "reduction-too-large", "Nothing of line %d is left to withdraw.", l.Number)
	}
	return o.reduce(by, r, rules, now)
}
