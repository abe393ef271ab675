package installer

import "github.com/bookgate/bookgate/order"

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
	return "It is " + order.Cut(s) + "; wanted is " + payerClient + " or " + payerOperator + "."
}

// lines are the lines of the offer, if there is one.
func (in request) lines() []offerLine {
	if in.Offer == nil {
		return nil
	}
	return in.Offer.Lines
}

// isClients reports whether the end customer pays.
func (in request) isClients() bool {
	return in.Offer != nil && in.Offer.Payer != nil && *in.Offer.Payer == payerClient
}

func (f fields) offer() *offer {
	o := &offer{Name: f.text("name", oneLine(maxLine)), Payer: f.text("payer", payer)}
	items := f.objects("lines", maxLines)
	if items == nil {
		return o
	}
	o.Lines = []offerLine{}
	for _, item := range items {
		o.Lines = append(o.Lines, item.line())
	}
	return o
}

// line reads a line. One that names a product of the catalogue needs its
// quantity alone.
func (f fields) line() offerLine {
	l := offerLine{
		ProductID: f.text("productId", uuid), ExternalID: f.text("externalId", oneLine(maxLine)), ImageURL: f.text("imageUrl", oneLine(maxURL)),
		Name: f.lineName(), Description: f.text("description", manyLines(maxDescription)),
		CurrencyCode: f.text("currencyCode", currency), IsTaxInclusive: f.truth("isTaxInclusive"), IsPaid: f.truth("isPaid"),
		VATRate: f.number("vatRate", 0, maxRate, true), PayerUnitAmount: f.number("payerUnitAmount", 0, maxAmount, true),
		DiscountUnitAmount: f.number("discountUnitAmount", 0, maxAmount, true), DiscountSourceType: f.text("discountSourceType", oneLine(maxLine)),
		InstallerPayoutUnitAmount: f.number("installerPayoutUnitAmount", 0, maxAmount, true),
	}
	if n := f.number("quantity", 1, maxQuantity, false); n != nil {
		l.Quantity = *n
	} else if f.raw("quantity") == nil {
		f.refuse("quantity", "It is missing, and it is required.")
	}
	if l.PayerUnitAmount != nil && l.DiscountUnitAmount != nil && *l.DiscountUnitAmount > *l.PayerUnitAmount {
		f.refuse("discountUnitAmount", "It is %d, more than the payerUnitAmount of %d.", *l.DiscountUnitAmount, *l.PayerUnitAmount)
	}
	return l
}

// lineName is needed where the catalogue does not give one.
func (f fields) lineName() *string {
	if f.raw("productId") != nil {
		return f.text("name", oneLine(maxLine))
	}
	name := f.required("name", oneLine(maxLine))
	return &name
}

// counted is a line with its totals, as far as they can be counted.
func (l offerLine) counted() offerLine {
	if l.PayerUnitAmount == nil {
		return l
	}
	total, ok := payerTotal(l.Quantity, *l.PayerUnitAmount, orZero(l.DiscountUnitAmount))
	if !ok {
		return l
	}
	l.PayerTotalAmount = &total
	if l.VATRate != nil {
		tax := taxShare(total, *l.VATRate, l.includesTax())
		l.PayerTotalVATAmount = &tax
	}
	return l
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
