package editx

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/bookgate/bookgate/order"
)

// content lets text in, where there may be any.
func (g *gate) content(data []byte) error {
	if len(data) > maxText {
		return g.limit("has a text of more than %d bytes", maxText)
	}
	if len(g.open) == 0 && len(bytes.TrimSpace(data)) > 0 {
		return g.outside(data)
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

func (g *gate) outside(data []byte) error {
	seen := order.Cut(strings.TrimSpace(string(data)))
	if g.rooted {
		return g.fail("xml-malformed", "Text stands after the end of the document: %q.", seen)
	}
	e := g.fail("xml-malformed", "The document begins with %q; `<Order version=\"1.3\">` is expected.", seen)
	if seen[0] == '{' || seen[0] == '[' {
		return e.WithHint("This looks like JSON. Send the order as an EDItX XML document.")
	}
	return e.WithHint("Send the EDItX document alone, with nothing before it.")
}
