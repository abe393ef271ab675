package editx

import (
	"strings"
	"unicode"

	"github.com/bookgate/bookgate/internal/xmlread"
)

// Characters without width ride along when a number is copied from a web page, a
// spreadsheet or a document written from right to left. In a number they are
// never meant: nobody sees them, and with them a number is another one.

// firstNonASCII names the first character beyond ASCII, "" when there is none: it may
// look like another, or like nothing.
func firstNonASCII(s string) string {
	for _, r := range s {
		if r > unicode.MaxASCII {
			return xmlread.RuneName(r)
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
		if w, ok := xmlread.ControlAsWindows1252(b); ok {
			return warn("invisible", "%s is a control character and shows nothing; it was kept. In windows-1252 it is %c: if that is meant, write %U.", xmlread.RuneName(rune(b)), w, w)
		}
		rest = rest[i+2:]
	}
}

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
		if n := xmlread.RuneName(r); len(found) < maxNamed && !strings.Contains(strings.Join(found, " "), n) {
			found = append(found, n)
		}
	}
	trimmed := strings.Trim(s, xmlread.WhiteSpace)
	clean := strings.Map(func(r rune) rune {
		at++
		switch {
		case xmlread.Invisible(r):
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
	return strings.Trim(clean, xmlread.WhiteSpace), warn("invisible", "%s stands in the value, the first as its character %d; it cannot be seen, and was left out or read as a blank. Write %s.",
		strings.Join(found, ", "), place, xmlread.Quote(strings.Trim(clean, xmlread.WhiteSpace)))
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
