package boknett

import (
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

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
	if a.Shares, err = toShares(body); err != nil {
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
		return "", errAnswer(v.Pointer(), v.Text(), "code is %q, which is no order line status of EDItEUR.", order.Cut(v.Text())).
			WithHint("Write for example AcceptedBackordered, CanceledCannotSupply or AlreadyShipped; letter case counts.")
	}
	return code, nil
}

// toShares reads {"shipping": 3, "backordered": 2, "cancelled": 0}; what is
// left out is none. That they add up to what was ordered is the order's rule.
func toShares(body *httpjson.Value) (*order.Shares, error) {
	v := body.Get("quantities")
	if v == nil {
		return nil, nil
	}
	if !v.Is(httpjson.KindObject) || len(v.Inner()) == 0 {
		return nil, errAnswer(v.Pointer(), v.Text(), "quantities does not say how many copies are shipping, backordered and cancelled.").
			WithHint(`Write "quantities": {"shipping": 3, "backordered": 2, "cancelled": 0}; they add up to the quantity ordered.`)
	}
	if others := v.Others("shipping", "backordered", "cancelled"); len(others) > 0 {
		return nil, errAnswer(v.Pointer(), others[0], "quantities has a member %s; its members are shipping, backordered and cancelled.", order.Cut(others[0])).
			WithHint("Correct the name: copies under a name that is not known would be lost.")
	}
	var s order.Shares
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
		return 0, errAnswer(v.Pointer(), "", "%s of quantities is a %s; it must be a whole number from 0.", name, v.Kind()).
			WithHint("Write digits without quotes, for example \"%s\": 2.", name)
	}
	if v.Kind() != httpjson.KindNumber || !whole || n < 0 || n > maxCopies {
		return 0, errAnswer(v.Pointer(), v.Text(), "%s of quantities must be a whole number from 0, got %q.", name, order.Cut(v.Text())).
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
		return nil, errAnswer(v.Pointer(), "", "substitute has %d numbers; at most %d are taken for one product.", len(items), maxSubstitutes)
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
		id := order.Identifier{Type: nameOf(v.Get("type")), TypeName: nameOf(v.Get("typeName")), Value: nameOf(v.Get("value"))}
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
		return unfit("substitute is %s, which is no book number: digits are missing, or the last one does not fit.", order.Cut(id.String()))
	case len(id.Type+id.TypeName+id.Value) > maxComment || strings.ContainsFunc(id.Type+id.TypeName+id.Value, notXML):
		return unfit("substitute has a number that no document of the order can carry.")
	}
	return nil
}

// toFacts reads {"deviceId": "A-1"}: what the order's own dialect wants to know
// beside the answer. Which names it takes is that dialect's to say.
func toFacts(body *httpjson.Value) (order.Facts, error) {
	v := body.Get("facts")
	if v == nil {
		return nil, nil
	}
	hint := `Write "facts": {"deviceId": "A-1"}: names, each with a text in quotes.`
	if !v.Is(httpjson.KindObject) {
		return nil, errAnswer(v.Pointer(), v.Text(), "facts is a %s; it must be an object of texts.", v.Kind()).WithHint("%s", hint)
	}
	facts := order.Facts{}
	for _, m := range v.Inner() {
		if m.Kind() == httpjson.KindNull {
			continue // as absent, like every other member
		}
		if m.Kind() != httpjson.KindString {
			return nil, errAnswer(m.Pointer(), m.Text(), "The fact %s is a %s; it must be a text in quotes.", order.Cut(m.Name), m.Kind()).WithHint("%s", hint)
		}
		facts[m.Name] = m.Text()
	}
	return facts, nil
}
