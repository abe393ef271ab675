package order

// This file is the content of an order document in the words of EDItX Trade
// Order. Codes are stored as written: a code we
// do not know is still the sender's word to the receiver. The JSON form is the
// one in which the model is stored and shown under /v2.

// Date is a date (YYYYMMDD) or a date and time (YYYYMMDDThhmm, with Z or an
// offset when the sender gave one). It stays text: a time without a zone must
// not gain one.
type Date string

// Header is what an order says of itself as a whole.
type Header struct {
	IssuedAt             Date          `json:"issuedAt,omitempty"`
	References           []Reference   `json:"references,omitempty"`
	Purpose              Purpose       `json:"purpose,omitempty"`
	Currency             string        `json:"currency,omitempty"`
	Country              string        `json:"country,omitempty"`
	Dates                []DateCoded   `json:"dates,omitempty"`
	FillTerms            string        `json:"fillTerms,omitempty"`
	Buyer                TradeParty    `json:"buyer"`
	Seller               *TradeParty   `json:"seller,omitempty"`
	ShipTo               *TradeParty   `json:"shipTo,omitempty"`
	BillTo               *TradeParty   `json:"billTo,omitempty"`
	ShipFrom             *Location     `json:"shipFrom,omitempty"`
	Qualifiers           []Coded       `json:"qualifiers,omitempty"`
	Delivery             *Delivery     `json:"delivery,omitempty"`
	ShippingInstructions string        `json:"shippingInstructions,omitempty"`
	InvoiceInstructions  string        `json:"invoiceInstructions,omitempty"`
	PaymentTerms         *PaymentTerms `json:"paymentTerms,omitempty"`
	Discount             *Decimal      `json:"discount,omitempty"` // per cent
	Services             []Service     `json:"services,omitempty"`
	Messages             []Message     `json:"messages,omitempty"`
}

// Purpose is why a document is sent.
type Purpose string

// The purposes of EDItX's PurposeCode.
const (
	Original  Purpose = "Original"
	Duplicate Purpose = "Duplicate" // a repeat of a sent document; never a second order
	Test      Purpose = "Test"      // checked and routed, never shown to the receiver
)

// Reference is another party's name for the order or line. Either Number or
// Date may be missing, not both.
type Reference struct {
	Type   string `json:"type"`
	Number string `json:"number,omitempty"`
	Date   Date   `json:"date,omitempty"`
}

// DateCoded is a date with what it means, such as DoNotShipBefore.
type DateCoded struct {
	Date      Date   `json:"date"`
	Qualifier string `json:"qualifier"`
}

// Coded is a code with the scheme it is taken from.
type Coded struct {
	Type string `json:"type"`
	Code string `json:"code"`
}

// TradeParty is a party as a document describes it. Whether it is connected to
// the exchange, and as which [Party], is another question.
type TradeParty struct {
	Role          string          `json:"role,omitempty"` // of a line's related party
	ID            Identifier      `json:"id"`
	AdditionalIDs []Identifier    `json:"additionalIds,omitempty"`
	Names         []string        `json:"names,omitempty"`
	Address       *Address        `json:"address,omitempty"`
	Communication []Communication `json:"communication,omitempty"`
	Contacts      []Contact       `json:"contacts,omitempty"`
	Country       string          `json:"country,omitempty"`
}

// Address is a postal address.
type Address struct {
	Lines           []string `json:"lines,omitempty"`
	City            string   `json:"city,omitempty"`
	PostalCode      string   `json:"postalCode,omitempty"`
	Subdivision     string   `json:"subdivision,omitempty"`
	SubdivisionCode string   `json:"subdivisionCode,omitempty"`
	Country         string   `json:"country,omitempty"`
	CountryCode     string   `json:"countryCode,omitempty"`
}

// Communication is an address of a party or a person: Email, Phone, …
type Communication struct {
	Type    string `json:"type"`
	Locator string `json:"value"`
}

// Contact is a person at a party.
type Contact struct {
	Role          string          `json:"role,omitempty"`
	Name          string          `json:"name"`
	Communication []Communication `json:"communication,omitempty"`
}

// Location is a place, by numbers, by name or both.
type Location struct {
	IDs  []Identifier `json:"ids,omitempty"`
	Name string       `json:"name,omitempty"`
}

// Delivery says how the goods should travel.
type Delivery struct {
	Time    string   `json:"time,omitempty"`
	Service string   `json:"service,omitempty"`
	Carrier *Carrier `json:"carrier,omitempty"`
	Notes   string   `json:"notes,omitempty"`
}

// Carrier is who should carry the goods.
type Carrier struct {
	Code    *Coded `json:"code,omitempty"`
	Name    string `json:"name,omitempty"`
	Service string `json:"service,omitempty"`
}

// PaymentTerms holds exactly one of its members.
type PaymentTerms struct {
	NetDaysDue   *int64 `json:"netDaysDue,omitempty"`
	NetDueDate   Date   `json:"netDueDate,omitempty"`
	ExtendedDays *int64 `json:"extendedDays,omitempty"`
	Coded        *Coded `json:"coded,omitempty"`
}

// Service is something ordered beside the goods, for the order or a line.
type Service struct {
	Coded       Coded            `json:"coded"`
	Quantity    *ServiceQuantity `json:"quantity,omitempty"`
	Description string           `json:"description,omitempty"`
	References  []Reference      `json:"references,omitempty"`
	Pricing     []Pricing        `json:"pricing,omitempty"`
}

// ServiceQuantity is how much of a service is ordered.
type ServiceQuantity struct {
	Description string `json:"description,omitempty"`
	Value       string `json:"value"`
	Unit        string `json:"unit,omitempty"`
}

// Pricing is a price the sender expects, with its discounts.
type Pricing struct {
	Price     Price            `json:"price"`
	Discount  *Decimal         `json:"discount,omitempty"` // per cent
	Discounts []DiscountDetail `json:"discounts,omitempty"`
}

// Price is an amount and what it means, such as UnitCostExcludingTax.
type Price struct {
	Amount    Decimal `json:"amount"`
	Currency  string  `json:"currency,omitempty"`
	Country   string  `json:"country,omitempty"`
	Qualifier string  `json:"qualifier"`
	Taxes     []Tax   `json:"taxes,omitempty"` // on the price of a service
}

// Tax is a tax within a price.
type Tax struct {
	Type          string   `json:"type"`
	RateCode      string   `json:"rateCode,omitempty"`
	Percent       *Decimal `json:"percent,omitempty"`
	AmountTaxable *Decimal `json:"amountTaxable,omitempty"`
	Amount        *Decimal `json:"amount,omitempty"`
}

// DiscountDetail is a discount made of coded parts.
type DiscountDetail struct {
	CodeType string         `json:"codeType"`
	Parts    []DiscountPart `json:"parts"`
}

// DiscountPart is one code of a discount.
type DiscountPart struct {
	Code    string   `json:"code"`
	Percent *Decimal `json:"percent,omitempty"`
}

// Returns says what may be sent back, and until when.
type Returns struct {
	LastDate    Date     `json:"lastDate,omitempty"`
	MaxPercent  *Decimal `json:"maxPercent,omitempty"`
	MaxQuantity *int64   `json:"maxQuantity,omitempty"`
	Conditions  []Coded  `json:"conditions,omitempty"`
}

// Bonus is a number of free copies.
type Bonus struct {
	Type     string `json:"type"`
	Quantity int64  `json:"quantity"`
}

// Message is free text of a type agreed between two partners.
type Message struct {
	Type  string   `json:"type"`
	Lines []string `json:"lines"`
}

// Summary is what the sender counted. It is stored as said, right or wrong.
type Summary struct {
	Lines *int64 `json:"lines,omitempty"`
	Units *int64 `json:"units,omitempty"`
}

// Extension is an element of the sender's document that this model has no place
// for. It goes back to where it stood when the order is written again.
type Extension struct {
	Parent string `json:"parent"`          // path of the element it stood in, such as /Order/ItemDetail[2]
	After  string `json:"after,omitempty"` // path of the sibling before it; empty when it came first
	XML    string `json:"xml"`             // the element with its content, as UTF-8
}
