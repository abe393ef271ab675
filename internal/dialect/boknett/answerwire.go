package boknett

import (
	"strings"

	"github.com/bookgate/bookgate/order"
)

// toDetail reads what an answer to a line may say beyond the legacy members:
// the EDItEUR code, when back-ordered copies are expected, how the copies
// divide, and what comes instead.
func toDetail(body value, a *order.Answer) (err error) {
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

func toCode(body value) (order.LineCode, error) {
	v, ok := body.get("code")
	if !ok || v.kind == "string" && v.text == "" {
		return "", nil
	}
	code := order.LineCode(strings.TrimSpace(v.text))
	if v.kind != "string" || !code.Valid() {
		return "", errAnswer(v.pointer, v.text, "code is %q, which is no order line status of EDItEUR.", order.Cut(v.text)).
			WithHint("Write for example AcceptedBackordered, CanceledCannotSupply or AlreadyShipped; letter case counts.")
	}
	return code, nil
}

// toShares reads {"shipping": 3, "backordered": 2, "cancelled": 0}; what is
// left out is none. That they add up to what was ordered is the order's rule.
func toShares(body value) (*order.Shares, error) {
	v, ok := body.get("quantities")
	if !ok {
		return nil, nil
	}
	if !v.isObject() || len(v.members) == 0 {
		return nil, errAnswer(v.pointer, v.text, "quantities does not say how many copies are shipping, backordered and cancelled.").
			WithHint(`Write "quantities": {"shipping": 3, "backordered": 2, "cancelled": 0}; they add up to the quantity ordered.`)
	}
	if others := v.others("shipping", "backordered", "cancelled"); len(others) > 0 {
		return nil, errAnswer(v.pointer, others[0], "quantities has a member %s; its members are shipping, backordered and cancelled.", order.Cut(others[0])).
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
func toCopies(quantities value, name string) (int64, error) {
	v, ok := quantities.get(name)
	if !ok {
		return 0, nil
	}
	written, _ := v.number()
	n, whole := written.Whole()
	if v.kind != "number" && v.kind != "string" {
		return 0, errAnswer(v.pointer, "", "%s of quantities is a %s; it must be a whole number from 0.", name, v.kind).
			WithHint("Write digits without quotes, for example \"%s\": 2.", name)
	}
	if v.kind != "number" || !whole || n < 0 || n > maxCopies {
		return 0, errAnswer(v.pointer, v.text, "%s of quantities must be a whole number from 0, got %q.", name, order.Cut(v.text)).
			WithHint("Write digits without quotes, for example \"%s\": 2.", name)
	}
	return n, nil
}

// maxSubstitutes bounds the numbers by which a substitute is named: each scheme
// once and some to spare.
const maxSubstitutes = 10

// toSubstitute reads the product that comes instead: one number or a list, each
// as "EAN13:9788203192388", as bare digits, or as the object that /v2 shows.
func toSubstitute(body value) ([]order.Identifier, error) {
	v, ok := body.get("substitute")
	if !ok || v.kind == "string" && v.text == "" {
		return nil, nil
	}
	items := []value{v}
	if v.kind == "list" {
		items = v.items
	}
	if len(items) > maxSubstitutes {
		return nil, errAnswer(v.pointer, "", "substitute has %d numbers; at most %d are taken for one product.", len(items), maxSubstitutes)
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

func toProduct(v value) (order.Identifier, error) {
	if v.kind == "object" {
		id := order.Identifier{Type: v.textOf("type"), TypeName: v.textOf("typeName"), Value: v.textOf("value")}
		return id, checkProduct(v, id)
	}
	if ean, ok := order.ToEAN(v.name()); ok {
		return order.Identifier{Type: "EAN13", Value: ean}, nil
	}
	id, err := order.ParseIdentifier(v.text)
	if err != nil {
		id = order.Identifier{}
	}
	return id, checkProduct(v, id)
}

// checkProduct wants a product that a document can name, and a book number
// that is one.
func checkProduct(v value, id order.Identifier) error {
	unfit := func(format string, args ...any) error {
		return errAnswer(v.pointer, v.text, format, args...).
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
func toFacts(body value) (order.Facts, error) {
	v, ok := body.get("facts")
	if !ok {
		return nil, nil
	}
	hint := `Write "facts": {"deviceId": "A-1"}: names, each with a text in quotes.`
	if !v.isObject() {
		return nil, errAnswer(v.pointer, v.text, "facts is a %s; it must be an object of texts.", v.kind).WithHint("%s", hint)
	}
	facts := order.Facts{}
	for _, m := range v.members {
		if m.value.kind == "null" {
			continue // as absent, like every other member
		}
		if m.value.kind != "string" {
			return nil, errAnswer(m.value.pointer, m.value.text, "The fact %s is a %s; it must be a text in quotes.", order.Cut(m.name), m.value.kind).WithHint("%s", hint)
		}
		facts[m.name] = m.value.text
	}
	return facts, nil
}
