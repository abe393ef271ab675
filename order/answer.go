package order

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Answer is what the receiver says of a line beside its status.
type Answer struct {
	Comment    string          `json:"comment,omitempty"`
	ValidFrom  Day             `json:"validFrom,omitempty"`
	ValidTo    Day             `json:"validTo,omitempty"`
	Price      *ConfirmedPrice `json:"price,omitempty"`
	Code       LineCode        `json:"code,omitempty"`       // EDItEUR's word for it, such as CanceledCannotSupply
	Expected   Day             `json:"expected,omitempty"`   // when what is back-ordered should come
	Quantities *Quantities     `json:"shares,omitempty"`     // how the copies divide; nil when not said
	Substitute []Identifier    `json:"substitute,omitempty"` // the product that comes instead
}

// Day is a calendar day, YYYY-MM-DD.
type Day string

// Valid reports whether d is a day of the calendar.
func (d Day) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil && len(d) == len(time.DateOnly)
}

// ConfirmedPrice is the price at which the receiver delivers, where it differs from
// the price that everybody knows.
type ConfirmedPrice struct {
	Amount Decimal `json:"amount"` // tax included
	Tax    Decimal `json:"tax"`    // per cent
}

// Quantities divides the copies of a line: each is shipping, back-ordered or
// cancelled, so the three add up to the quantity ordered.
type Quantities struct {
	Shipping    int64 `json:"shipping"`
	Backordered int64 `json:"backordered"`
	Cancelled   int64 `json:"cancelled"`
}

// Empty reports whether nothing is said beside the status.
func (a Answer) Empty() bool { return a.equal(Answer{}) }

// equal reports whether two answers say the same.
func (a Answer) equal(b Answer) bool {
	return a.Comment == b.Comment && a.ValidFrom == b.ValidFrom && a.ValidTo == b.ValidTo &&
		a.Code == b.Code && a.Expected == b.Expected &&
		samePrice(a.Price, b.Price) && sameQuantities(a.Quantities, b.Quantities) && slices.Equal(a.Substitute, b.Substitute)
}

func samePrice(a, b *ConfirmedPrice) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Amount.Equal(b.Amount) && a.Tax.Equal(b.Tax)
}

func sameQuantities(a, b *Quantities) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// clone copies what a later change could write into.
func (a Answer) clone() Answer {
	if a.Price != nil {
		price := *a.Price
		a.Price = &price
	}
	if a.Quantities != nil {
		shares := *a.Quantities
		a.Quantities = &shares
	}
	a.Substitute = slices.Clone(a.Substitute)
	return a
}

// check refuses an answer that contradicts the line or itself.
func (m LineUpdate) check(l *Line) error {
	refuse := func(format string, args ...any) error {
		return Errorf(Invalid, "answer-invalid", "Line %d: %s", l.Number, fmt.Sprintf(format, args...))
	}
	a := m.Answer
	if a.Code != "" && !a.Code.Valid() {
		return refuse("%q is not an EDItEUR order line status.", Truncate(string(a.Code)))
	}
	if s := a.Code.Status(); a.Code != "" && (s == Rejected) != (m.Status == Rejected) {
		return refuse("the status %s and the code %s contradict each other.", m.Status, a.Code)
	}
	if a.Expected != "" && !a.Expected.Valid() {
		return refuse("the expected date %q is not a valid date.", Truncate(string(a.Expected)))
	}
	if a.Quantities == nil {
		return nil
	}
	s := *a.Quantities
	switch {
	case l.Adjustment:
		return refuse("a line that takes copies back has none to ship or cancel.")
	case s.Shipping < 0 || s.Backordered < 0 || s.Cancelled < 0:
		return refuse("a number of copies is negative.")
	case s.Shipping+s.Backordered+s.Cancelled != l.Quantity:
		return refuse("%d shipping, %d back-ordered and %d cancelled do not add up to the %d ordered.", s.Shipping, s.Backordered, s.Cancelled, l.Quantity)
	case m.Status == Rejected && s.Cancelled != l.Quantity:
		return refuse("a rejected line cancels all its copies.")
	}
	return nil
}

// text reports an answer in one line, for the history.
func (m LineUpdate) text() string {
	a, words := m.Answer, ""
	add := func(format string, args ...any) {
		if words != "" {
			words += "; "
		}
		words += fmt.Sprintf(format, args...)
	}
	if a.Comment != "" {
		add("%s", a.Comment)
	}
	if a.Code != "" {
		add("%s", a.Code)
	}
	if a.Quantities != nil {
		add("shipping %d, back-ordered %d, cancelled %d", a.Quantities.Shipping, a.Quantities.Backordered, a.Quantities.Cancelled)
	}
	if a.Expected != "" {
		add("expected %s", a.Expected)
	}
	if len(a.Substitute) > 0 {
		add("instead %s", a.Substitute[0])
	}
	return words
}

// LineUpdate is a receiver's answer to one line.
type LineUpdate struct {
	Line       int
	Status     Status
	Answer     Answer
	Attributes Attributes // for the order's dialect; see [Rules]
}

// mark sets a line's answer, if the rules of the order's dialect let it. The
// receiver may give any answer after any other (the last one counts) until the
// line is FULFILLED_BLOCKED; an answer that changes nothing makes no event.
func (o *Order) mark(by Actor, m LineUpdate, rules Rules, now time.Time) ([]Event, error) {
	side := o.Role(by.Party)
	switch {
	case side == RoleNone:
		return nil, errNotVisible(by.Party)
	case side&RoleReceiver == 0:
		return nil, Errorf(Forbidden, "not-receiver", "Lines are marked by the receiver (%s), and party %s is the sender.", o.SellerName(), by.Party).
			WithHint("As sender you can take copies back: POST …/update.")
	case !slices.Contains(Answers(), m.Status):
		return nil, Errorf(Invalid, "status-unknown", "A receiver cannot set a line to %s.", Truncate(string(m.Status))).
			WithHint("Allowed: %s.", joinStatuses(Answers()))
	}
	l, err := o.FindLine(m.Line)
	if err != nil {
		return nil, err
	}
	if changes, err := o.admit(l, m, rules, now); err != nil || !changes {
		return nil, err
	}
	open := len(o.unansweredLines())
	ev := o.event(EventMarked, by, now)
	ev.Line, ev.From, ev.To, ev.Text = l.Number, l.Status, m.Status, m.text()
	if l.Status != m.Status || !m.Answer.Empty() { // else attributes alone are added to an answer that stands
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
// changes is false for one that changes nothing.
func (o *Order) admit(l *Line, m LineUpdate, rules Rules, now time.Time) (changes bool, err error) {
	same := l.Status == m.Status && (m.Answer.Empty() || l.Answer.equal(m.Answer))
	if same && len(m.Attributes) == 0 {
		return false, nil
	}
	blocked := Errorf(Conflict, "line-blocked", "Line %d is FULFILLED_BLOCKED since %s; no further change is possible.", l.Number, l.Changed.UTC().Format(time.RFC3339))
	if !same && l.Status == FulfilledBlocked {
		return false, blocked
	}
	if err := m.check(l); err != nil {
		return false, err
	}
	before := maps.Clone(o.Attributes)
	if err := rules.mark(o, m, now); err != nil {
		return false, err
	}
	switch changed := !maps.Equal(before, o.Attributes); {
	case same && !changed:
		return false, nil
	case same && l.Status == FulfilledBlocked:
		return false, blocked
	}
	return true, nil
}

// answered reports that the last line without an answer got one, which happens
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

// LineCode is an EDItEUR order line status value: finer than a [Status], and
// passed on to the other party as it was written.
type LineCode string

// lineCodes are EDItEUR's values with those that BIC added.
const lineCodes = ` AcceptedShipping AcceptedBackordered AcceptedPartShippingPartBackordered
 AcceptedPartShippingPartCanceled AcceptedReadyForActivation AcceptedActivated
 BackorderedAwaitingMinimumOrder BackorderedAwaitingReceipt BackorderedAwaitingSupply
 BackorderedChasingSupplier BackorderedDateChange BackorderedOnOrderFromOverseas
 BackorderedPriceChange BackorderedTitleChange BackorderedStockTaking
 CanceledByBuyer CanceledCannotSupply CanceledDiscountQuery CanceledDuplicateOrder CanceledInvalid
 CanceledMinimumOrderReq CanceledOutOfTime CanceledPriceQuery CanceledPriceIdentifierMismatch
 CanceledPromotionInvalid CanceledSubstOffered CanceledTryOtherLocation CanceledUnknown
 CanceledRightsRestricted CanceledCannotShipByRequestedDate CanceledSold CanceledStockTaking
 CanceledAdditionalServiceQuery CanceledAccountStopped
 HeldAccountStopped HeldAwaitingBuyerInstruction HeldDiscountQuery HeldFirmOrderRequired
 HeldMinimumOrderReq HeldPriceQuery HeldPriceIdentifierMismatch HeldPromotionInvalid HeldStockTaking
 HeldAdditionalServiceQuery TemporaryHold AwaitingAuthorizationToShip
 AlreadyShipped NotFound NotOnBackorderFile Processing ProcessingAwaitingBuyerInstruction
 ReorderedWrongItemSupplied ReorderedSuppliedShort ReorderedSuppliedDamaged
 ReorderedSuppliedImperfect ReorderedSupplierCannotTrace
 SubstShipping SubstBackordered SubstPartShippingPartBackordered SubstPartShippingPartCanceled `

// Valid reports whether c is one of the published values.
func (c LineCode) Valid() bool {
	return c != "" && !strings.ContainsAny(string(c), " \n") && strings.Contains(strings.ReplaceAll(lineCodes, "\n", " "), " "+string(c)+" ")
}

// Status returns the state of a line that the code stands for: a cancelled line
// is REJECTED, a shipped one FULFILLED, and all others are RECEIVED: the
// receiver has the line and works on it.
func (c LineCode) Status() Status {
	switch {
	case strings.HasPrefix(string(c), "Canceled"), c == "NotFound", c == "NotOnBackorderFile":
		return Rejected
	case c == "AlreadyShipped":
		return Fulfilled
	}
	return Received
}

// CodeFor returns the code that reports the state of a line to a reader of EDItX:
// the one that the receiver gave, else the nearest.
func (l *Line) CodeFor() LineCode {
	if l.Answer.Code != "" {
		return l.Answer.Code
	}
	switch l.Status {
	case Failed:
		return "CanceledUnknown" // it never reached a receiver who could say why
	case Rejected:
		return "CanceledCannotSupply"
	case Fulfilled, FulfilledAssigned, FulfilledBlocked:
		return "AlreadyShipped"
	}
	return "Processing"
}

// unansweredLines lists the original lines that the receiver has not answered.
func (o *Order) unansweredLines() []int {
	var lines []int
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Adjustment && l.Status == Sent {
			lines = append(lines, l.Number)
		}
	}
	return lines
}
