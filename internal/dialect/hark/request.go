package hark

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// ask is a request as the GraphQL convention over HTTP has it.
type ask struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	Extensions    map[string]any `json:"extensions"` // taken and not looked at
}

// mediaType is what the original request of an order is kept as.
const mediaType = "application/json"

// readAsk reads a POST; body is what came, byte for byte.
func readAsk(w http.ResponseWriter, r *http.Request) (a ask, body []byte, err error) {
	if err := checkType(r.Header.Get("Content-Type")); err != nil {
		return ask{}, nil, err
	}
	if body, err = readBody(w, r); err != nil {
		return ask{}, nil, err
	}
	a, err = parseAsk(body)
	return a, body, err
}

// checkType takes JSON under any of its names, and a body without a label.
func checkType(label string) error {
	media, _, _ := mime.ParseMediaType(label)
	if label == "" || media == "application/json" || strings.HasSuffix(media, "+json") {
		return nil
	}
	return order.Errorf(order.Unsupported, "media-type", "The body has the Content-Type %q; a GraphQL request is sent as JSON.", order.Cut(label)).
		WithHint(`Send {"query": "…"} with Content-Type: application/json.`)
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, order.Errorf(order.Unsupported, "encoding-unsupported", "The body is sent with Content-Encoding %q.", order.Cut(coding)).
			WithHint("Send the body as it is, without Content-Encoding.")
	}
	if r.ContentLength > maxBody {
		return nil, errBodyTooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, errBodyTooLarge()
	}
	if err != nil {
		e := order.Errorf(order.Malformed, "body-unreadable", "The body could not be read to its end.").WithHint("Send the request again; nothing was changed.")
		e.Err = err
		return nil, e
	}
	return body, nil
}

func errBodyTooLarge() error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has more than %d KiB, the most that is taken here.", maxBody>>10).
		WithHint("Send less at once.")
}

// parseAsk reads the JSON of a request.
func parseAsk(body []byte) (ask, error) {
	var a ask
	if !utf8.Valid(body) {
		return a, errJSON("bytes that are no UTF-8")
	}
	if err := checkJSON(body); err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, errJSON("%s", jsonWords(err))
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

// checkJSON refuses what would be read as something else than was meant: a key
// given twice, a list of requests, anything behind the end.
func checkJSON(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) > 0 && first[0] == '[' {
		return errJSON("a list; requests are taken one by one")
	}
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errJSON("something behind the end of the request")
	}
	return nil
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return errJSON("%s", jsonWords(err))
	}
	if depth > maxJSONDepth {
		return order.Errorf(order.Malformed, "json-too-deep", "The JSON is nested deeper than %d levels.", maxJSONDepth)
	}
	switch t {
	case json.Delim('{'):
		return checkMembers(d, depth)
	case json.Delim('['):
		for d.More() {
			if err := checkValue(d, depth+1); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	if err != nil {
		return errJSON("%s", jsonWords(err))
	}
	return nil
}

func checkMembers(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return errJSON("%s", jsonWords(err))
		}
		if seen[name] {
			return order.Errorf(order.Malformed, "json-duplicate-key", "The key %q is given twice in one object.", order.Cut(name))
		}
		seen[name] = true
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return errJSON("%s", jsonWords(err))
	}
	return nil
}

func errJSON(format string, args ...any) error {
	return order.Errorf(order.Malformed, "json-malformed", "The body is not one JSON object with a query: it has "+format+".", args...).
		WithHint(`Send {"query": "…", "variables": {…}}.`)
}

// jsonWords says what the reader of JSON met.
func jsonWords(err error) string {
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		return "a " + wrong.Value + " where " + order.Cut(wrong.Field) + " stands"
	}
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "no end"
	}
	return order.Cut(err.Error())
}

// queryAsk reads a GET.
func queryAsk(r *http.Request) (ask, error) {
	q := r.URL.Query()
	a := ask{Query: q.Get("query"), OperationName: q.Get("operationName")}
	if len(r.URL.RawQuery) > maxBody {
		return a, errBodyTooLarge()
	}
	if text := q.Get("variables"); text != "" {
		if err := checkJSON([]byte(text)); err != nil {
			return a, err
		}
		if err := json.Unmarshal([]byte(text), &a.Variables); err != nil {
			return a, errJSON("%s", jsonWords(err))
		}
	}
	return a, a.check()
}
