package hark

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/order"
)

// ask is a request as the GraphQL convention over HTTP has it.
type ask struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"` // taken and not looked at
}

// mediaType is what answers are labelled as, and what the original request of an
// order is kept as.
const mediaType = "application/json"

// readAsk reads a POST; sent is what came, byte for byte.
func readAsk(w http.ResponseWriter, r *http.Request) (a ask, sent []byte, err error) {
	if err := body.CheckType(r.Header.Get("Content-Type"), "a GraphQL request"); err != nil {
		return ask{}, nil, err
	}
	if sent, err = body.Read(w, r, maxBody); err != nil {
		return ask{}, nil, err
	}
	if err := decode(sent, &a); err != nil {
		return ask{}, nil, err
	}
	return a, sent, a.check()
}

// queryAsk reads a GET.
func queryAsk(r *http.Request) (ask, error) {
	q := r.URL.Query()
	a := ask{Query: q.Get("query"), OperationName: q.Get("operationName")}
	if len(r.URL.RawQuery) > maxBody {
		return a, body.TooLarge(maxBody)
	}
	if text := q.Get("variables"); text != "" {
		if err := decode([]byte(text), &a.Variables); err != nil {
			return a, err
		}
	}
	return a, a.check()
}

// check refuses a request without a query.
func (a ask) check() error {
	if strings.TrimSpace(a.Query) == "" {
		return order.Errorf(order.Malformed, "json-malformed", "The request has no query.").WithHint(`Send {"query": "query { … }"}.`)
	}
	return nil
}

// decode reads JSON; numbers become float64, which the engine knows.
func decode(sent []byte, into any) error {
	text, err := body.JSON{Depth: maxJSONDepth}.Object(sent)
	if err != nil {
		return err
	}
	err = json.Unmarshal(text, into)
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		return order.Errorf(order.Malformed, "json-type", "%s cannot be of the type %s.", order.Cut(cmp.Or(wrong.Field, "variables")), order.Cut(wrong.Value)).
			WithHint(`Send {"query": "…", "variables": {…}}.`)
	}
	return err
}
