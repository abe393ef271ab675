package boknett

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// maxComment bounds a comment in characters: a page of text, more than any
// list of orders can show.
const maxComment = 2000

// toMark reads the body of a line's answer.
func toMark(line int, body *httpjson.Value) (m order.LineUpdate, err error) {
	m.Line = line
	if m.Status, err = toStatus(body); err != nil {
		return m, err
	}
	if m.Answer.Comment, err = toComment(body); err != nil {
		return m, err
	}
	if m.Answer.ValidFrom, err = toDay(body, "valid_from"); err != nil {
		return m, err
	}
	if m.Answer.ValidTo, err = toDay(body, "valid_to"); err != nil {
		return m, err
	}
	if from, to := m.Answer.ValidFrom, m.Answer.ValidTo; from != "" && to != "" && from > to {
		return m, errAnswer("/valid_to", string(to),
			"valid_from is %s and valid_to is %s: the time ends before it begins.", from, to)
	}
	if m.Answer.Price, err = toPrice(body); err != nil {
		return m, err
	}
	if m.Attributes, err = toAttributes(body); err != nil {
		return m, err
	}
	return m, toDetail(body, &m.Answer)
}

func errAnswer(pointer, written, format string, args ...any) *order.Error {
	return order.Errorf(order.Invalid, "answer-invalid", format, args...).
		WithField(order.Field{Pointer: pointer, Value: written})
}

func toComment(body *httpjson.Value) (string, error) {
	v := body.Get("comment")
	switch {
	case v == nil:
		return "", nil
	case v.Kind() != httpjson.KindString:
		return "", errAnswer("/comment", v.Text(), "comment is a %s; it must be a text in quotes.", v.Kind())
	case utf8.RuneCountInString(v.Text()) > maxComment:
		return "", errAnswer("/comment", v.Text(), "comment has %d characters; at most %d are stored.",
			utf8.RuneCountInString(v.Text()), maxComment)
	case strings.ContainsFunc(v.Text(), notXML):
		return "", errAnswer("/comment", v.Text(),
			"comment has a control character, which no document of the order can carry.")
	}
	return v.Text(), nil
}

// notXML reports the characters that XML cannot hold: an answer ends in the
// order's EDItX document as well.
func notXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

func toDay(body *httpjson.Value, name string) (order.Day, error) {
	v := body.Get(name)
	if v == nil || v.Kind() == httpjson.KindString && v.Text() == "" {
		return "", nil
	}
	day := v.Text()
	_, err := time.Parse(time.DateOnly, day)
	if v.Kind() != httpjson.KindString || err != nil || len(day) != len(time.DateOnly) {
		return "", errAnswer("/"+name, day, "%s is no day of the calendar as YYYY-MM-DD, got %q.", name,
			order.Truncate(day)).
			WithHint(`Write for example "%s": "2026-08-15".`, name)
	}
	return order.Day(day), nil
}

// toPrice reads {"amount": 250.15, "tax": 25}. Both are needed: a price
// without its tax would be read as free of tax.
func toPrice(body *httpjson.Value) (*order.ConfirmedPrice, error) {
	v := body.Get("price")
	if v == nil {
		return nil, nil
	}
	if !v.Is(httpjson.KindObject) {
		return nil, errAnswer("/price", v.Text(), "price is a %s; it must be an object with amount and tax.", v.Kind()).
			WithHint(
				`Write "price": {"amount": 250.15, "tax": 25}, the amount with tax included and the tax in per cent.`)
	}
	amount, err := toDecimal(v, "amount")
	if err != nil {
		return nil, err
	}
	tax, err := toDecimal(v, "tax")
	if err != nil {
		return nil, err
	}
	return &order.ConfirmedPrice{Amount: amount, Tax: tax}, nil
}

// toDecimal reads a number of the price: without quotes by its value, in quotes as
// digits with a full stop.
func toDecimal(price *httpjson.Value, name string) (order.Decimal, error) {
	v := price.Get(name)
	d, ok := order.Decimal{}, false
	switch v.Kind() {
	case httpjson.KindNumber:
		n, _ := v.Number()
		d, ok = n.Decimal()
	case httpjson.KindString:
		var err error
		d, err = order.ParseDecimal(v.Text())
		ok = err == nil
	}
	pointer := "/price/" + name
	switch {
	case v == nil:
		return d,
			errAnswer(pointer, "", "price has no %s.", name).WithHint(`Write "price": {"amount": 250.15, "tax": 25}.`)
	case v.Kind() == httpjson.KindNumber && !ok:
		return d, errAnswer(pointer, v.Text(), "%s of the price is %s, which has too many digits.",
			name, order.Truncate(v.Text())).
			WithHint("A price has at most %d decimals, and at most 18 digits in all.", order.MaxScale)
	case v.Kind() == httpjson.KindString && !ok:
		return d,
			errAnswer(pointer, v.Text(), "%s of the price is not a decimal number, got %q.", name, order.Truncate(v.Text())).
				WithHint("Write digits with a full stop and at most %d decimals, for example 250.15.", order.MaxScale)
	case !ok:
		return d, errAnswer(pointer, "", "%s of the price is a %s; it must be a number.", name, v.Kind()).
			WithHint(`Write "price": {"amount": 250.15, "tax": 25}.`)
	case d.Units < 0:
		return d, errAnswer(pointer, v.Text(), "%s of the price is %s; it cannot be less than 0.", name, d)
	}
	return d, nil
}

// toReduction reads the body of a reduction: {"ean": "…", "number": -1}.
func toReduction(line int, body *httpjson.Value) (r order.Reduction, err error) {
	r.Line = line
	if r.EAN, err = toEAN(body); err != nil {
		return r, err
	}
	r.Number, err = toNumber(body)
	return r, err
}

// toEAN reads the product under its present and its older name.
func toEAN(body *httpjson.Value) (string, error) {
	ean, isbn := bareEAN(body, "ean"), bareEAN(body, "isbn")
	switch {
	case ean == "" && isbn == "":
		return "", order.Errorf(order.Malformed, "ean-missing", "The body names no product.").
			WithHint(`Send {"ean": "9788202337926", "number": -1}.`).
			WithField(order.Field{Pointer: "/ean"})
	case ean == "":
		return isbn, nil
	case isbn != "" && isbn != ean:
		return "", order.Errorf(order.Malformed, "ean-twice", "ean is %s and isbn is %s: the body names two products.",
			order.Truncate(ean), order.Truncate(isbn)).
			WithHint("Send ean alone.").WithField(order.Field{Pointer: "/isbn", Value: isbn})
	}
	return ean, nil
}

// bareEAN returns a product number without the hyphens and blanks of print. A
// number without quotes is taken as its digits.
func bareEAN(body *httpjson.Value, name string) string {
	v := body.Get(name)
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("- \t\u00a0\u2010\u2011\u2013", r) {
			return -1
		}
		return r
	}, nameOf(v))
}

// toNumber reads how many copies to take back, written as a negative number.
func toNumber(body *httpjson.Value) (int64, error) {
	v := body.Get("number")
	if v == nil {
		return 0,
			order.Errorf(order.Malformed, "number-missing", "The body does not say how many copies to take back.").
				WithHint(`Send {"ean": "9788202337926", "number": -1}.`).
				WithField(order.Field{Pointer: "/number"})
	}
	written, _ := v.Number()
	if n, whole := written.Whole(); v.Kind() == httpjson.KindNumber && whole && n < 0 && n > math.MinInt64 {
		return -n, nil
	}
	detail := fmt.Sprintf("number must be a negative whole number such as -1, got %s.", order.Truncate(v.Text()))
	if v.Kind() != httpjson.KindNumber {
		detail = fmt.Sprintf("number is a %s; it must be a negative whole number without quotes, such as -1.", v.Kind())
	}
	return 0, order.Errorf(order.Invalid, "number-invalid", "%s", detail).
		WithHint("A reduction takes copies away; to order more, send a new order.").
		WithField(order.Field{Pointer: "/number", Value: v.Text()})
}

// toDetail reads what an answer to a line may say beyond the legacy members:
// the EDItEUR code, when back-ordered copies are expected, how the copies
// divide, and what comes instead.
func toDetail(body *httpjson.Value, a *order.Answer) (err error) {
	if a.Code, err = toCode(body); err != nil {
		return err
	}
	if a.Expected, err = toDay(body, "expected_date"); err != nil {
		return err
	}
	if a.Quantities, err = toShares(body); err != nil {
		return err
	}
	a.Substitute, err = toSubstitute(body)
	return err
}

func toCode(body *httpjson.Value) (order.LineCode, error) {
	v := body.Get("code")
	if v == nil || v.Kind() == httpjson.KindString && v.Text() == "" {
		return "", nil
	}
	code := order.LineCode(strings.TrimSpace(v.Text()))
	if v.Kind() != httpjson.KindString || !code.Valid() {
		return "", errAnswer(v.Pointer(), v.Text(), "code is %q, which is no order line status of EDItEUR.",
			order.Truncate(v.Text())).
			WithHint(
				"Write for example AcceptedBackordered, CanceledCannotSupply or AlreadyShipped; letter case counts.")
	}
	return code, nil
}

// toShares reads {"shipping": 3, "backordered": 2, "cancelled": 0}; what is
// left out is 0. That they add up to what was ordered is the order's rule.
func toShares(body *httpjson.Value) (*order.Quantities, error) {
	v := body.Get("quantities")
	if v == nil {
		return nil, nil
	}
	if !v.Is(httpjson.KindObject) || len(v.Inner()) == 0 {
		return nil, errAnswer(v.Pointer(), v.Text(),
			"quantities does not say how many copies are shipping, backordered and cancelled.").
			WithHint(
				`Write "quantities": {"shipping": 3, "backordered": 2, "cancelled": 0}; ` +
					"they add up to the quantity ordered.")
	}
	if others := v.Others("shipping", "backordered", "cancelled"); len(others) > 0 {
		return nil, errAnswer(v.Pointer(), others[0],
			"quantities has a member %s; its members are shipping, backordered and cancelled.", order.Truncate(others[0])).
			WithHint("Correct the name: copies under a name that is not known would be lost.")
	}
	var s order.Quantities
	var err error
	if s.Shipping, err = toCopies(v, "shipping"); err != nil {
		return nil, err
	}
	if s.Backordered, err = toCopies(v, "backordered"); err != nil {
		return nil, err
	}
	s.Cancelled, err = toCopies(v, "cancelled")
	return &s, err
}

// maxCopies is more than any line has.
const maxCopies = 999_999_999

// toCopies reads a number of copies.
func toCopies(quantities *httpjson.Value, name string) (int64, error) {
	v := quantities.Get(name)
	if v == nil {
		return 0, nil
	}
	written, _ := v.Number()
	n, whole := written.Whole()
	if v.Kind() != httpjson.KindNumber && v.Kind() != httpjson.KindString {
		return 0,
			errAnswer(v.Pointer(), "", "%s of quantities is a %s; it must be a whole number from 0.", name, v.Kind()).
				WithHint("Write digits without quotes, for example \"%s\": 2.", name)
	}
	if v.Kind() != httpjson.KindNumber || !whole || n < 0 || n > maxCopies {
		return 0, errAnswer(v.Pointer(), v.Text(), "%s of quantities must be a whole number from 0, got %q.",
			name, order.Truncate(v.Text())).
			WithHint("Write digits without quotes, for example \"%s\": 2.", name)
	}
	return n, nil
}

// maxSubstitutes bounds the numbers by which a substitute is named: each scheme
// once and some to spare.
const maxSubstitutes = 10

// toSubstitute reads the product that comes instead: one number or a list, each
// as "EAN13:9788203192388", as bare digits, or as the object that /v2 shows.
func toSubstitute(body *httpjson.Value) ([]order.Identifier, error) {
	v := body.Get("substitute")
	if v == nil || v.Kind() == httpjson.KindString && v.Text() == "" {
		return nil, nil
	}
	items := []*httpjson.Value{v}
	if v.Kind() == httpjson.KindList {
		items = v.Inner()
	}
	if len(items) > maxSubstitutes {
		return nil, errAnswer(v.Pointer(), "", "substitute has %d numbers; at most %d are taken for one product.",
			len(items), maxSubstitutes)
	}
	var ids []order.Identifier
	for _, item := range items {
		id, err := toProduct(item)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func toProduct(v *httpjson.Value) (order.Identifier, error) {
	if v.Kind() == httpjson.KindObject {
		id := order.Identifier{Type: nameOf(v.Get("type")), TypeName: nameOf(v.Get("typeName")),
			Value: nameOf(v.Get("value"))}
		return id, checkProduct(v, id)
	}
	if ean, ok := order.ToEAN(nameOf(v)); ok {
		return order.Identifier{Type: "EAN13", Value: ean}, nil
	}
	id, err := order.ParseIdentifier(v.Text())
	if err != nil {
		id = order.Identifier{}
	}
	return id, checkProduct(v, id)
}

// checkProduct wants a product that a document can name, and a book number
// that is one.
func checkProduct(v *httpjson.Value, id order.Identifier) error {
	unfit := func(format string, args ...any) error {
		return errAnswer(v.Pointer(), v.Text(), format, args...).
			WithHint(`Write "substitute": "EAN13:9788203192388", or {"type": "EAN13", "value": "9788203192388"}.`)
	}
	_, book := order.ToEAN(id.Value)
	switch {
	case id.Type == "" || id.Value == "":
		return unfit("substitute does not name a product by its scheme and number.")
	case (id.Type == "EAN13" || id.Type == "ISBN") && !book:
		return unfit("substitute is %s, which is no book number: digits are missing, or the last one does not fit.",
			order.Truncate(id.String()))
	case len(id.Type+id.TypeName+id.Value) > maxComment || strings.ContainsFunc(id.Type+id.TypeName+id.Value, notXML):
		return unfit("substitute has a number that no document of the order can carry.")
	}
	return nil
}

// toAttributes reads {"deviceId": "A-1"}: what the order's own dialect wants to know
// beside the answer. Which names it takes is that dialect's to say.
func toAttributes(body *httpjson.Value) (order.Attributes, error) {
	v := body.Get("attributes")
	if v == nil {
		return nil, nil
	}
	hint := `Write "attributes": {"deviceId": "A-1"}: names, each with a text in quotes.`
	if !v.Is(httpjson.KindObject) {
		return nil, errAnswer(v.Pointer(), v.Text(), "attributes is a %s; it must be an object of texts.",
			v.Kind()).WithHint("%s", hint)
	}
	attributes := order.Attributes{}
	for _, m := range v.Inner() {
		if m.Kind() == httpjson.KindNull {
			continue // as absent, like every other member
		}
		if m.Kind() != httpjson.KindString {
			return nil, errAnswer(m.Pointer(), m.Text(), "The attribute %s is a %s; it must be a text in quotes.",
				order.Truncate(m.Name), m.Kind()).WithHint("%s", hint)
		}
		attributes[m.Name] = m.Text()
	}
	return attributes, nil
}
