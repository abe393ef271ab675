package boknett

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
)

// Greatest bodies beside an order document, whose limit is editx.MaxBytes.
const (
	maxForm = 16 << 10 // two names and two secrets, however they are encoded
	maxJSON = 64 << 10 // a comment of 2000 characters, each escaped, four times over
)

// maxDepth bounds nesting; the deepest documented body has two levels.
const maxDepth = 8

// value is a JSON value, with its place.
type value struct {
	kind    string // "object", "list", "string", "number", "boolean" or "null"
	text    string // of a string decoded, of a number as written
	truth   bool   // of a boolean
	members []member
	items   []value // of a list
	pointer string
}

type member struct {
	name  string
	value value
}

// parseObject reads a body that is one JSON object; an empty list passes for an
// empty one. Names that get takes for the same may not stand beside each other.
func parseObject(sent []byte) (v value, err error) {
	return parse(httpjson.JSON{Depth: maxDepth, FoldName: plainName, RejectLoneSurrogates: true, EmptyList: true}, sent)
}

// parseSecrets is parseObject for bodies with passwords and keys, which a
// refusal does not repeat.
func parseSecrets(sent []byte) (value, error) {
	return parse(httpjson.JSON{Depth: maxDepth, FoldName: plainName, RejectLoneSurrogates: true, EmptyList: true, Secret: true}, sent)
}

func parse(form httpjson.JSON, sent []byte) (v value, err error) {
	text, err := form.Object(sent)
	if err != nil {
		return value{}, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := v.read(d); err != nil {
		return value{}, fmt.Errorf("read a JSON object: %w", err)
	}
	return v, nil
}

func (v *value) read(d *json.Decoder) error {
	t, err := d.Token()
	switch t := t.(type) {
	case json.Delim:
		return v.readInside(d, t)
	case string:
		v.kind, v.text = "string", t
	case json.Number:
		v.kind, v.text = "number", t.String()
	case bool:
		v.kind, v.truth = "boolean", t
	default:
		v.kind = "null"
	}
	return err
}

// readInside reads what stands between two brackets; in a list the name of an
// item is its number.
func (v *value) readInside(d *json.Decoder, begin json.Delim) error {
	v.kind = "list"
	if begin == '{' {
		v.kind = "object"
	}
	for d.More() {
		name := strconv.Itoa(len(v.items))
		if begin == '{' {
			t, err := d.Token()
			if err != nil {
				return err
			}
			name, _ = t.(string)
		}
		inner := value{pointer: httpjson.Pointer(v.pointer, name)}
		if err := inner.read(d); err != nil {
			return err
		}
		if begin == '{' {
			v.members = append(v.members, member{name, inner})
		} else {
			v.items = append(v.items, inner)
		}
	}
	_, err := d.Token()
	return err
}

// get gives a member by its name in any letter case, for versions of the API
// differ in it. null counts as absent.
func (v value) get(name string) (value, bool) {
	for _, m := range v.members {
		if plainName(m.name) == plainName(name) && m.value.kind != "null" {
			return m.value, true
		}
	}
	return value{}, false
}

// isNull reports whether a member is there and null, where that is not the same
// as being left out.
func (v value) isNull(name string) bool {
	for _, m := range v.members {
		if plainName(m.name) == plainName(name) {
			return m.value.kind == "null"
		}
	}
	return false
}

// others lists the members that have none of the names.
func (v value) others(names ...string) []string {
	var rest []string
next:
	for _, m := range v.members {
		for _, name := range names {
			if plainName(m.name) == plainName(name) {
				continue next
			}
		}
		rest = append(rest, m.name)
	}
	return rest
}

// textOf returns a member that is a text, or a number under the name that its
// value has; "" when it is absent or something else.
func (v value) textOf(name string) string {
	m, _ := v.get(name)
	return m.name()
}

// number returns a number by its value; ok is false for everything else, and for
// digits in quotes.
func (v value) number() (n httpjson.Number, ok bool) {
	if v.kind != "number" {
		return httpjson.Number{}, false
	}
	return httpjson.ParseNumber(v.text)
}

// maxNameDigits is longer than every number of the trade.
const maxNameDigits = 70

// name returns a text, or a number as it is called: 9.788202337926E12 is
// 9788202337926. One of more digits than a name has stays as it was written.
func (v value) name() string {
	if n, ok := v.number(); ok {
		if plain, ok := n.Plain(maxNameDigits); ok {
			return plain
		}
	}
	return v.text
}

// isObject reports whether a value is an object, or an empty list, which passes
// for one; see [httpjson.IsEmpty].
func (v value) isObject() bool { return v.kind == "object" || v.kind == "list" && len(v.items) == 0 }

// isList reports whether a value is a list, or an empty object, which passes for
// one.
func (v value) isList() bool { return v.kind == "list" || v.kind == "object" && len(v.members) == 0 }

// plainName is what counts of a member's name: neither letter case nor the
// underscores in which valid_from and validFrom differ, for the legacy
// documents spell it the one way and those under /v2 the other.
func plainName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}
