package installer

import (
	"encoding/json"
	"net/http"

	"github.com/bookgate/bookgate/internal/httpjson"
)

const (
	// maxBody is the greatest request: a hundred times what the documented one
	// has, with room for a long description and hundreds of lines.
	maxBody = 256 << 10

	// maxDepth is how deep JSON may be nested: a description of lists in lists,
	// five deep, has half of it.
	maxDepth = 64
)

// mediaType is what the original request of an order is kept as.
const mediaType = "application/json"

// object is a JSON object with its members as they were written, by their exact
// names: encoding/json would take EMAIL for email.
type object map[string]json.RawMessage

// readBody reads the request of a new order, byte for byte.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := httpjson.CheckType(r.Header.Get("Content-Type"), "an order"); err != nil {
		return nil, err
	}
	return httpjson.Read(w, r, maxBody)
}

// parseObject reads a body that is one JSON object; an empty list passes for an
// empty one, because PHP writes it so.
func parseObject(sent []byte) (o object, err error) {
	err = httpjson.JSON{Depth: maxDepth, EmptyList: true}.Decode(sent, &o)
	return o, err
}
