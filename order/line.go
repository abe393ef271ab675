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
	Adjusts    int          `json:"adjusts,omitempty"` // the line that an adjustment takes copies from; 0 is any of its product
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
