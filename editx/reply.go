package editx

import "github.com/bookgate/bookgate/order"

// reply is what a receiver says of an order: the response to it, or the report
// on how it stands. Both have one shape here.
//
// There is no public schema. The shape is the header and the lines of the order
// with what the code lists add for the answer, in the sequence of BIC's order
// response, which says that it is built on EDItX's; names that BIC changed are
// changed back [inferred]. The references are EDItX's own: BuyersOrderReference
// has the order's number, BuyersOrderLineReference the sender's of a line.
type reply struct {
	Number     string
	IssuedAt   order.Date
	References []order.Reference
	Purpose    order.Purpose
	Detail     string // of responseTypes; a report has none
	Currency   string
	Buyer      order.TradeParty
	Seller     *order.TradeParty
	ShipFrom   *order.Location
	Status     string // of orderStatuses
	Messages   []order.Message
	Lines      []replyLine
	Summary    order.Summary
}

// replyLine is what is said of one line. Numbers of copies that are not said
// are nil.
type replyLine struct {
	Number       int64
	Products     []order.Identifier
	Title        string
	Ordered      *int64
	References   []order.Reference
	Pricing      []order.Pricing
	Status       order.Coded
	Shipping     *int64
	Shipped      *int64
	ShipFrom     *order.Location
	Backordered  *int64
	Canceled     *int64
	Availability availability
	Substitutes  []substitute
	Messages     []order.Message
}

// availability tells whether a product can be had, and when.
type availability struct {
	Coded    order.Coded
	Expected order.Date
}

// substitute is a product that comes instead.
type substitute struct{ Products []order.Identifier }

// replyElements is the grammar of both documents. Own is what each calls its
// number; only a response says of what kind it is, only a report counts what
// was shipped before.
func replyElements(own string, references codes, report bool) []field {
	return []field{
		part("Header", identity[reply], replyHeader(own, references, report)).needed(),
		list("ItemDetail", func(r *reply) *[]replyLine { return &r.Lines }, replyLineElements(report)).checked(checkReplyLine),
		part("Summary", func(r *reply) *order.Summary { return &r.Summary }, []field{
			maybe("NumberOfLines", summaryCount, func(s *order.Summary) **int64 { return &s.Lines }).wanted().always(),
		}).wanted().always(),
	}
}

func replyHeader(own string, references codes, report bool) []field {
	kind := value(nameResponseType, token, func(r *reply) *string { return &r.Detail }).coded(responseTypes)
	if !report {
		kind = kind.wanted()
	}
	return []field{
		value(own, token, func(r *reply) *string { return &r.Number }),
		value("IssueDateTime", date, func(r *reply) *order.Date { return &r.IssuedAt }).wanted(),
		list("ReferenceCoded", func(r *reply) *[]order.Reference { return &r.References }, referenceElements(references)).wanted(),
		value("PurposeCode", purpose, func(r *reply) *order.Purpose { return &r.Purpose }).wanted(),
		kind,
		value("CurrencyCode", token, func(r *reply) *string { return &r.Currency }).coded(currencies),
		part("BuyerParty", func(r *reply) *order.TradeParty { return &r.Buyer }, partyElements).wanted(),
		pointer("SellerParty", func(r *reply) **order.TradeParty { return &r.Seller }, partyElements),
		shippingFrom(func(r *reply) **order.Location { return &r.ShipFrom }),
		value(nameOrderStatus, token, func(r *reply) *string { return &r.Status }).coded(orderStatuses),
		list("Message", func(r *reply) *[]order.Message { return &r.Messages }, messageElements),
	}
}

func replyLineElements(report bool) []field {
	elements := []field{
		value("LineNumber", lineName, func(l *replyLine) *int64 { return &l.Number }),
		list("ProductID", func(l *replyLine) *[]order.Identifier { return &l.Products }, productElements).checked(checkProduct),
		part("ItemDescription", identity[replyLine], []field{
			value("TitleDetail", plain, func(l *replyLine) *string { return &l.Title }),
		}),
		maybe("OrderQuantity", copies, func(l *replyLine) **int64 { return &l.Ordered }).wanted(),
		list("ReferenceCoded", func(l *replyLine) *[]order.Reference { return &l.References }, referenceElements(lineReferences)),
		list("PricingDetail", func(l *replyLine) *[]order.Pricing { return &l.Pricing }, pricingElements(orderPriceQualifiers, "")),
		part(nameLineStatus, func(l *replyLine) *order.Coded { return &l.Status }, []field{
			value(nameLineStatusType, token, func(c *order.Coded) *string { return &c.Type }).wanted().coded(lineStatusTypes),
			value(nameLineStatusCode, token, func(c *order.Coded) *string { return &c.Code }).needed(),
		}).needed(),
		maybe(nameShipping, share, func(l *replyLine) **int64 { return &l.Shipping }),
	}
	if report {
		elements = append(elements, maybe(nameShipped, share, func(l *replyLine) **int64 { return &l.Shipped }))
	}
	return append(elements,
		shippingFrom(func(l *replyLine) **order.Location { return &l.ShipFrom }),
		maybe(nameBackordered, share, func(l *replyLine) **int64 { return &l.Backordered }),
		maybe(nameCanceled, share, func(l *replyLine) **int64 { return &l.Canceled }),
		elsewhere(maybe(nameCancelled, share, func(l *replyLine) **int64 { return &l.Canceled }), nameCanceled),
		part(nameAvailability, func(l *replyLine) *availability { return &l.Availability }, []field{
			value(nameAvailabilityType, token, func(a *availability) *string { return &a.Coded.Type }).coded(availabilityTypes),
			value(nameAvailabilityCode, token, func(a *availability) *string { return &a.Coded.Code }),
			value(nameExpected, date, func(a *availability) *order.Date { return &a.Expected }),
		}),
		elsewhere(value(nameExpected, date, func(l *replyLine) *order.Date { return &l.Availability.Expected }), nameAvailability),
		list(nameSubstitute, func(l *replyLine) *[]substitute { return &l.Substitutes }, []field{
			list("ProductID", func(s *substitute) *[]order.Identifier { return &s.Products }, productElements).needed().checked(checkProduct),
		}),
		list("Message", func(l *replyLine) *[]order.Message { return &l.Messages }, messageElements),
	)
}

// elsewhere is a row that is read where other standards have it, and written
// nowhere: its member is written by another row.
func elsewhere(f field, instead string) field {
	read := f.parse
	f.parse = func(parent any, s string) note {
		n := read(parent, s)
		if n.code == "" {
			n = against("misplaced", "`<%s>` is how other standards have it; EDItX has it as `<%s>`. It was read.", f.name, instead)
		}
		return n
	}
	f.print = func(any, int) string { return "" }
	return f
}

func shippingFrom[T any](get func(*T) **order.Location) field {
	return part(nameShippingFrom, identity[T], []field{pointer("Location", get, locationElements).wanted()})
}

var productElements = []field{
	value("ProductIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(productIDTypes).alsoCalled(productAliases),
	value("IDTypeName", plain, func(i *order.Identifier) *string { return &i.TypeName }),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}
