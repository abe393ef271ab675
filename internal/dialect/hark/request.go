package hark

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// graphqlRequest is a request as the GraphQL convention over HTTP has it.
type graphqlRequest struct {
	Query         string     `json:"query"`
	OperationName string     `json:"operationName"`
	Variables     jsonObject `json:"variables"`
	Extensions    jsonObject `json:"extensions"` // of these only persistedQuery is looked at

	sent []byte // as it came, byte for byte
}

// jsonObject is an object of any members. PHP cannot tell an empty object from an
// empty list, and writes [] for both.
type jsonObject map[string]any

// UnmarshalJSON reads the object, with its numbers as they are written.
func (o *jsonObject) UnmarshalJSON(text []byte) error {
	if httpjson.IsEmpty(text) {
		*o = nil
		return nil
	}
	var members map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&members)
	*o = members
	return err
}

// member is one request of a POST, or why it cannot be read.
type member struct {
	graphqlRequest
	err error
}

// parsePost reads a POST: one request, or a list of requests. In a list each is
// read and refused by itself.
func parsePost(w http.ResponseWriter, r *http.Request) (members []member, batch bool, err error) {
	if err := httpjson.CheckType(r.Header.Get("Content-Type"), "a GraphQL request"); err != nil {
		return nil, false, err
	}
	sent, err := httpjson.Read(w, r, maxBody)
	if err != nil {
		return nil, false, err
	}
	list, batch, err := batchOf(sent)
	if err != nil {
		return nil, batch, err
	}
	if !batch {
		q, err := parseRequest(sent)
		return []member{{q, err}}, false, err
	}
	for _, one := range list {
		q, err := parseRequest(one)
		members = append(members, member{q, err})
	}
	return members, true, nil
}

// batchOf returns the members of a list of requests, each as it came; batch is
// false for a single one.
func batchOf(sent []byte) (list []json.RawMessage, batch bool, err error) {
	text := bytes.TrimLeft(httpjson.TrimBOM(sent), " \t\r\n")
	if !bytes.HasPrefix(text, []byte("[")) {
		return nil, false, nil
	}
	if json.Unmarshal(text, &list) != nil {
		return nil, true,
			order.Errorf(order.Malformed, "json-malformed", "The list of requests cannot be read as JSON.").
				WithHint(`Send [{"query": "…"}, …], or one request.`)
	}
	if len(list) == 0 || len(list) > maxBatch {
		return nil, true, order.Errorf(order.Malformed, "json-type",
			"The list has %d requests; it can have from 1 to %d.", len(list), maxBatch).
			WithHint("Send from one to %d requests at a time.", maxBatch)
	}
	return list, true, nil
}

func parseRequest(sent []byte) (graphqlRequest, error) {
	q := graphqlRequest{sent: sent}
	if err := decode(sent, &q); err != nil {
		return q, err
	}
	return q, q.check()
}

// parseGet reads a GET.
func parseGet(r *http.Request) (graphqlRequest, error) {
	values, err := httpjson.Query(r.URL.RawQuery)
	q := graphqlRequest{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if len(r.URL.RawQuery) > maxBody {
		return q, httpjson.TooLarge(maxBody)
	}
	if err != nil {
		return q, err
	}
	if !utf8.ValidString(q.Query) || !utf8.ValidString(q.OperationName) {
		return q, order.Errorf(order.Malformed, "json-malformed", "The address has bytes that are not UTF-8.").
			WithHint("Encode the query as UTF-8.")
	}
	for name, into := range map[string]*jsonObject{"variables": &q.Variables, "extensions": &q.Extensions} {
		text := []byte(values.Get(name))
		if len(text) == 0 || string(text) == "null" || httpjson.IsEmpty(text) {
			continue
		}
		if err := decode(text, into); err != nil {
			return q, err
		}
	}
	return q, q.check()
}

// check refuses a request without a query.
func (q graphqlRequest) check() error {
	if strings.TrimSpace(q.Query) != "" {
		return nil
	}
	if q.Extensions["persistedQuery"] != nil {
		return errPersisted()
	}
	return order.Errorf(order.Malformed, "json-malformed",
		"The request has no query.").WithHint(`Send {"query": "query { … }"}.`)
}

// decode reads JSON; a number stays as it was written until its type is known.
func decode(sent []byte, into any) error {
	text, err := httpjson.JSON{Depth: maxJSONDepth}.Object(sent)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(into); err == nil {
		err = json.Unmarshal(text, new(any)) // refuses a number that is beyond every type
	}
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		return order.Errorf(order.Malformed, "json-type", "%s cannot be of the type %s.",
			order.Truncate(cmp.Or(wrong.Field, "variables")), order.Truncate(wrong.Value)).
			WithHint(`Send {"query": "…", "variables": {…}}.`)
	}
	return err
}
