package xmlread

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/bookgate/bookgate/order"
)

// Errorf returns an error about a position. Its text begins with line and
// column, and its field has them with the path of the open elements.
func (r *Reader) Errorf(at Pos, kind order.Kind, code, format string, args ...any) *order.Error {
	line, column := r.LineColumn(at)
	e := order.Errorf(kind, code, format, args...)
	e = e.WithField(order.Field{Line: line, Column: column, Path: r.path()})
	e.Detail = order.Errorf(kind, code, "Line %d, column %d: ", line, column).Detail + e.Detail
	return e
}

// Limit returns the error of a document beyond a limit at the last token; the
// format continues "The document".
func (r *Reader) Limit(format string, args ...any) *order.Error {
	return r.Errorf(r.start, order.TooLarge, "xml-limit", "The document "+format+".", args...).
		WithHint("Split the %s, or leave out what is not part of it.", r.src.format.Noun)
}

// fail returns an error about the last token.
func (r *Reader) fail(code, format string, args ...any) *order.Error {
	return r.Errorf(r.start, order.Malformed, code, format, args...)
}

// path returns the names of the open elements, for errors of syntax.
func (r *Reader) path() string {
	var b strings.Builder
	for _, t := range r.open {
		b.WriteByte('/')
		b.WriteString(QName(t.name))
	}
	return b.String()
}

// truncated is the error of a document whose bytes end before it does.
func (r *Reader) truncated() error {
	e := r.Errorf(r.End(), order.Malformed, "xml-malformed", "The document ends in the middle.")
	if n := len(r.open); n > 0 {
		e = r.Errorf(r.End(), order.Malformed, "xml-malformed",
			"The document ends in the middle: `<%s>` opened at line %d is not closed.",
			QName(r.open[n-1].name), r.open[n-1].at.Line)
	}
	return e.WithHint("It was cut off on its way. Compare its length with the original and send all of it.")
}

// syntax has an error text and a hint for the beginning of each decoder message.
var syntax = []struct{ begins, means, hint string }{
	{"invalid character entity", "`%s` is not a character reference that XML knows.",
		"Write `&amp;` for an ampersand; only &amp; &lt; &gt; &quot; &apos; and &#…; may be used."},
	{"unquoted or missing attribute value", "An attribute has no value in quotes.", "Write name=\"value\"."},
	{"attribute name without =", "An attribute has no value.", "Write name=\"value\"."},
	{"expected attribute name", "Something stands in this tag that is neither an attribute nor its end.",
		"Write attributes as name=\"value\"."},
	{"unescaped < inside quoted string", "`<` stands inside an attribute value.", "Write `&lt;` for it."},
	{"unescaped ]]>", "`]]>` stands in text outside a CDATA section.", "Write `]]&gt;`."},
	{"expected element name", "`<` stands here without an element name.",
		"Write `&lt;` when the character itself is meant."},
	{"expected /> in element", "`/` stands in this tag without `>` after it.",
		"Write `/>` to close an empty element."},
	{"invalid characters between", "This end tag contains more than a name.", "Write `</Name>`."},
	{"invalid sequence \"--\"", "`--` stands inside a comment.", "Remove one of the hyphens."},
	{"unexpected EOF in CDATA", "A CDATA section is not closed.", "Close it with `]]>`."},
	{"invalid <![", "`<![` stands here, and no CDATA section begins.",
		"Write `<![CDATA[ … ]]>`, or `&lt;` for the character."},
	{"invalid sequence <!-", "`<!-` stands here, and no comment begins.",
		"Write `<!-- … -->`, or `&lt;` for the character."},
	{"illegal character code", "A character stands here that XML does not allow.",
		"Remove control characters from the text."},
	{"invalid XML name", "This name is not valid in XML.",
		"Begin names with an alphabetic character and write them without blanks."},
	{"expected target name", "`<?` stands here, and nothing that may follow it.",
		"Write `&lt;` when the character itself is meant."},
}

// WhiteSpace is what XML counts as white space. Go counts more.
const WhiteSpace = " \t\r\n"

// Invisible reports whether a character has no width: it is copied along from a
// web page, a spreadsheet or right-to-left text. Of Unicode's format characters
// a few are visible: the Arabic and Kaithi signs that enclose numbers.
func Invisible(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r >= 0x600 &&
		r <= 0x605, r == 0x6dd, r == 0x70f, r == 0x890, r == 0x891, r == 0x8e2, r == 0x110bd, r == 0x110cd:
		return false
	case r == 0x34f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0:
		return true // joiners and fillers
	case r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
		return true // variation selectors
	}
	return unicode.Is(unicode.Cf, r)
}

// LooksBlank reports whether a character beyond ASCII looks like a blank, or
// like nothing.
func LooksBlank(r rune) bool {
	return Invisible(r) || r > unicode.MaxASCII && unicode.IsSpace(r) || r == 0x2800 || r >= 0x80 && r < 0xa0
}

// characterNames are those of the most frequent characters that look blank.
var characterNames = map[rune]string{
	0xa0: "no-break space", 0xad: "soft hyphen", 0x61c: "Arabic letter mark",
	0x200b: "zero width space", 0x200c: "zero width non-joiner", 0x200d: "zero width joiner",
	0x200e: "left-to-right mark", 0x200f: "right-to-left mark",
	0x2028: "line separator", 0x2029: "paragraph separator",
	0x202a: "left-to-right embedding", 0x202b: "right-to-left embedding", 0x202c: "pop directional formatting",
	0x202d: "left-to-right override", 0x202e: "right-to-left override", 0x202f: "narrow no-break space",
	0x2060: "word joiner", 0x2066: "left-to-right isolate", 0x2067: "right-to-left isolate",
	0x2068: "first strong isolate", 0x2069: "pop directional isolate", 0xfeff: "byte order mark",
}

// RuneName returns the code point of a character, such as U+00A0, with the name
// of a frequent one that looks blank.
func RuneName(r rune) string {
	if name, ok := characterNames[r]; ok {
		return fmt.Sprintf("%U (%s)", r, name)
	}
	return fmt.Sprintf("%U", r)
}

// Quote returns a text for a message: in quotes, truncated, with everything
// invisible escaped.
func Quote(s string) string { return fmt.Sprintf("%q", order.Truncate(strings.TrimSpace(s))) }
