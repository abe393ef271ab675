package editx

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// content lets text in, where there may be any.
func (g *gate) content(data []byte) error {
	if len(data) > maxText {
		return g.limit("has a text of more than %d bytes", maxText)
	}
	if len(g.open) == 0 {
		// As it is written: no reference and no CDATA section may stand here.
		raw := g.doc.bytes[g.at.offset:g.dec.InputOffset()]
		if text := bytes.TrimLeft(raw, blanks); len(text) > 0 {
			return g.outside(text, int(g.at.offset)+len(raw)-len(text))
		}
	}
	return g.surrogates(bytes.Contains(data, []byte("\ufffd")))
}

// surrogates refuses references to halves of characters. The decoder makes
// U+FFFD of them, so that only where one of those came out the source is
// looked at.
func (g *gate) surrogates(suspect bool) error {
	if !suspect {
		return nil
	}
	rest := g.doc.bytes[g.at.offset:g.dec.InputOffset()]
	for {
		_, after, found := bytes.Cut(rest, []byte("&#"))
		if !found {
			return nil
		}
		number, _, _ := strings.Cut(string(after[:min(len(after), 12)]), ";")
		base := 10
		digits, hex := strings.CutPrefix(number, "x")
		if hex {
			base = 16
		}
		if r, err := strconv.ParseUint(digits, base, 31); err == nil && utf16.IsSurrogate(rune(r)) {
			return g.fail("xml-malformed", "`&#%s;` is half a character, which XML does not allow.", number).
				WithHint("Write the whole character, in UTF-8 or as one reference.")
		}
		rest = after
	}
}

// outside refuses text before or behind the root element, where only XML's own
// white space may stand (XML 1.0, 2.1 and 2.3): a blank, tab, carriage return or
// line feed. Others look like it, so that they are named.
func (g *gate) outside(text []byte, offset int) error {
	place := locate(g.doc.bytes, offset)
	g.at = mark{int32(place.Line), int32(place.Column), int32(offset)}
	seen := quoted(string(text))
	if r, _ := utf8.DecodeRune(text); looksBlank(r) {
		hint := "XML has four blanks: space, tab, carriage return and line feed. Remove the other ones."
		if g.rooted {
			return g.fail("xml-malformed", "%s stands after the end of the document.", runeName(r)).WithHint("%s", hint)
		}
		return g.fail("xml-malformed", "%s stands before the beginning of the document.", runeName(r)).WithHint("%s", hint)
	}
	if g.rooted {
		return g.fail("xml-malformed", "Text stands after the end of the document: %s.", seen)
	}
	e := g.fail("xml-malformed", "The document begins with %s; `<Order version=\"1.3\">` is expected.", seen)
	if text[0] == '{' || text[0] == '[' {
		return e.WithHint("This looks like JSON. Send the order as an EDItX XML document.")
	}
	return e.WithHint("Send the EDItX document alone, with nothing before it.")
}
