package httpjson

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unseen returns the first character without width of a text as its code point,
// such as U+200B, or "". It comes with what is copied from a page, and makes
// another number of one that looks the same.
func Unseen(s string) string {
	at := strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) })
	if at < 0 {
		return ""
	}
	r, _ := utf8.DecodeRuneInString(s[at:])
	return fmt.Sprintf("%U", r)
}
