package editx

import "github.com/bookgate/bookgate/order"

// The elements that headers, lines and services share: references, prices,
// messages, and what is ordered beside the goods.

// The numbers of the choices that the schema leaves. They need only differ
// within one composite.
const (
	paymentChoice = 1 + iota
	discountChoice
	dueChoice
	returnsChoice
)

// The numbers of what must be there in one form or another.
const (
	referenceLeast = 1 + iota
	dueLeast
	carrierLeast
	deliveryLeast
	locationLeast
)

// never is a version that does not come: what a sender may say and no schema
// has.
const never = "never"

func referenceElements(types codes) []field {
	return []field{
		value("ReferenceTypeCode", token, func(r *order.Reference) *string { return &r.Type }).wanted().coded(types),
		value("ReferenceNumber", token, func(r *order.Reference) *string { return &r.Number }).atLeastOneOf(referenceLeast),
		value("ReferenceDate", day, func(r *order.Reference) *order.Date { return &r.Date }).atLeastOneOf(referenceLeast),
	}
}

var dateElements = []field{
	value("Date", day, func(d *order.DateCoded) *order.Date { return &d.Date }).wanted(),
	value("DateQualifierCode", token, func(d *order.DateCoded) *string { return &d.Qualifier }).wanted().coded(dateQualifiers),
}

// codedElements are a code behind the scheme that it is from.
func codedElements(typeName, codeName string, types codes) []field {
	return []field{
		value(typeName, token, func(c *order.Coded) *string { return &c.Type }).wanted().coded(types),
		value(codeName, token, func(c *order.Coded) *string { return &c.Code }).wanted(),
	}
}

var messageElements = []field{
	value("MessageType", messageType, func(m *order.Message) *string { return &m.Type }).wanted().written(messageTypeForm),
	texts("MessageLine", func(m *order.Message) *[]string { return &m.Lines }).wanted().allowForeign(),
}

func pricingElements(qualifiers codes, taxed string) []field {
	return []field{
		part("Price", func(p *order.Pricing) *order.Price { return &p.Price }, priceElements(qualifiers, taxed)).needed(),
		maybe("DiscountPercentage", decimal, func(p *order.Pricing) **order.Decimal { return &p.Discount }).oneOf(discountChoice),
		allowance(func(p *order.Pricing) **order.Decimal { return &p.Discount }),
		list("DiscountDetail", func(p *order.Pricing) *[]order.DiscountDetail { return &p.Discounts }, discountElements),
	}
}

// priceElements are those of a price. Only the prices of services have taxes in
// the schema.
func priceElements(qualifiers codes, taxed string) []field {
	return []field{
		value("MonetaryAmount", decimal, func(p *order.Price) *order.Decimal { return &p.Amount }).needed(),
		value("CurrencyCode", token, func(p *order.Price) *string { return &p.Currency }).coded(currencies),
		value("CountryCode", token, func(p *order.Price) *string { return &p.Country }).coded(countries),
		value("PriceQualifierCode", token, func(p *order.Price) *string { return &p.Qualifier }).wanted().coded(qualifiers),
		list("Tax", func(p *order.Price) *[]order.Tax { return &p.Taxes }, taxElements).from(taxed),
	}
}

var taxElements = []field{
	value("TaxTypeCode", token, func(t *order.Tax) *string { return &t.Type }).wanted().coded(taxTypes).codedFrom("1.2"),
	value("TaxRateCode", token, func(t *order.Tax) *string { return &t.RateCode }),
	maybe("Percent", decimal, func(t *order.Tax) **order.Decimal { return &t.Percent }),
	maybe("AmountTaxable", decimal, func(t *order.Tax) **order.Decimal { return &t.AmountTaxable }),
	maybe("TaxAmount", decimal, func(t *order.Tax) **order.Decimal { return &t.Amount }),
}

// allowance is how version 1.0 gives a discount.
func allowance[T any](get func(*T) **order.Decimal) field {
	return part("Allowance", identity[T], []field{
		maybe("Percent", decimal, get).wanted(),
	}).v10Name("DiscountPercentage").v10Only().oneOf(discountChoice)
}

var discountElements = []field{
	value("DiscountCodeType", token, func(d *order.DiscountDetail) *string { return &d.CodeType }).wanted().coded(schemes),
	list("DiscountPart", func(d *order.DiscountDetail) *[]order.DiscountPart { return &d.Parts }, []field{
		value("DiscountCode", token, func(p *order.DiscountPart) *string { return &p.Code }).wanted(),
		maybe("DiscountPercentage", decimal, func(p *order.DiscountPart) **order.Decimal { return &p.Percent }),
	}).wanted(),
}

var serviceElements = []field{
	part("ServiceDescriptionCoded", func(s *order.Service) *order.Coded { return &s.Coded },
		codedElements("ServiceDescriptionCodeType", "ServiceDescriptionCode", serviceSchemes)).wanted(),
	pointer("ServiceQuantity", func(s *order.Service) **order.ServiceQuantity { return &s.Quantity }, []field{
		value("ServiceQuantityDescription", plain, func(q *order.ServiceQuantity) *string { return &q.Description }),
		part("QuantityDetail", identity[order.ServiceQuantity], []field{
			value("Value", plain, func(q *order.ServiceQuantity) *string { return &q.Value }).wanted(),
			value("ReferenceUnit", plain, func(q *order.ServiceQuantity) *string { return &q.Unit }),
		}).wanted(),
	}),
	value("AdditionalServiceDescription", plain, func(s *order.Service) *string { return &s.Description }),
	list("ReferenceCoded", func(s *order.Service) *[]order.Reference { return &s.References }, referenceElements(serviceReferences)),
	list("PricingDetail", func(s *order.Service) *[]order.Pricing { return &s.Pricing }, pricingElements(servicePriceQualifiers, "")),
}

var returnsElements = []field{
	value("LastDateForReturns", day, func(r *order.Returns) *order.Date { return &r.LastDate }),
	maybe("MaximumReturnsPercentage", decimal, func(r *order.Returns) **order.Decimal { return &r.MaxPercent }).oneOf(returnsChoice),
	maybe("MaximumReturnsQuantity", integer, func(r *order.Returns) **int64 { return &r.MaxQuantity }).oneOf(returnsChoice),
	list("ReturnsConditionCoded", func(r *order.Returns) *[]order.Coded { return &r.Conditions },
		codedElements("ReturnsConditionCodeType", "ReturnsConditionCode", schemes)),
}
