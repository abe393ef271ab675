package installer

import "encoding/json"

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
