package editx

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// lineName is the number of a line as the order has it. One that cannot be a
// line's would answer another line.
var lineName = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		if said.severity == Refusal || n <= 0 {
			return 0, refuse("line-number", "%q is no LineNumber; write the number that the line has in the order, from 1.", order.Cut(strings.TrimSpace(s)))
		}
		return n, said
	},
	print: present.print,
	form:  intForm,
}

// copies is the quantity of a line that exists: negative in one that takes
// copies back.
var copies = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		if said.severity == Refusal || n > maxQuantity || n < -maxQuantity {
			return 0, refuse("quantity", "%q is not a quantity; a whole number of copies is expected, such as 4.", order.Cut(strings.TrimSpace(s)))
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

// checkReplyLine asks that an answer names its line, says a known code, and
// divides the copies without rest.
func checkReplyLine(r *reader, f *frame) {
	l := f.at.(*replyLine)
	if n := l.name(); n.Number == 0 && n.Reference == "" && len(n.Products) == 0 {
		r.report(refuse("line-name", "The line is not named; give the LineNumber of the order, a BuyersOrderLineReference or a ProductID."),
			f.begins, r.path(f), "")
	}
	r.checkLineCode(f, l)
	r.checkShares(f, l)
	if len(l.Substitutes) > 1 {
		r.report(warn("substitute", "%d substitutes are offered; the first was taken.", len(l.Substitutes)), f.begins, r.path(f)+"/"+nameSubstitute, "")
	}
	if len(l.Pricing) > 0 {
		r.report(warn("not-taken", "`<PricingDetail>` is no part of the answer here and was passed over. Give another price line by line."), f.begins, r.path(f)+"/PricingDetail", "")
	}
}

// checkLineCode refuses a code that is none of EDItEUR's: what becomes of the
// line would be a guess.
func (r *reader) checkLineCode(f *frame, l *replyLine) {
	code := l.Status.Code
	listed, ok := lineCodes.spelt(plainDashes(code))
	switch {
	case code == "":
		return // missing, which is told
	case l.Status.Type == "Sender":
		r.report(refuse("line-code", "%q is a code of the sender's own; a code of EDItEUR is expected, such as AcceptedShipping.", order.Cut(code)),
			f.begins, r.path(f)+"/"+nameLineStatus, code)
	case order.LineCode(code).Valid():
	case ok:
		l.Status.Code = listed
		r.report(against("code-form", "%q was read as %s; write the code as its list has it.", order.Cut(code), listed), f.begins, r.path(f)+"/"+nameLineStatus, code)
	default:
		meant := "write one of the list, such as AcceptedShipping."
		if near, ok := order.Nearest(code, lineCodes); ok {
			meant = "did you mean " + near + "?"
		}
		r.report(refuse("line-code", "%q is no order line status of EDItEUR; %s", order.Cut(code), meant), f.begins, r.path(f)+"/"+nameLineStatus, code)
	}
}

// checkShares adds up: every copy that was ordered is shipping, shipped,
// back-ordered or cancelled.
func (r *reader) checkShares(f *frame, l *replyLine) {
	sum, said := l.sum()
	if !said || l.Ordered == nil || r.refusedIn(f, nameShipping, nameShipped, nameBackordered, nameCanceled, nameCancelled) {
		return
	}
	path, seen := r.path(f)+"/OrderQuantity", strconv.FormatInt(*l.Ordered, 10)
	switch rejected := order.LineCode(l.Status.Code).Status() == order.Rejected; {
	case *l.Ordered <= 0:
		r.report(refuse("line-shares", "The line takes copies back, and such a line has none to ship, back-order or cancel. Leave the numbers out."), f.begins, path, seen)
	case sum != *l.Ordered:
		r.report(refuse("line-shares", "%s, and %d were ordered; every copy must be in one of them.", l.shares(), *l.Ordered), f.begins, path, seen)
	case rejected && count(l.Canceled) != *l.Ordered:
		r.report(refuse("line-shares", "The code is %s, and only %d of %d copies are cancelled; a line that is refused cancels all.", order.Cut(l.Status.Code), count(l.Canceled), *l.Ordered),
			f.begins, path, seen)
	}
}

// refusedIn reports whether one of the values of a composite was refused, so
// that what is made of all of them would only say it again.
func (r *reader) refusedIn(f *frame, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		if !f.has(name) {
			return false
		}
		path := r.path(f) + "/" + name
		return slices.ContainsFunc(r.faults, func(told Finding) bool { return told.Path == path })
	})
}

// sum adds what is said of the copies, if anything is.
func (l *replyLine) sum() (sum int64, said bool) {
	for _, n := range []*int64{l.Shipping, l.Shipped, l.Backordered, l.Canceled} {
		if n != nil {
			sum, said = sum+*n, true
		}
	}
	return sum, said
}

// shares names what is said of the copies.
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

// name is how the reply names the line.
func (l *replyLine) name() order.LineName {
	n := order.LineName{Number: int(l.Number), Reference: referenceOf(l.References, buyersLine)}
	for _, id := range l.Products {
		if id.Value != "" {
			n.Products = append(n.Products, id)
		}
	}
	return n
}

// referenceOf gives the number of the first reference of a type, or "".
func referenceOf(references []order.Reference, kind string) string {
	for _, ref := range references {
		if ref.Type == kind && ref.Number != "" {
			return ref.Number
		}
	}
	return ""
}
