package editx

import "github.com/bookgate/bookgate/order"

// The three parts of an order: header, lines, summary.

var orderElements = []field{
	part("Header", identity[order.Order], headerElements).needed(),
	list("ItemDetail", func(o *order.Order) *[]order.Line { return &o.Lines }, lineElements).needed().checked(checkLine),
	part("Summary", func(o *order.Order) *order.Summary { return &o.Summary }, []field{
		maybe("NumberOfLines", summaryCount, func(s *order.Summary) **int64 { return &s.Lines }).wanted().always(),
		maybe("UnitsOrdered", summaryCount, func(s *order.Summary) **int64 { return &s.Units }),
	}).wanted().always(),
}

var headerElements = []field{
	value("OrderNumber", number, func(o *order.Order) *string { return &o.Number }).needed(),
	value("IssueDateTime", date, func(o *order.Order) *order.Date { return &o.Header.IssuedAt }).wanted().always(),
	list("ReferenceCoded", func(o *order.Order) *[]order.Reference { return &o.Header.References }, referenceElements(orderReferences)),
	value("PurposeCode", purpose, func(o *order.Order) *order.Purpose { return &o.Header.Purpose }).always().demandedIn(everyVersion),
	value("CurrencyCode", token, func(o *order.Order) *string { return &o.Header.Currency }).coded(currencies),
	value("CountryCode", token, func(o *order.Order) *string { return &o.Header.Country }).coded(countries),
	list("DateCoded", func(o *order.Order) *[]order.DateCoded { return &o.Header.Dates }, dateElements),
	value("FillTermsCode", token, func(o *order.Order) *string { return &o.Header.FillTerms }).coded(fillTerms),
	part("BuyerParty", func(o *order.Order) *order.TradeParty { return &o.Header.Buyer }, partyElements).needed().checked(checkBuyer),
	pointer("SellerParty", func(o *order.Order) **order.TradeParty { return &o.Header.Seller }, partyElements).demandedIn("1.1"),
	pointer("ShipToParty", func(o *order.Order) **order.TradeParty { return &o.Header.ShipTo }, partyElements),
	pointer("BillToParty", func(o *order.Order) **order.TradeParty { return &o.Header.BillTo }, partyElements),
	part("ShipFrom", identity[order.Order], []field{
		pointer("Location", func(o *order.Order) **order.Location { return &o.Header.ShipFrom }, locationElements).wanted(),
	}),
	list("OrderQualifierCoded", func(o *order.Order) *[]order.Coded { return &o.Header.Qualifiers },
		codedElements("OrderQualifierCodeType", "OrderQualifierCode", schemes)),
	pointer("Delivery", func(o *order.Order) **order.Delivery { return &o.Header.Delivery }, deliveryElements),
	value("ShippingInstructionsCode", token, func(o *order.Order) *string { return &o.Header.ShippingInstructions }).coded(shippingInstructions),
	value("InvoiceInstructionsCode", token, func(o *order.Order) *string { return &o.Header.InvoiceInstructions }).coded(invoiceInstructions),
	pointer("PaymentTerms", func(o *order.Order) **order.PaymentTerms { return &o.Header.PaymentTerms }, paymentElements).oneOf(paymentChoice),
	paymentCoded.oneOf(paymentChoice),
	maybe("DiscountPercentage", decimal, func(o *order.Order) **order.Decimal { return &o.Header.Discount }).oneOf(discountChoice),
	allowance(func(o *order.Order) **order.Decimal { return &o.Header.Discount }),
	list("AdditionalService", func(o *order.Order) *[]order.Service { return &o.Header.Services }, serviceElements),
	list("Message", func(o *order.Order) *[]order.Message { return &o.Header.Messages }, messageElements),
}

var deliveryElements = []field{
	value("DeliveryTimeCode", token, func(d *order.Delivery) *string { return &d.Time }).coded(deliveryTimes).atLeastOneOf(deliveryLeast),
	value("VendorDeliveryService", plain, func(d *order.Delivery) *string { return &d.Service }).atLeastOneOf(deliveryLeast),
	pointer("Carrier", func(d *order.Delivery) **order.Carrier { return &d.Carrier }, []field{
		pointer("CarrierNameCoded", func(c *order.Carrier) **order.Coded { return &c.Code },
			codedElements("CarrierNameCodeType", "CarrierNameCode", carrierSchemes)).atLeastOneOf(carrierLeast),
		value("CarrierName", plain, func(c *order.Carrier) *string { return &c.Name }).atLeastOneOf(carrierLeast),
		value("CarrierService", plain, func(c *order.Carrier) *string { return &c.Service }),
	}).atLeastOneOf(deliveryLeast),
	value("DeliveryNotes", plain, func(d *order.Delivery) *string { return &d.Notes }).atLeastOneOf(deliveryLeast),
}

var paymentElements = []field{
	maybe("NetDaysDue", integer, func(p *order.PaymentTerms) **int64 { return &p.NetDaysDue }).oneOf(dueChoice).atLeastOneOf(dueLeast),
	value("NetDueDate", day, func(p *order.PaymentTerms) *order.Date { return &p.NetDueDate }).oneOf(dueChoice).atLeastOneOf(dueLeast),
	maybe("ExtendedDays", integer, func(p *order.PaymentTerms) **int64 { return &p.ExtendedDays }).oneOf(dueChoice).atLeastOneOf(dueLeast),
}

// paymentCoded stands beside PaymentTerms in the document and inside it in the
// model, so that the model has one place for the terms.
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
		value("ProductIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(productIDTypes).alsoCalled(productAliases),
		value("IDTypeName", plain, func(i *order.Identifier) *string { return &i.TypeName }),
		value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
	}).demandedIn(everyVersion).checked(checkProduct),
	part("ItemDescription", identity[order.Line], []field{
		value("TitleDetail", plain, func(l *order.Line) *string { return &l.Detail.Title }).wanted(),
	}),
	part("SellerParty", identity[order.Line], []field{
		pointer("PartyID", func(l *order.Line) **order.Identifier { return &l.Detail.Seller }, sellerElements).wanted(),
	}).from("1.2"),
	list("ItemRelatedParty", func(l *order.Line) *[]order.TradeParty { return &l.Detail.Parties }, relatedPartyElements),
	value("OrderQuantity", quantity, func(l *order.Line) *int64 { return &l.Quantity }).needed().v10Name("Quantity"),
	pointer("BatchBonus", func(l *order.Line) **order.Bonus { return &l.Detail.Bonus }, []field{
		value("BatchBonusType", token, func(b *order.Bonus) *string { return &b.Type }).wanted(),
		value("BatchBonusQuantity", integer, func(b *order.Bonus) *int64 { return &b.Quantity }).needed(),
	}),
	list("ReferenceCoded", func(l *order.Line) *[]order.Reference { return &l.Detail.References }, referenceElements(lineReferences)),
	list("DateCoded", func(l *order.Line) *[]order.DateCoded { return &l.Detail.Dates }, dateElements),
	value("FillTermsCode", token, func(l *order.Line) *string { return &l.Detail.FillTerms }).coded(lineFillTerms),
	list("OrderItemQualifierCoded", func(l *order.Line) *[]order.Coded { return &l.Detail.Qualifiers },
		codedElements("OrderItemQualifierCodeType", "OrderItemQualifierCode", schemes)),
	list("PricingDetail", func(l *order.Line) *[]order.Pricing { return &l.Detail.Pricing }, pricingElements(orderPriceQualifiers, never)),
	pointer("ReturnsConditions", func(l *order.Line) **order.Returns { return &l.Detail.Returns }, returnsElements),
	list("AdditionalService", func(l *order.Line) *[]order.Service { return &l.Detail.Services }, serviceElements),
	list("Message", func(l *order.Line) *[]order.Message { return &l.Detail.Messages }, messageElements),
}

var sellerElements = []field{
	value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(lineSellerIDTypes),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}
