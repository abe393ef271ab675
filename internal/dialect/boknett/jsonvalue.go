package boknett

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/body"
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

// parseObject reads a body that is one JSON object. Names that get takes for the
// same may not stand beside each other.
func parseObject(sent []byte) (v value, err error) {
	text, err := body.JSON{Depth: maxDepth, Same: plainName, Whole: true}.Object(sent)
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
		inner := value{pointer: body.Pointer(v.pointer, name)}
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

// textOf gives a member that is a text, "" when it is absent or something else.
func (v value) textOf(name string) string {
	m, _ := v.get(name)
	return m.text
}

// plainName is what counts of a member's name: neither letter case nor the
// underscores in which valid_from and validFrom differ, for the legacy
// documents spell it the one way and those under /v2 the other.
func plainName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}
