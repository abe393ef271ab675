package montly

import (
	"github.com/bookgate/bookgate/internal/httpjson"
)

const (
	// maxBody is the greatest request: an order of a thousand items with every
	// field at its longest is less.
	maxBody = 2 << 20

	// maxDepth is how deep a body may be nested; an order has four levels.
	maxDepth = 8
)

// mediaType is what answers are labelled as, and what the original request of an
// order is kept as. What the request is labelled as does not matter: clients
// that set no label are sent as forms, and the body tells.
const mediaType = "application/json"

// object is a JSON object. Its values are nil, bool, string, json.Number, object
// and []any. Names are taken as they are written: VAT is not vat.
type object = map[string]any

// parse reads a body that is one JSON object. An empty list passes for an empty
// object, because PHP writes one so.
func parse(sent []byte) (o object, err error) {
	err = httpjson.JSON{Depth: maxDepth, EmptyList: true}.Decode(sent, &o)
	return o, err
}

// asObject takes an object, and an empty list for one.
func asObject(v any) (object, bool) {
	if list, ok := v.([]any); ok && len(list) == 0 {
		return object{}, true
	}
	o, ok := v.(object)
	return o, ok
}
