package order

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
)

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

// eanLen is the length of an EAN-13, which every ISBN now is.
const eanLen = 13

// productPreference is the order in which a line's identifiers are asked for
// its product: the first scheme present wins.
var productPreference = []string{"EAN13", "GTIN14", "ISBN", "ISMN", "UPC", "SKU", "Seller", "Buyer", "Proprietary"}

// Product returns the identifier that stands for the line's product.
func (l *Line) Product() Identifier {
	for _, scheme := range productPreference {
		for _, id := range l.Products {
			if id.Type == scheme {
				return id
			}
		}
	}
	if len(l.Products) > 0 {
		return l.Products[0]
	}
	return Identifier{}
}

// EAN returns the line's product as a 13 digit EAN where it has one (an ISBN-10
// and a GTIN-14 of single copies are turned into it), else the value of the
// preferred identifier, so that no line is without a name.
func (l *Line) EAN() string {
	id := l.Product()
	if ean, ok := ToEAN(id.Value); ok {
		return ean
	}
	return id.Value
}

// ToEAN turns an EAN-13, ISBN-13, ISBN-10, UPC-A or a GTIN-14 for a single
// copy, with or without hyphens and blanks, into 13 digits. ok is false when s
// is none of these or its check digit is wrong.
func ToEAN(s string) (ean string, ok bool) {
	s = bareNumber(s)
	switch len(s) {
	case 14:
		if s[0] != '0' {
			return "", false
		}
		s = s[1:]
	case 12:
		s = "0" + s
	case 10:
		if want, digits := ISBN10Check(s); !digits || want != s[9] {
			return "", false
		}
		s = "978" + s[:9]
		check, _ := GTINCheck(s + "0")
		return s + string(check), true
	}
	if len(s) != eanLen {
		return "", false
	}
	want, digits := GTINCheck(s)
	return s, digits && want == s[len(s)-1]
}

// bareNumber takes hyphens, blanks and characters without width out of a number
// pasted from print or from a web page.
func bareNumber(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'x':
			return 'X'
		case r >= '0' && r <= '9':
			return r
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Cf, r), r == '\u2212':
			return -1
		}
		return r
	}, s)
}

// GTINCheck returns the check digit that the last place of s should hold by the
// GS1 rule (EAN-8, UPC-A, EAN-13, GTIN-14, GLN). ok is false when s is not
// digits.
func GTINCheck(s string) (want byte, ok bool) {
	if len(s) < 2 || !allDigits(s) {
		return 0, false
	}
	sum := 0
	for i, weight := len(s)-2, 3; i >= 0; i, weight = i-1, 4-weight {
		sum += int(s[i]-'0') * weight
	}
	return byte('0' + (10-sum%10)%10), true
}

// ISBN10Check returns the check character that the tenth place of s should hold.
// ok is false when the first nine places are not digits.
func ISBN10Check(s string) (want byte, ok bool) {
	if len(s) != 10 || !allDigits(s[:9]) {
		return 0, false
	}
	sum := 0
	for i := range 9 {
		sum += (10 - i) * int(s[i]-'0')
	}
	check := (11 - sum%11) % 11
	if check == 10 {
		return 'X', true
	}
	return strconv.Itoa(check)[0], true
}

// Decimal is an exact decimal number that keeps its written scale: 30.00 stays
// 30.00. Money and percentages are Decimals; nothing of ours passes through
// binary floating point.
type Decimal struct {
	Units int64 // the number times ten to the power of Scale
	Scale uint8 // digits after the point, at most MaxScale
}

// MaxScale bounds the digits after the point. Prices in the trade use two to
// four; more than nine is a sender's arithmetic leaking out.
const MaxScale = 9

var errDecimal = errors.New("a decimal number has digits and at most one full stop, such as 250.15")

// ParseDecimal reads a number as xs:decimal writes it: an optional sign,
// digits, a full stop as decimal mark, no exponent and no thousands mark.
func ParseDecimal(s string) (Decimal, error) {
	digits := s
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	whole, frac, _ := strings.Cut(digits, ".")
	if whole+frac == "" || len(frac) > MaxScale || !allDigits(whole) || !allDigits(frac) {
		return Decimal{}, errDecimal
	}
	units, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return Decimal{}, errDecimal
	}
	if s[0] == '-' {
		units = -units
	}
	return Decimal{Units: units, Scale: uint8(len(frac))}, nil
}

// String writes d with exactly Scale digits after the point.
func (d Decimal) String() string {
	sign, units := "", d.Units
	if units < 0 {
		sign, units = "-", -units
	}
	digits := strconv.FormatInt(units, 10)
	if d.Scale == 0 {
		return sign + digits
	}
	scale := int(d.Scale)
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	cut := len(digits) - scale
	return sign + digits[:cut] + "." + digits[cut:]
}

// Equal reports whether d and e are the same number, however they are written.
func (d Decimal) Equal(e Decimal) bool { return d.trim() == e.trim() }

func (d Decimal) trim() Decimal {
	for d.Scale > 0 && d.Units%10 == 0 {
		d.Units /= 10
		d.Scale--
	}
	return d
}

// MarshalText writes d as String does.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Decimal) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDecimal(string(b))
	return err
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
