package order

import (
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Attributes are what an order's own dialect keeps of it beside the model, by name:
// a word for where the order stands, the number of a device, a time. The core
// carries them and reads none, and no other dialect shows them.
type Attributes map[string]string

// AttrState names the attribute that holds where an order stands in the words of its
// dialect. By this name erasing knows it and leaves it.
const AttrState = "state"

// Set returns the attributes with one set, or taken out when value is empty. The
// attributes that it is asked of stay as they are.
func (f Attributes) Set(name, value string) Attributes {
	out := maps.Clone(f)
	if out == nil {
		out = Attributes{}
	}
	if out[name] = value; value == "" {
		delete(out, name)
	}
	return out
}

// redacted keeps what says nothing of a person: the word for the state, and times.
func (f Attributes) redacted() Attributes {
	var left Attributes
	for name, value := range f {
		if _, err := time.Parse(time.RFC3339, value); err == nil || name == AttrState && isWord(value) {
			left = left.Set(name, value)
		}
	}
	return left
}

// isWord reports whether s is one word, as a state is written.
func isWord(s string) bool {
	return len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	})
}

// Bounds of the attributes that a receiver adds to an answer: a handful of numbers
// and addresses.
const (
	maxAttributes = 20
	maxAttribute  = 2000 // bytes, the longest address that browsers take
)

// check refuses attributes that could not be stored or shown.
func (f Attributes) check() error {
	if len(f) > maxAttributes {
		return Errorf(Invalid, "attributes-invalid", "There are %d attributes, and at most %d are taken.", len(f), maxAttributes)
	}
	for name, value := range f {
		if !plainToken(name) {
			return Errorf(Invalid, "attributes-invalid", "%q cannot name an attribute.", Truncate(name)).
				WithHint("Use 1 to %d letters, digits, dots, dashes or underscores, for example deviceId.", maxToken)
		}
		if len(value) > maxAttribute || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return Errorf(Invalid, "attributes-invalid", "The attribute %s is longer than %d bytes or has a character that is not text.", name, maxAttribute)
		}
	}
	return nil
}
