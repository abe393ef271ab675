package installer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// maxDepth is how deep JSON may be nested: a description of lists in lists, five
// deep, has half of it.
const maxDepth = 64

// object is a JSON object with its members as they were written, by their exact
// names: encoding/json would take EMAIL for email.
type object map[string]json.RawMessage

// byteOrderMark stands before what some Windows programs write. It means
// nothing.
const byteOrderMark = "\xef\xbb\xbf"

// parseObject reads a body that is one JSON object. What encoding/json lets pass
// and could make an order say what nobody meant is refused: a name that stands
// twice, broken text, something behind the end.
func parseObject(body []byte) (object, error) {
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errJSON(body, 0, "it is empty")
	}
	if bad := invalidUTF8(body); bad >= 0 {
		return nil, errJSON(body, bad, "there is a byte that is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	var whole json.RawMessage
	if err := d.Decode(&whole); err != nil {
		return nil, errSyntax(body, err)
	}
	if end := int(d.InputOffset()); len(bytes.TrimSpace(body[end:])) > 0 {
		return nil, errJSON(body, end+len(body[end:])-len(bytes.TrimLeft(body[end:], " \t\r\n")), "there is something behind the end of the object")
	}
	if kindOf(whole) != kindObject {
		return nil, errJSON(body, len(body)-len(bytes.TrimLeft(body, " \t\r\n")), "it begins with "+kindOf(whole).words()+", and an order is an object")
	}
	if err := checkNames(whole); err != nil {
		return nil, err
	}
	var o object
	err := json.Unmarshal(whole, &o)
	return o, err
}

func invalidUTF8(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// errSyntax names the place in which JSON ends to be JSON.
func errSyntax(body []byte, err error) error {
	syntax := new(json.SyntaxError)
	if !errors.As(err, &syntax) || syntax.Offset < 1 || int(syntax.Offset) > len(body) {
		return errJSON(body, len(body), "it ends before the object does")
	}
	at := int(syntax.Offset) - 1
	r, _ := utf8.DecodeRune(body[at:])
	return errJSON(body, at, "there is "+quoted(r)+" where JSON has something else")
}

func quoted(r rune) string {
	switch r {
	case '\n', '\r':
		return "a line break"
	case '\t':
		return "a tab"
	}
	return "`" + order.Cut(string(r)) + "`"
}

// errJSON says what was met, and where.
func errJSON(body []byte, at int, what string) error {
	at = min(at, len(body))
	line := 1 + bytes.Count(body[:at], []byte("\n"))
	column := at - bytes.LastIndexByte(body[:at], '\n')
	return order.Errorf(order.Malformed, "json-malformed", "The body cannot be read as JSON: %s (line %d, column %d).", what, line, column).
		WithHint("Send one object; JSON has a comma between two members and none behind the last, quotes around every text, and no comments.")
}

// checkNames walks through JSON that is good as such, and refuses a name that
// stands twice in one object, and what is nested too deep.
func checkNames(whole []byte) error {
	d := json.NewDecoder(bytes.NewReader(whole))
	d.UseNumber() // a number may be longer than any of Go's
	return checkValue(d, 0)
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	delim, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	if depth == maxDepth {
		return order.Errorf(order.Malformed, "json-too-deep", "The JSON is nested deeper than %d levels.", maxDepth).WithHint("Send the documented object.")
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			if err := checkName(d, seen); err != nil {
				return err
			}
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	if _, err = d.Token(); err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func checkName(d *json.Decoder, seen map[string]bool) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	if seen[name] {
		return order.Errorf(order.Malformed, "json-duplicate-key", "The name %q stands twice in one object.", order.Cut(name)).
			WithHint("Send each name once.")
	}
	seen[name] = true
	return nil
}
