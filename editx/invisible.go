package editx

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/order"
)

// Characters without width ride along when a number is copied from a web page, a
// spreadsheet or a document written from right to left. In a number they are
// never meant: nobody sees them, and with them a number is another one.

// invisible reports whether a character shows nothing and divides nothing. Of
// Unicode's format characters a few are seen: the Arabic and Kaithi signs that
// enclose numbers.
func invisible(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r >= 0x600 && r <= 0x605, r == 0x6dd, r == 0x70f, r == 0x890, r == 0x891, r == 0x8e2, r == 0x110bd, r == 0x110cd:
		return false
	case r == 0x34f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0:
		return true // joiners and fillers
	case r >= 0x180b && r <= 0x180f, r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
		return true // selectors of a variant
	}
	return unicode.Is(unicode.Cf, r)
}

// looksBlank reports whether a character cannot be told from a blank, or from
// nothing, on the screen.
func looksBlank(r rune) bool {
	return invisible(r) || r > unicode.MaxASCII && unicode.IsSpace(r) || r == 0x2800 || r >= 0x80 && r < 0xa0
}

// characterNames are those that are met most.
var characterNames = map[rune]string{
	0xa0: "no-break space", 0xad: "soft hyphen", 0x61c: "Arabic letter mark", 0x200b: "zero width space", 0x200c: "zero width non-joiner",
	0x200d: "zero width joiner", 0x200e: "left-to-right mark", 0x200f: "right-to-left mark", 0x2028: "line separator", 0x2029: "paragraph separator",
	0x202a: "left-to-right embedding", 0x202b: "right-to-left embedding", 0x202c: "pop directional formatting", 0x202d: "left-to-right override",
	0x202e: "right-to-left override", 0x202f: "narrow no-break space", 0x2060: "word joiner", 0x2066: "left-to-right isolate",
	0x2067: "right-to-left isolate", 0x2068: "first strong isolate", 0x2069: "pop directional isolate", 0xfeff: "byte order mark",
}

// runeName writes a character that cannot be seen.
func runeName(r rune) string {
	if name, ok := characterNames[r]; ok {
		return fmt.Sprintf("%U (%s)", r, name)
	}
	return fmt.Sprintf("%U", r)
}

// firstNonASCII names the first character beyond ASCII, "" when there is none: it may
// look like another, or like nothing.
func firstNonASCII(s string) string {
	for _, r := range s {
		if r > unicode.MaxASCII {
			return runeName(r)
		}
	}
	return ""
}

// controls warns of characters that text has where bytes of windows-1252 were
// written as if they were of Unicode: &#150; or U+0096 for a dash. What is meant
// can be guessed, and text is not changed on a guess.
func controls(s string) note {
	for rest := s; ; {
		i := strings.IndexByte(rest, 0xc2) // how all of them begin in UTF-8
		if i < 0 || i+1 == len(rest) {
			return note{}
		}
		b := rest[i+1]
		if w := charmap.Windows1252.DecodeByte(b); b < 0xa0 && w != '\ufffd' {
			return warn("invisible", "%s is a control character and shows nothing; it was kept. In windows-1252 it is %c: if that is meant, write %U.", runeName(rune(b)), w, w)
		}
		rest = rest[i+2:]
	}
}

// quoted writes a text for a message, cut short, without anything unseen.
func quoted(s string) string { return fmt.Sprintf("%q", order.Cut(strings.TrimSpace(s))) }

// cleaned is a number or code without what cannot be seen in it: characters
// without width anywhere, and around it the blanks that are none of XML's. A
// no-break space inside is the blank as which it is seen. The note is empty when
// there was nothing of the kind.
func cleaned(s string) (string, note) {
	if isPlain(s) {
		return s, note{}
	}
	var found []string
	at, place := 0, 0
	note1 := func(r rune) {
		if len(found) == 0 {
			place = at
		}
		if n := runeName(r); len(found) < maxNamed && !strings.Contains(strings.Join(found, " "), n) {
			found = append(found, n)
		}
	}
	trimmed := strings.Trim(s, blanks)
	clean := strings.Map(func(r rune) rune {
		at++
		switch {
		case invisible(r):
			note1(r)
			return -1
		case r > unicode.MaxASCII && unicode.IsSpace(r):
			note1(r)
			return ' '
		}
		return r
	}, trimmed)
	if len(found) == 0 {
		return s, note{}
	}
	return strings.Trim(clean, blanks), warn("invisible", "%s stands in the value, the first as its character %d; it cannot be seen, and was left out or read as a blank. Write %s.",
		strings.Join(found, ", "), place, quoted(strings.Trim(clean, blanks)))
}

// maxNamed bounds the characters that one finding names: more come only of a
// text that is no number at all.
const maxNamed = 4

// plainDashes writes the dashes and the minus sign that office programs and
// formatters of numbers put for a hyphen as one; they look alike.
func plainDashes(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isDash(r) {
			return '-'
		}
		return r
	}, s)
}

func isDash(r rune) bool { return unicode.Is(unicode.Pd, r) || r == '\u2212' }

// isPlain reports whether a text is ASCII throughout, as numbers and codes are.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}
