package editx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// reply is a receiver's response to an order, or the report on its status. Both
// documents have the same members.
//
// There is no public schema. The structure is the header and the lines of the
// order with what the code lists add for the answer, in the sequence of BIC's
// order response, which says that it is based on EDItX's; names that BIC
// changed are changed back [inferred]. The references are EDItX's own:
// BuyersOrderReference is the number of the order, BuyersOrderLineReference the
// sender's of a line.
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

// replyLine is the answer to one line. Missing numbers of copies are nil.
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

// availability is whether a product is available, and when.
type availability struct {
	Coded    order.Coded
	Expected order.Date
}

// substitute is a product that replaces another.
type substitute struct{ Products []order.Identifier }

// replyElements returns the grammar of both documents. Own is the name of its
// number; only a response has a type, only a report counts what was shipped
// before.
func replyElements(own string, references codes, report bool) []field {
	return []field{
		part("Header", identity[reply], replyHeader(own, references, report)).needed(),
		list("ItemDetail", func(r *reply) *[]replyLine { return &r.Lines }, replyLineElements(report)).
			checked(checkReplyLine),
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
		list("ReferenceCoded", func(r *reply) *[]order.Reference { return &r.References },
			referenceElements(references)).wanted(),
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
		list("ProductID", func(l *replyLine) *[]order.Identifier { return &l.Products }, productElements).
			checked(checkProduct),
		part("ItemDescription", identity[replyLine], []field{
			value("TitleDetail", plain, func(l *replyLine) *string { return &l.Title }),
		}),
		maybe("OrderQuantity", copies, func(l *replyLine) **int64 { return &l.Ordered }).wanted(),
		list("ReferenceCoded", func(l *replyLine) *[]order.Reference { return &l.References },
			referenceElements(lineReferences)),
		list("PricingDetail", func(l *replyLine) *[]order.Pricing { return &l.Pricing },
			pricingElements(orderPriceQualifiers, "")),
		part(nameLineStatus, func(l *replyLine) *order.Coded { return &l.Status }, []field{
			value(nameLineStatusType, token, func(c *order.Coded) *string { return &c.Type }).wanted().
				coded(lineStatusTypes),
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
			value(nameAvailabilityType, token, func(a *availability) *string { return &a.Coded.Type }).
				coded(availabilityTypes),
			value(nameAvailabilityCode, token, func(a *availability) *string { return &a.Coded.Code }),
			value(nameExpected, date, func(a *availability) *order.Date { return &a.Expected }),
		}),
		elsewhere(value(nameExpected, date, func(l *replyLine) *order.Date { return &l.Availability.Expected }),
			nameAvailability),
		list(nameSubstitute, func(l *replyLine) *[]substitute { return &l.Substitutes }, []field{
			list("ProductID", func(s *substitute) *[]order.Identifier { return &s.Products }, productElements).needed().
				checked(checkProduct),
		}),
		list("Message", func(l *replyLine) *[]order.Message { return &l.Messages }, messageElements),
	)
}

// elsewhere is a row that is read where other standards have it, and never
// written: its member is written by another row.
func elsewhere(f field, instead string) field {
	read := f.parse
	f.parse = func(parent any, s string) note {
		n := read(parent, s)
		if n.code == "" {
			n = against("misplaced", "`<%s>` is how other standards have it; EDItX has it as `<%s>`. It was read.",
				f.name, instead)
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
	value("ProductIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(productIDTypes).
		alsoCalled(productAliases),
	value("IDTypeName", plain, func(i *order.Identifier) *string { return &i.TypeName }),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}

// lineName is the number of a line in the order. An invalid one would answer
// another line.
var lineName = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		if said.severity == Refusal || n <= 0 {
			return 0, refuse("line-number", "%q is not a LineNumber; write the number that the line has in the "+
				"order, from 1.", order.Truncate(strings.TrimSpace(s)))
		}
		return n, said
	},
	print: present.print,
	form:  intForm,
}

// copies is the quantity of an existing line: negative in one that reduces
// another.
var copies = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		if said.severity == Refusal || n > maxQuantity || n < -maxQuantity {
			return 0, refuse("quantity", "%q is not a quantity; a whole number of copies is expected, such as 4.",
				order.Truncate(strings.TrimSpace(s)))
		}
		return n, said
	},
	print: printInteger,
	form:  intForm,
}

// share is a part of a line's copies.
var share = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := copies.parse(s)
		if said.severity == Warning && n < 0 {
			return 0, refuse("quantity", "The quantity is %d; 0 or more copies are expected.", n)
		}
		return n, said
	},
	print: printInteger,
	form:  intForm,
}

// checkReplyLine requires that an answer names its line, has a known code, and
// divides all copies.
func checkReplyLine(r *reader, f *frame) {
	l := f.at.(*replyLine)
	if n := l.name(); n.Number == 0 && n.Reference == "" && len(n.Products) == 0 {
		r.report(refuse("line-name", "The line is not named; write the LineNumber of the order, a "+
			"BuyersOrderLineReference or a ProductID."),
			f.begins, r.path(f), "")
	}
	r.checkLineCode(f, l)
	r.checkShares(f, l)
	if len(l.Substitutes) > 1 {
		r.report(warn("substitute", "%d substitutes are offered; the first was taken.", len(l.Substitutes)), f.begins,
			r.path(f)+"/"+nameSubstitute, "")
	}
	if len(l.Pricing) > 0 {
		r.report(warn("not-taken", "`<PricingDetail>` is not part of the answer and was ignored. Send another price "+
			"with the answer to a single line."), f.begins, r.path(f)+"/PricingDetail", "")
	}
}

// checkLineCode refuses a code that is not one of EDItEUR's, since the status
// of the line would be a guess.
func (r *reader) checkLineCode(f *frame, l *replyLine) {
	code := l.Status.Code
	listed, ok := lineCodes.spelt(plainDashes(code))
	switch {
	case code == "":
		return // reported as missing
	case l.Status.Type == "Sender":
		r.report(refuse("line-code", "%q is a code of the sender's own; a code of EDItEUR is expected, such as "+
			"AcceptedShipping.", order.Truncate(code)),
			f.begins, r.path(f)+"/"+nameLineStatus, code)
	case order.LineCode(code).Valid():
	case ok:
		l.Status.Code = listed
		r.report(against("code-form", "%q was read as %s; write the code as its list has it.", order.Truncate(code), listed),
			f.begins, r.path(f)+"/"+nameLineStatus, code)
	default:
		meant := "write one of the list, such as AcceptedShipping."
		if near, ok := order.Nearest(code, lineCodes); ok {
			meant = "did you mean " + near + "?"
		}
		r.report(refuse("line-code", "%q is not an order line status of EDItEUR; %s", order.Truncate(code), meant), f.begins,
			r.path(f)+"/"+nameLineStatus, code)
	}
}

// checkShares adds up: every copy that was ordered is shipping, shipped,
// back-ordered or cancelled.
func (r *reader) checkShares(f *frame, l *replyLine) {
	sum, said := l.sum()
	if !said || l.Ordered == nil || r.refusedIn(f, nameShipping, nameShipped, nameBackordered, nameCanceled,
		nameCancelled) {
		return
	}
	path, seen := r.path(f)+"/OrderQuantity", strconv.FormatInt(*l.Ordered, 10)
	switch rejected := order.LineCode(l.Status.Code).Status() == order.Rejected; {
	case *l.Ordered <= 0:
		r.report(refuse("line-shares", "The line takes copies back, and such a line has none to ship, back-order or "+
			"cancel. Leave the numbers out."), f.begins, path, seen)
	case sum != *l.Ordered:
		r.report(refuse("line-shares", "%s, and %d were ordered; every copy must be in one of them.", l.shares(),
			*l.Ordered), f.begins, path, seen)
	case rejected && count(l.Canceled) != *l.Ordered:
		r.report(refuse("line-shares", "The code is %s, and only %d of %d copies are cancelled; a line that is "+
			"refused cancels all.", order.Truncate(l.Status.Code), count(l.Canceled), *l.Ordered),
			f.begins, path, seen)
	}
}

// refusedIn reports whether one of the values of a composite was refused, so
// that a check of all of them would repeat it.
func (r *reader) refusedIn(fr *frame, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		if !fr.has(name) {
			return false
		}
		path := r.path(fr) + "/" + name
		return slices.ContainsFunc(r.faults, func(f Finding) bool { return f.Path == path })
	})
}

// sum returns the sum of the copies, and whether there is a number of any.
func (l *replyLine) sum() (sum int64, said bool) {
	for _, n := range []*int64{l.Shipping, l.Shipped, l.Backordered, l.Canceled} {
		if n != nil {
			sum, said = sum+*n, true
		}
	}
	return sum, said
}

// shares lists the numbers of copies for a message.
func (l *replyLine) shares() string {
	var words []string
	add := func(n *int64, what string) {
		if n != nil {
			words = append(words, strconv.FormatInt(*n, 10)+" "+what)
		}
	}
	add(l.Shipping, "shipping")
	add(l.Shipped, "shipped")
	add(l.Backordered, "back-ordered")
	add(l.Canceled, "cancelled")
	return strings.Join(words, ", ")
}

func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// name returns how the reply identifies the line.
func (l *replyLine) name() order.LineRef {
	n := order.LineRef{Number: int(l.Number), Reference: referenceOf(l.References, buyersLine)}
	for _, id := range l.Products {
		if id.Value != "" {
			n.Products = append(n.Products, id)
		}
	}
	return n
}

// referenceOf returns the number of the first reference of a type, or "".
func referenceOf(references []order.Reference, kind string) string {
	for _, ref := range references {
		if ref.Type == kind && ref.Number != "" {
			return ref.Number
		}
	}
	return ""
}
