package editx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// mark16 is what the first bytes say of the encoding: a byte order mark, or the
// NUL beside the first character of UTF-16.
type mark16 struct {
	name  string
	size  int              // of the mark, in bytes
	order binary.ByteOrder // of UTF-16; nil for all that has ASCII in single bytes
}

// markOf looks at the first bytes (XML 1.0, appendix F). A document begins with
// a tag or a blank, so that a NUL in its first two bytes is half of a character.
// What is of neither kind is refused by its name.
func markOf(body []byte) (mark16, error) {
	begins := func(b ...byte) bool { return bytes.HasPrefix(body, b) }
	first := func(b byte) bool { return b == '<' || b == ' ' || b == '\t' || b == '\r' || b == '\n' }
	switch {
	case begins(0xef, 0xbb, 0xbf):
		return mark16{"UTF-8", 3, nil}, nil
	case begins(0, 0, 0xfe, 0xff), begins(0xff, 0xfe, 0, 0), begins(0, 0, 0, '<'), begins('<', 0, 0, 0):
		return mark16{}, errWide("UTF-32")
	case begins(0xfe, 0xff):
		return mark16{"UTF-16BE", 2, binary.BigEndian}, nil
	case begins(0xff, 0xfe):
		return mark16{"UTF-16LE", 2, binary.LittleEndian}, nil
	case begins(0x4c, 0x6f, 0xa7, 0x94):
		return mark16{}, errWide("EBCDIC")
	case len(body) >= 4 && body[0] == 0 && body[2] == 0 && first(body[1]):
		return mark16{"UTF-16BE", 0, binary.BigEndian}, nil
	case len(body) >= 4 && body[1] == 0 && body[3] == 0 && first(body[0]):
		return mark16{"UTF-16LE", 0, binary.LittleEndian}, nil
	}
	return mark16{}, nil
}

func errWide(name string) error {
	return order.Errorf(order.Malformed, "xml-encoding", "The document is in %s, which is not read here.", name).
		WithHint(encodingsRead)
}

// fromUTF16 reads UTF-16. Half a character is refused, never replaced.
func fromUTF16(body []byte, m mark16) ([]byte, error) {
	size := 0
	for i := 0; i+1 < len(body); i += 2 {
		switch r := rune(m.order.Uint16(body[i:])); {
		case r < 0x80:
			size++
		case r < 0x800 || utf16.IsSurrogate(r): // two of the latter make four bytes
			size += 2
		default:
			size += 3
		}
	}
	if size > MaxBytes {
		return nil, tooLarge(size, " as UTF-8")
	}
	out := make([]byte, 0, size)
	for i := 0; i+1 < len(body); i += 2 {
		r := rune(m.order.Uint16(body[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+3 < len(body) {
				low = rune(m.order.Uint16(body[i+2:]))
			}
			pair := utf16.DecodeRune(r, low)
			if pair == utf8.RuneError {
				return nil, notUTF16(out, "0x%04X (offset %d) is half a character", r, i+m.size)
			}
			r, i = pair, i+2
		}
		out = appendRune(out, r)
	}
	if len(body)%2 != 0 {
		return nil, notUTF16(out, "0x%02X (offset %d) is half of two bytes", rune(body[len(body)-1]), len(body)-1+m.size)
	}
	return out, nil
}

func notUTF16(before []byte, format string, what rune, at int) error {
	place := source{bytes: before, recoded: true}.locate(len(before))
	return order.Errorf(order.Malformed, "xml-encoding", "Line %d, column %d: the document is UTF-16, and %s.",
		place.Line, place.Column, fmt.Sprintf(format, what, at)).
		WithHint("It was cut off or changed on its way. Compare its length with the original and send all of it, best as UTF-8.").
		WithField(place)
}
