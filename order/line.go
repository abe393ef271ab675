package order

import "time"

// Line is one product of an order: what was ordered, and what the receiver
// answered. A line that the sender added to take copies back has a negative
// quantity and Adjustment set.
type Line struct {
	Number     int          `json:"number"` // the line's name in every view, from 1
	Products   []Identifier `json:"products"`
	Quantity   int64        `json:"quantity"`
	Adjustment bool         `json:"adjustment,omitempty"`
	Status     Status       `json:"status"`
	Answer     Answer       `json:"answer,omitzero"`
	Changed    time.Time    `json:"changed"`
	Detail     LineDetail   `json:"detail,omitzero"`
}

// LineDetail is the rest of what the document says of a line.
type LineDetail struct {
	WrittenNumber string       `json:"writtenNumber,omitempty"` // LineNumber, when it could not serve as Number
	Title         string       `json:"title,omitempty"`
	Seller        *Identifier  `json:"seller,omitempty"`
	Parties       []TradeParty `json:"parties,omitempty"`
	Bonus         *Bonus       `json:"bonus,omitempty"`
	References    []Reference  `json:"references,omitempty"`
	Dates         []DateCoded  `json:"dates,omitempty"`
	FillTerms     string       `json:"fillTerms,omitempty"`
	Qualifiers    []Coded      `json:"qualifiers,omitempty"`
	Pricing       []Pricing    `json:"pricing,omitempty"`
	Returns       *Returns     `json:"returns,omitempty"`
	Services      []Service    `json:"services,omitempty"`
	Messages      []Message    `json:"messages,omitempty"`
}

// Answer is what the receiver says of a line beside its status.
type Answer struct {
	Comment   string     `json:"comment,omitempty"`
	ValidFrom Day        `json:"validFrom,omitempty"`
	ValidTo   Day        `json:"validTo,omitempty"`
	Price     *SoldPrice `json:"price,omitempty"`
}

// Day is a calendar day, YYYY-MM-DD.
type Day string

// SoldPrice is the price at which the receiver delivers, where it differs from
// the price that everybody knows.
type SoldPrice struct {
	Amount Decimal `json:"amount"` // tax included
	Tax    Decimal `json:"tax"`    // per cent
}

// equal reports whether two answers say the same.
func (a Answer) equal(b Answer) bool {
	if (a.Price == nil) != (b.Price == nil) {
		return false
	}
	if a.Price != nil && !(a.Price.Amount.Equal(b.Price.Amount) && a.Price.Tax.Equal(b.Price.Tax)) {
		return false
	}
	return a.Comment == b.Comment && a.ValidFrom == b.ValidFrom && a.ValidTo == b.ValidTo
}

// clone copies what a later change of the line could write into.
func (l Line) clone() Line {
	l.Products = append([]Identifier(nil), l.Products...)
	if l.Answer.Price != nil {
		price := *l.Answer.Price
		l.Answer.Price = &price
	}
	return l
}
