package montly

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// object is a JSON object. Its values are nil, bool, string, json.Number, object
// and []any. Names are taken as they are written: VAT is not vat.
type object map[string]any

// maxDepth is how deep a body may be nested; an order has four levels.
const maxDepth = 8

// parse reads a body that is one JSON object. A name that is given twice, and
// whatever stands behind the end, are refused: which of two amounts counts would
// be a guess. An empty list passes for an empty object, because PHP writes one so.
func parse(body []byte) (object, error) {
	if !utf8.Valid(body) {
		return nil, errJSON("there are bytes that are no UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errJSON("there is something behind the end of the object")
	}
	o, ok := asObject(v)
	if !ok {
		return nil, errJSON("it is no object")
	}
	return o, nil
}

// asObject takes an object, and an empty list for one.
func asObject(v any) (object, bool) {
	if list, ok := v.([]any); ok && len(list) == 0 {
		return object{}, true
	}
	o, ok := v.(object)
	return o, ok
}

func readValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, errJSON("%s", jsonWords(d, err))
	}
	if depth > maxDepth {
		return nil, order.Errorf(order.Malformed, "json-too-deep", "The JSON is nested deeper than %d levels.", maxDepth)
	}
	switch t {
	case json.Delim('{'):
		return readObject(d, depth)
	case json.Delim('['):
		return readList(d, depth)
	}
	return t, nil
}

func readObject(d *json.Decoder, depth int) (any, error) {
	o := object{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errJSON("%s", jsonWords(d, err))
		}
		if _, seen := o[name]; seen {
			return nil, order.Errorf(order.Malformed, "json-duplicate-key", "The name %q is given twice in one object.", order.Cut(name))
		}
		if o[name], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	return o, readEnd(d)
}

func readList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, readEnd(d)
}

// readEnd steps over a closing bracket.
func readEnd(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errJSON("%s", jsonWords(d, err))
	}
	return nil
}

func errJSON(format string, args ...any) error {
	return order.Errorf(order.Malformed, "json-malformed", "The body is not one JSON object: "+format+".", args...).
		WithHint("Send names and texts in double quotes, and no comma before a closing bracket.")
}

// jsonWords says what the reader of JSON met, and where.
func jsonWords(d *json.Decoder, err error) string {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	wrong := new(json.SyntaxError)
	if errors.As(err, &wrong) {
		return order.Errorf(order.Malformed, "json-malformed", "%s, at byte %d", order.Cut(wrong.Error()), d.InputOffset()+1).Detail
	}
	return order.Cut(err.Error())
}
