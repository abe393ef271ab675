package editx

import "github.com/bookgate/bookgate/order"

// The three parts of an order: header, lines, summary.

var orderElements = []field{
	part("Header", identity[order.Order], headerElements).needed(),
	list("ItemDetail", func(o *order.Order) *[]order.Line { return &o.Lines }, lineElements).needed().
		checked(checkLine),
	part("Summary", func(o *order.Order) *order.Summary { return &o.Summary }, []field{
		maybe("NumberOfLines", summaryCount, func(s *order.Summary) **int64 { return &s.Lines }).wanted().always(),
		maybe("UnitsOrdered", summaryCount, func(s *order.Summary) **int64 { return &s.Units }),
	}).wanted().always(),
}

var headerElements = []field{
	value("OrderNumber", number, func(o *order.Order) *string { return &o.Number }).needed(),
	value("IssueDateTime", date, func(o *order.Order) *order.Date { return &o.Header.IssuedAt }).wanted().always(),
	list("ReferenceCoded", func(o *order.Order) *[]order.Reference { return &o.Header.References },
		referenceElements(orderReferences)),
	value("PurposeCode", purpose, func(o *order.Order) *order.Purpose { return &o.Header.Purpose }).always().
		demandedIn(everyVersion),
	value("CurrencyCode", token, func(o *order.Order) *string { return &o.Header.Currency }).coded(currencies),
	value("CountryCode", token, func(o *order.Order) *string { return &o.Header.Country }).coded(countries),
	list("DateCoded", func(o *order.Order) *[]order.DateCoded { return &o.Header.Dates }, dateElements),
	value("FillTermsCode", token, func(o *order.Order) *string { return &o.Header.FillTerms }).coded(fillTerms),
	part("BuyerParty", func(o *order.Order) *order.TradeParty { return &o.Header.Buyer }, partyElements).needed().
		checked(checkBuyer),
	pointer("SellerParty", func(o *order.Order) **order.TradeParty { return &o.Header.Seller }, partyElements).
		demandedIn("1.1"),
	pointer("ShipToParty", func(o *order.Order) **order.TradeParty { return &o.Header.ShipTo }, partyElements),
	pointer("BillToParty", func(o *order.Order) **order.TradeParty { return &o.Header.BillTo }, partyElements),
	part("ShipFrom", identity[order.Order], []field{
		pointer("Location", func(o *order.Order) **order.Location { return &o.Header.ShipFrom }, locationElements).
			wanted(),
	}),
	list("OrderQualifierCoded", func(o *order.Order) *[]order.Coded { return &o.Header.Qualifiers },
		codedElements("OrderQualifierCodeType", "OrderQualifierCode", schemes)),
	pointer("Delivery", func(o *order.Order) **order.Delivery { return &o.Header.Delivery }, deliveryElements),
	value("ShippingInstructionsCode", token, func(o *order.Order) *string { return &o.Header.ShippingInstructions }).
		coded(shippingInstructions),
	value("InvoiceInstructionsCode", token, func(o *order.Order) *string { return &o.Header.InvoiceInstructions }).
		coded(invoiceInstructions),
	pointer("PaymentTerms", func(o *order.Order) **order.PaymentTerms { return &o.Header.PaymentTerms },
		paymentElements).oneOf(paymentChoice),
	paymentCoded.oneOf(paymentChoice),
	maybe("DiscountPercentage", decimal, func(o *order.Order) **order.Decimal { return &o.Header.Discount }).
		oneOf(discountChoice),
	allowance(func(o *order.Order) **order.Decimal { return &o.Header.Discount }),
	list("AdditionalService", func(o *order.Order) *[]order.Service { return &o.Header.Services }, serviceElements),
	list("Message", func(o *order.Order) *[]order.Message { return &o.Header.Messages }, messageElements),
}

var deliveryElements = []field{
	value("DeliveryTimeCode", token, func(d *order.Delivery) *string { return &d.Time }).coded(deliveryTimes).
		atLeastOneOf(deliveryLeast),
	value("VendorDeliveryService", plain, func(d *order.Delivery) *string { return &d.Service }).
		atLeastOneOf(deliveryLeast),
	pointer("Carrier", func(d *order.Delivery) **order.Carrier { return &d.Carrier }, []field{
		pointer("CarrierNameCoded", func(c *order.Carrier) **order.Coded { return &c.Code },
			codedElements("CarrierNameCodeType", "CarrierNameCode", carrierSchemes)).atLeastOneOf(carrierLeast),
		value("CarrierName", plain, func(c *order.Carrier) *string { return &c.Name }).atLeastOneOf(carrierLeast),
		value("CarrierService", plain, func(c *order.Carrier) *string { return &c.Service }),
	}).atLeastOneOf(deliveryLeast),
	value("DeliveryNotes", plain, func(d *order.Delivery) *string { return &d.Notes }).atLeastOneOf(deliveryLeast),
}

var paymentElements = []field{
	maybe("NetDaysDue", integer, func(p *order.PaymentTerms) **int64 { return &p.NetDaysDue }).oneOf(dueChoice).
		atLeastOneOf(dueLeast),
	value("NetDueDate", day, func(p *order.PaymentTerms) *order.Date { return &p.NetDueDate }).oneOf(dueChoice).
		atLeastOneOf(dueLeast),
	maybe("ExtendedDays", integer, func(p *order.PaymentTerms) **int64 { return &p.ExtendedDays }).oneOf(dueChoice).
		atLeastOneOf(dueLeast),
}

// paymentCoded is beside PaymentTerms in the document and inside it in the
// model, so that the model has one member for the terms.
var paymentCoded = field{
	name:     "PaymentTermsCoded",
	children: codedElements("PaymentTermsCodeType", "PaymentTermsCode", schemes),
	enter: func(parent any) (any, int) {
		coded := new(order.Coded)
		parent.(*order.Order).Header.PaymentTerms = &order.PaymentTerms{Coded: coded}
		return coded, 1
	},
	leave: func(parent any) { parent.(*order.Order).Header.PaymentTerms = nil },
	at: func(parent any, _ int) any {
		if terms := parent.(*order.Order).Header.PaymentTerms; terms != nil && terms.Coded != nil {
			return terms.Coded
		}
		return nil
	},
}

var lineElements = []field{
	lineNumber.always().demandedIn(everyVersion).written(intForm),
	list("ProductID", func(l *order.Line) *[]order.Identifier { return &l.Products }, []field{
		value("ProductIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().
			coded(productIDTypes).alsoCalled(productAliases),
		value("IDTypeName", plain, func(i *order.Identifier) *string { return &i.TypeName }),
		value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
	}).demandedIn(everyVersion).checked(checkProduct),
	part("ItemDescription", identity[order.Line], []field{
		value("TitleDetail", plain, func(l *order.Line) *string { return &l.Detail.Title }).wanted(),
	}),
	part("SellerParty", identity[order.Line], []field{
		pointer("PartyID", func(l *order.Line) **order.Identifier { return &l.Detail.Seller }, sellerElements).wanted(),
	}).from("1.2"),
	list("ItemRelatedParty", func(l *order.Line) *[]order.TradeParty { return &l.Detail.Parties },
		relatedPartyElements),
	value("OrderQuantity", quantity, func(l *order.Line) *int64 { return &l.Quantity }).needed().v10Name("Quantity"),
	pointer("BatchBonus", func(l *order.Line) **order.Bonus { return &l.Detail.Bonus }, []field{
		value("BatchBonusType", token, func(b *order.Bonus) *string { return &b.Type }).wanted(),
		value("BatchBonusQuantity", integer, func(b *order.Bonus) *int64 { return &b.Quantity }).needed(),
	}),
	list("ReferenceCoded", func(l *order.Line) *[]order.Reference { return &l.Detail.References },
		referenceElements(lineReferences)),
	list("DateCoded", func(l *order.Line) *[]order.DateCoded { return &l.Detail.Dates }, dateElements),
	value("FillTermsCode", token, func(l *order.Line) *string { return &l.Detail.FillTerms }).coded(lineFillTerms),
	list("OrderItemQualifierCoded", func(l *order.Line) *[]order.Coded { return &l.Detail.Qualifiers },
		codedElements("OrderItemQualifierCodeType", "OrderItemQualifierCode", schemes)),
	list("PricingDetail", func(l *order.Line) *[]order.Pricing { return &l.Detail.Pricing },
		pricingElements(orderPriceQualifiers, never)),
	pointer("ReturnsConditions", func(l *order.Line) **order.Returns { return &l.Detail.Returns }, returnsElements),
	list("AdditionalService", func(l *order.Line) *[]order.Service { return &l.Detail.Services }, serviceElements),
	list("Message", func(l *order.Line) *[]order.Message { return &l.Detail.Messages }, messageElements),
}

var sellerElements = []field{
	value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(lineSellerIDTypes),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}

// The elements of a party, as the header and the lines name parties.

var partyElements = []field{
	part("PartyID", func(p *order.TradeParty) *order.Identifier { return &p.ID }, partyIDElements).wanted().
		checked(checkParty),
	list("AdditionalPartyID", func(p *order.TradeParty) *[]order.Identifier { return &p.AdditionalIDs },
		otherPartyIDElements).checked(checkParty),
	part("PartyName", identity[order.TradeParty], []field{
		texts("NameLine", func(p *order.TradeParty) *[]string { return &p.Names }).wanted(),
	}),
	pointer("PostalAddress", func(p *order.TradeParty) **order.Address { return &p.Address }, addressElements),
	list("CommunicationDetails", func(p *order.TradeParty) *[]order.Communication { return &p.Communication },
		communicationElements),
	list("ContactPerson", func(p *order.TradeParty) *[]order.Contact { return &p.Contacts }, contactElements),
	value("CountryCode", token, func(p *order.TradeParty) *string { return &p.Country }).coded(countries),
}

// relatedPartyElements are those of a party with a role on a line.
var relatedPartyElements = append([]field{
	value("PartyRole", plain, func(p *order.TradeParty) *string { return &p.Role }),
}, partyElements...)

var partyIDElements = []field{
	value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(partyIDTypes),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}

var otherPartyIDElements = []field{
	value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(otherPartyIDTypes),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}

var addressElements = []field{
	texts("AddressLine", func(a *order.Address) *[]string { return &a.Lines }).wanted(),
	value("PostalTownCity", plain, func(a *order.Address) *string { return &a.City }),
	value("PostalCode", plain, func(a *order.Address) *string { return &a.PostalCode }),
	value("CountrySubdivision", plain, func(a *order.Address) *string { return &a.Subdivision }),
	value("CountrySubdivisionCode", token, func(a *order.Address) *string { return &a.SubdivisionCode }),
	value("Country", plain, func(a *order.Address) *string { return &a.Country }),
	value("CountryCode", token, func(a *order.Address) *string { return &a.CountryCode }).coded(countries),
}

var communicationElements = []field{
	value("CommunicationTypeCode", token, func(c *order.Communication) *string { return &c.Type }).wanted().
		coded(communicationTypes),
	value("CommunicationLocator", plain, func(c *order.Communication) *string { return &c.Locator }).wanted(),
}

var contactElements = []field{
	value("ContactRoleCode", plain, func(c *order.Contact) *string { return &c.Role }),
	value("PersonName", plain, func(c *order.Contact) *string { return &c.Name }).wanted(),
	list("CommunicationDetails", func(c *order.Contact) *[]order.Communication { return &c.Communication },
		communicationElements),
}

var locationElements = []field{
	list("LocationIdentifier", func(l *order.Location) *[]order.Identifier { return &l.IDs }, []field{
		value("LocationIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().
			coded(locationIDTypes),
		value("IDTypeName", plain, func(i *order.Identifier) *string { return &i.TypeName }),
		value("IDValue", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
	}).atLeastOneOf(locationLeast),
	value("LocationName", plain, func(l *order.Location) *string { return &l.Name }).atLeastOneOf(locationLeast),
}

// The elements that headers, lines and services share: references, prices,
// messages and services.

// The numbers of the choices in the schema. They need only differ within one
// composite.
const (
	paymentChoice = 1 + iota
	discountChoice
	dueChoice
	returnsChoice
)

// The numbers of the groups of which one element must occur.
const (
	referenceLeast = 1 + iota
	dueLeast
	carrierLeast
	deliveryLeast
	locationLeast
)

// never is later than every version: the element is in no schema.
const never = "never"

func referenceElements(types codes) []field {
	return []field{
		value("ReferenceTypeCode", token, func(r *order.Reference) *string { return &r.Type }).wanted().coded(types),
		value("ReferenceNumber", token, func(r *order.Reference) *string { return &r.Number }).
			atLeastOneOf(referenceLeast),
		value("ReferenceDate", day, func(r *order.Reference) *order.Date { return &r.Date }).
			atLeastOneOf(referenceLeast),
	}
}

var dateElements = []field{
	value("Date", day, func(d *order.DateCoded) *order.Date { return &d.Date }).wanted(),
	value("DateQualifierCode", token, func(d *order.DateCoded) *string { return &d.Qualifier }).wanted().
		coded(dateQualifiers),
}

// codedElements are a code with the scheme that it is from.
func codedElements(typeName, codeName string, types codes) []field {
	return []field{
		value(typeName, token, func(c *order.Coded) *string { return &c.Type }).wanted().coded(types),
		value(codeName, token, func(c *order.Coded) *string { return &c.Code }).wanted(),
	}
}

var messageElements = []field{
	value("MessageType", messageType, func(m *order.Message) *string { return &m.Type }).wanted().
		written(messageTypeForm),
	texts("MessageLine", func(m *order.Message) *[]string { return &m.Lines }).wanted().allowForeign(),
}

func pricingElements(qualifiers codes, taxed string) []field {
	return []field{
		part("Price", func(p *order.Pricing) *order.Price { return &p.Price }, priceElements(qualifiers, taxed)).
			needed(),
		maybe("DiscountPercentage", decimal, func(p *order.Pricing) **order.Decimal { return &p.Discount }).
			oneOf(discountChoice),
		allowance(func(p *order.Pricing) **order.Decimal { return &p.Discount }),
		list("DiscountDetail", func(p *order.Pricing) *[]order.DiscountDetail { return &p.Discounts },
			discountElements),
	}
}

// priceElements are the elements of a price. In the schema only the prices of
// services have taxes.
func priceElements(qualifiers codes, taxed string) []field {
	return []field{
		value("MonetaryAmount", decimal, func(p *order.Price) *order.Decimal { return &p.Amount }).needed(),
		value("CurrencyCode", token, func(p *order.Price) *string { return &p.Currency }).coded(currencies),
		value("CountryCode", token, func(p *order.Price) *string { return &p.Country }).coded(countries),
		value("PriceQualifierCode", token, func(p *order.Price) *string { return &p.Qualifier }).wanted().
			coded(qualifiers),
		list("Tax", func(p *order.Price) *[]order.Tax { return &p.Taxes }, taxElements).from(taxed),
	}
}

var taxElements = []field{
	value("TaxTypeCode", token, func(t *order.Tax) *string { return &t.Type }).wanted().coded(taxTypes).
		codedFrom("1.2"),
	value("TaxRateCode", token, func(t *order.Tax) *string { return &t.RateCode }),
	maybe("Percent", decimal, func(t *order.Tax) **order.Decimal { return &t.Percent }),
	maybe("AmountTaxable", decimal, func(t *order.Tax) **order.Decimal { return &t.AmountTaxable }),
	maybe("TaxAmount", decimal, func(t *order.Tax) **order.Decimal { return &t.Amount }),
}

// allowance is the discount of version 1.0.
func allowance[T any](get func(*T) **order.Decimal) field {
	return part("Allowance", identity[T], []field{
		maybe("Percent", decimal, get).wanted(),
	}).v10Name("DiscountPercentage").v10Only().oneOf(discountChoice)
}

func (f field) v10Only() field { f.onlyV10 = true; return f }

var discountElements = []field{
	value("DiscountCodeType", token, func(d *order.DiscountDetail) *string { return &d.CodeType }).wanted().
		coded(schemes),
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
	list("ReferenceCoded", func(s *order.Service) *[]order.Reference { return &s.References },
		referenceElements(serviceReferences)),
	list("PricingDetail", func(s *order.Service) *[]order.Pricing { return &s.Pricing },
		pricingElements(servicePriceQualifiers, "")),
}

var returnsElements = []field{
	value("LastDateForReturns", day, func(r *order.Returns) *order.Date { return &r.LastDate }),
	maybe("MaximumReturnsPercentage", decimal, func(r *order.Returns) **order.Decimal { return &r.MaxPercent }).
		oneOf(returnsChoice),
	maybe("MaximumReturnsQuantity", integer, func(r *order.Returns) **int64 { return &r.MaxQuantity }).
		oneOf(returnsChoice),
	list("ReturnsConditionCoded", func(r *order.Returns) *[]order.Coded { return &r.Conditions },
		codedElements("ReturnsConditionCodeType", "ReturnsConditionCode", schemes)),
}

func (f field) codedFrom(version string) field { f.listedFrom = version; return f }

// checkBuyer requires a number of the buyer.
func checkBuyer(r *reader, f *frame) {
	buyer := f.at.(*order.TradeParty)
	if buyer.ID.Value == "" {
		r.report(refuse("buyer", "The BuyerParty has no number; a PartyID with type and Identifier is expected, "+
			"such as NBSN 1098."),
			f.begins, r.path(f), "")
	}
}

// checkLine requires a product, and warns when two numbers identify different
// ones.
func checkLine(r *reader, f *frame) {
	named, first := false, ""
	for _, id := range f.at.(*order.Line).Products {
		named = named || id.Value != ""
		if id.Type != "EAN13" && id.Type != "ISBN" && id.Type != "GTIN14" {
			continue
		}
		ean, ok := order.ToEAN(id.Value)
		if ok && first != "" && ean != first {
			r.report(warn("product-conflict", "The line names two products, %s and %s. Both were stored; remove the "+
				"wrong one.", first, ean), f.begins, r.path(f), id.Value)
		} else if ok {
			first = ean
		}
	}
	if !named {
		r.report(refuse("product", "The line has no product; a ProductID with its type and Identifier is expected, "+
			"such as an EAN13."),
			f.begins, r.path(f), "")
	}
}
