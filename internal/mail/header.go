package mail

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// Bounds of a header's lines.
const (
	lineLength  = 76  // of one with encoded words (RFC 2047, 2)
	wordLength  = 75  // of an encoded word
	tokenLength = 200 // a longer word without a blank is encoded, and so can be folded
)

// encodeText writes an unstructured header such as a subject, folded. used is
// how much of the first line its name takes.
func encodeText(text string, used int) string {
	if ascii(text) && !strings.Contains(text, "=?") && longest(text) <= tokenLength {
		return fold(text, used)
	}
	return encodeWords(text, used)
}

func longest(text string) (n int) {
	for token := range strings.SplitSeq(text, " ") {
		n = max(n, len(token))
	}
	return n
}

// fold breaks plain text at blanks. The first word stays in the first line, for
// readers show an empty one as a blank, and no line is blank.
func fold(text string, used int) string {
	var b strings.Builder
	for i, token := range strings.Split(text, " ") {
		switch {
		case i == 0:
		case token != "" && used+1+len(token) > lineLength:
			b.WriteString("\r\n ")
			used = 1
		default:
			b.WriteByte(' ')
			used++
		}
		b.WriteString(token)
		used += len(token)
	}
	return b.String()
}

// encodeWords writes text as encoded words (RFC 2047), each in a line of its own
// and none with half a character.
func encodeWords(text string, used int) string {
	const begin, end = "=?UTF-8?Q?", "?="
	var b, word strings.Builder
	room := min(wordLength, lineLength-used) - len(begin+end)
	flush := func() {
		if b.Len() > 0 {
			b.WriteString("\r\n ")
		}
		b.WriteString(begin + word.String() + end)
		word.Reset()
		room = wordLength - len(begin+end)
	}
	for _, c := range strings.ToValidUTF8(text, "\uFFFD") {
		encoded := encodeRune(c)
		if word.Len() > 0 && word.Len()+len(encoded) > room {
			flush()
		}
		word.WriteString(encoded)
	}
	flush()
	return b.String()
}

// encodeRune writes one character of an encoded word, as it may stand in a name
// too (RFC 2047, 5).
func encodeRune(c rune) string {
	switch {
	case c == ' ':
		return "_"
	case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c < utf8.RuneSelf && strings.ContainsRune("!*+-/", c):
		return string(c)
	}
	var b strings.Builder
	for _, octet := range []byte(string(c)) {
		fmt.Fprintf(&b, "=%02X", octet)
	}
	return b.String()
}

// formatMailbox writes an address with its name.
func formatMailbox(a *mail.Address, used int) string {
	if a.Name == "" {
		return "<" + a.Address + ">"
	}
	name := ""
	if ascii(a.Name) && len(a.Name) <= tokenLength {
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(a.Name) + `"`
	} else {
		name = encodeWords(a.Name, used)
	}
	if strings.Contains(name, "\r\n") || used+len(name)+len(a.Address)+3 > lineLength {
		return name + "\r\n <" + a.Address + ">"
	}
	return name + " <" + a.Address + ">"
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
