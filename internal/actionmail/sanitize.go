package actionmail

import (
	"strings"
	"unicode"
)

// maxLine bounds one value of a document in an e-mail, in characters.
const maxLine = 300

// SanitizeLine makes a value of a document fit for a line of an e-mail: nothing in it
// may break the line, turn the reading direction, or hide.
func SanitizeLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxLine {
		return string(runes[:maxLine]) + "…"
	}
	return text
}
