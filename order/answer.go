package order

import (
	"fmt"
	"slices"
	"time"
)

// Answer is what the receiver says of a line beside its status.
type Answer struct {
	Comment    string       `json:"comment,omitempty"`
	ValidFrom  Day          `json:"validFrom,omitempty"`
	ValidTo    Day          `json:"validTo,omitempty"`
	Price      *SoldPrice   `json:"price,omitempty"`
	Code       LineCode     `json:"code,omitempty"`       // EDItEUR's word for it, such as CanceledCannotSupply
	Expected   Day          `json:"expected,omitempty"`   // when what is back-ordered should come
	Shares     *Shares      `json:"shares,omitempty"`     // how the copies divide; nil when not said
	Substitute []Identifier `json:"substitute,omitempty"` // the product that comes instead
}

// Day is a calendar day, YYYY-MM-DD.
type Day string

// Valid reports whether d is a day of the calendar.
func (d Day) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil && len(d) == len(time.DateOnly)
}

// SoldPrice is the price at which the receiver delivers, where it differs from
// the price that everybody knows.
type SoldPrice struct {
	Amount Decimal `json:"amount"` // tax included
	Tax    Decimal `json:"tax"`    // per cent
}

// Shares divides the copies of a line: each is shipping, back-ordered or
// cancelled, so the three add up to the quantity ordered.
type Shares struct {
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
		samePrice(a.Price, b.Price) && sameShares(a.Shares, b.Shares) && slices.Equal(a.Substitute, b.Substitute)
}

func samePrice(a, b *SoldPrice) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Amount.Equal(b.Amount) && a.Tax.Equal(b.Tax)
}

func sameShares(a, b *Shares) bool {
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
	if a.Shares != nil {
		shares := *a.Shares
		a.Shares = &shares
	}
	a.Substitute = slices.Clone(a.Substitute)
	return a
}

// check refuses an answer that contradicts the line or itself.
func (m Mark) check(l *Line) error {
	refuse := func(format string, args ...any) error {
		return Errorf(Invalid, "answer-invalid", "Line %d: %s", l.Number, fmt.Sprintf(format, args...))
	}
	a := m.Answer
	if a.Code != "" && !a.Code.Valid() {
		return refuse("%q is no order line status of EDItEUR.", Cut(string(a.Code)))
	}
	if s := a.Code.Status(); a.Code != "" && (s == Rejected) != (m.Status == Rejected) {
		return refuse("the status %s and the code %s contradict each other.", m.Status, a.Code)
	}
	if a.Expected != "" && !a.Expected.Valid() {
		return refuse("the expected date %q is no day of the calendar.", Cut(string(a.Expected)))
	}
	if a.Shares == nil {
		return nil
	}
	s := *a.Shares
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

// text tells an answer in one line, for the history.
func (m Mark) text() string {
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
	if a.Shares != nil {
		add("shipping %d, back-ordered %d, cancelled %d", a.Shares.Shipping, a.Shares.Backordered, a.Shares.Cancelled)
	}
	if a.Expected != "" {
		add("expected %s", a.Expected)
	}
	if len(a.Substitute) > 0 {
		add("instead %s", a.Substitute[0])
	}
	return words
}
