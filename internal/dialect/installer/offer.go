package installer

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// offer is what the payer is offered.
type offer struct {
	Name  *string     `json:"name,omitzero"`
	Payer *string     `json:"payer,omitzero"`
	Lines []offerLine `json:"lines,omitzero"`
}

// offerLine is one line of it. Amounts are in the smallest unit of the currency,
// the rate in hundredths of a per cent.
type offerLine struct {
	ProductID                 *string `json:"productId,omitzero"`
	ExternalID                *string `json:"externalId,omitzero"`
	ImageURL                  *string `json:"imageUrl,omitzero"`
	Name                      *string `json:"name,omitzero"`
	Description               *string `json:"description,omitzero"`
	Quantity                  int64   `json:"quantity"`
	CurrencyCode              *string `json:"currencyCode,omitzero"`
	IsTaxInclusive            *bool   `json:"isTaxInclusive,omitzero"`
	IsPaid                    *bool   `json:"isPaid,omitzero"`
	VATRate                   *int64  `json:"vatRate,omitzero"`
	PayerUnitAmount           *int64  `json:"payerUnitAmount,omitzero"`
	DiscountUnitAmount        *int64  `json:"discountUnitAmount,omitzero"`
	DiscountSourceType        *string `json:"discountSourceType,omitzero"`
	InstallerPayoutUnitAmount *int64  `json:"installerPayoutUnitAmount,omitzero"`

	// What follows is counted here and never read.
	PayerTotalAmount    *int64 `json:"payerTotalAmount,omitzero"`
	PayerTotalVATAmount *int64 `json:"payerTotalVatAmount,omitzero"`
}

// Who pays.
const (
	payerClient   = "client"
	payerOperator = "operator"
)

func payer(s string) string {
	if s == payerClient || s == payerOperator {
		return ""
	}
	return "It is " + order.Truncate(s) + "; wanted is " + payerClient + " or " + payerOperator + "."
}

// lines are the lines of the offer, if there is one.
func (in request) lines() []offerLine {
	if in.Offer == nil {
		return nil
	}
	return in.Offer.Lines
}

func readOffer(in httpjson.Object) *offer {
	o := &offer{Name: in.String("name", oneLine(maxLine)), Payer: in.String("payer", payer)}
	items := in.Objects("lines", maxLines)
	if items == nil {
		return o
	}
	o.Lines = []offerLine{}
	for _, item := range items {
		o.Lines = append(o.Lines, readLine(item))
	}
	return o
}

// readLine reads a line. One that names a product of the catalogue needs its
// quantity alone.
func readLine(in httpjson.Object) offerLine {
	l := offerLine{
		ProductID: in.String("productId", uuid), ExternalID: in.String("externalId", oneLine(maxLine)),
		ImageURL: in.String("imageUrl", oneLine(maxURL)),
		Name:     readLineName(in), Description: in.String("description", manyLines(maxDescription)),
		CurrencyCode: in.String("currencyCode", currency), IsTaxInclusive: in.Boolean("isTaxInclusive"),
		IsPaid:                    in.Boolean("isPaid"),
		VATRate:                   readWhole(in, "vatRate", 0, maxRate, true),
		PayerUnitAmount:           readWhole(in, "payerUnitAmount", 0, maxAmount, true),
		DiscountUnitAmount:        readWhole(in, "discountUnitAmount", 0, maxAmount, true),
		DiscountSourceType:        in.String("discountSourceType", oneLine(maxLine)),
		InstallerPayoutUnitAmount: readWhole(in, "installerPayoutUnitAmount", 0, maxAmount, true),
	}
	if n := readWhole(in, "quantity", 1, maxQuantity, false); n != nil {
		l.Quantity = *n
	} else {
		in.Required("quantity")
	}
	if l.PayerUnitAmount != nil && l.DiscountUnitAmount != nil && *l.DiscountUnitAmount > *l.PayerUnitAmount {
		in.Fault("discountUnitAmount", "It is %d, more than the payerUnitAmount of %d.", *l.DiscountUnitAmount,
			*l.PayerUnitAmount)
	}
	return l
}

// readLineName is needed where the catalogue does not give one.
func readLineName(in httpjson.Object) *string {
	if in.Get("productId") != nil {
		return in.String("name", oneLine(maxLine))
	}
	name := in.RequiredString("name", oneLine(maxLine))
	return &name
}

// includesTax decides how the amounts are to be read; without a word they are
// without tax.
func (l offerLine) includesTax() bool { return l.IsTaxInclusive != nil && *l.IsTaxInclusive }

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// The bounds of whole numbers.
const (
	maxAmount   = math.MaxInt32 // the original's amounts have 32 bits
	maxRate     = 10_000        // hundredths of a per cent: no tax takes more than all
	maxQuantity = 1_000_000     // the most of one line in EDItX

	// whole is what a rate is counted in: 10000 is the price itself.
	whole = 10_000
)

// readWhole returns a whole number from least to most, that is written as a number
// and counts by its value, or where loose as a text of digits. The documented
// example writes amounts as texts, the original's newer pages as numbers.
func readWhole(in httpjson.Object, name string, least, most int64, loose bool) *int64 {
	v, read := in.Get(name), wholeValue
	switch kind := v.Kind(); {
	case v == nil:
		return nil
	case kind == httpjson.KindString && loose:
		read = wholeNumber
	case kind != httpjson.KindNumber:
		in.Fault(name, "It is %s; wanted is a whole number.", kindText(kind))
		return nil
	}
	n, wrong := read(v.Text(), least, most)
	if wrong != "" {
		in.Fault(name, "%s", wrong)
		return nil
	}
	return &n
}

// wholeValue reads a JSON number.
func wholeValue(text string, least, most int64) (n int64, wrong string) {
	number, ok := httpjson.ParseNumber(text)
	if ok {
		n, ok = number.Whole()
	}
	if !ok || n < least || n > most {
		return 0, fmt.Sprintf("It is %s; wanted is a whole number from %d to %d.", order.Truncate(text), least, most)
	}
	return n, ""
}

// wholeNumber reads digits. What looks like a price in whole kroner is refused
// and never guessed at.
func wholeNumber(text string, least, most int64) (n int64, wrong string) {
	digits, negative := strings.CutPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Sprintf("It is %q; wanted is a whole number in digits alone, from %d to %d.", order.Truncate(text),
			least, most)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || negative {
		return 0, fmt.Sprintf("It is %s; wanted is a whole number from %d to %d.", order.Truncate(text), least, most)
	}
	return n, ""
}

// taxShare is the value added tax within a total, or on top of one that is
// without it, rounded half up. Rates go up to 100 %, so that the tax is never
// more than the total.
func taxShare(total, rate int64, inclusive bool) int64 {
	of := int64(whole)
	if inclusive {
		of += rate
	}
	// total × rate ÷ of + ½, all doubled so that the half is a whole number
	high, low := bits.Mul64(2*uint64(total), uint64(rate))
	low, carry := bits.Add64(low, uint64(of), 0)
	tax, _ := bits.Div64(high+carry, low, 2*uint64(of))
	return int64(tax)
}
