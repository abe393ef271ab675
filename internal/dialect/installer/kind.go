package installer

import (
	"encoding/json"

	"github.com/bookgate/bookgate/internal/httpjson"
)

// kind is what a JSON value is.
type kind byte

const (
	kindObject kind = '{'
	kindList   kind = '['
	kindText   kind = '"'
	kindTruth  kind = 't'
	kindNull   kind = 'n'
	kindNumber kind = '0'
)

func kindOf(raw json.RawMessage) kind {
	switch c := raw[0]; c {
	case '{', '[', '"', 't', 'n':
		return kind(c)
	case 'f':
		return kindTruth
	}
	return kindNumber
}

// meant returns an empty object for an empty list where an object is wanted, and
// an empty list for an empty object; see [httpjson.IsEmpty].
func meant(raw json.RawMessage, wanted kind) json.RawMessage {
	switch {
	case raw == nil || !httpjson.IsEmpty(raw):
		return raw
	case wanted == kindObject:
		return json.RawMessage("{}")
	case wanted == kindList:
		return json.RawMessage("[]")
	}
	return raw
}

func (k kind) words() string {
	switch k {
	case kindObject:
		return "an object"
	case kindList:
		return "a list"
	case kindText:
		return "a text"
	case kindTruth:
		return "true or false"
	case kindNull:
		return "null"
	}
	return "a number"
}
