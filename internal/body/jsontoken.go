package body

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

func (g *gate) space() {
	for g.at < len(g.src) && strings.IndexByte(" \t\r\n", g.src[g.at]) >= 0 {
		g.at++
	}
}

// peek gives the byte at the present place, 0 at the end.
func (g *gate) peek() byte {
	if g.at < len(g.src) {
		return g.src[g.at]
	}
	return 0
}

// text reads a string with its quotes.
func (g *gate) text() (string, error) {
	begin := g.at
	g.at++
	var out []byte
	for g.at < len(g.src) {
		switch c := g.src[g.at]; {
		case c == '"':
			g.at++
			return string(out), nil
		case c < ' ':
			return "", g.fail(g.at, "a control character (0x%02x) within quotes; write it as an escape", c)
		case c == '\\':
			r, err := g.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
			g.at++
		}
	}
	return "", g.fail(begin, "a quote that is never closed")
}

func (g *gate) escape() (rune, error) {
	begin := g.at
	g.at++
	c := g.peek()
	g.at++
	if i := strings.IndexByte(`"\/bfnrt`, c); c != 0 && i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	if c != 'u' {
		return 0, g.fail(begin, `an escape that JSON does not have; a backslash itself is written \\`)
	}
	r, ok := g.hex()
	if half := g.at; ok && utf16.IsSurrogate(r) {
		if r, ok = g.lowSurrogate(r); !ok && !g.Whole {
			g.at = half
			return utf8.RuneError, nil
		}
	}
	if !ok {
		return 0, g.fail(begin, `a \u escape that stands for no character`)
	}
	return r, nil
}

func (g *gate) lowSurrogate(high rune) (rune, bool) {
	if !bytes.HasPrefix(g.src[min(g.at, len(g.src)):], []byte(`\u`)) {
		return 0, false
	}
	g.at += 2
	low, ok := g.hex()
	r := utf16.DecodeRune(high, low)
	return r, ok && r != utf8.RuneError
}

func (g *gate) hex() (rune, bool) {
	if g.at+4 > len(g.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(g.src[g.at:g.at+4]), 16, 16)
	g.at += 4
	return rune(n), err == nil
}

// number steps over a number; what it means is for its reader.
func (g *gate) number() error {
	begin := g.at
	if g.peek() == '-' {
		g.at++
	}
	leadingZero := g.peek() == '0'
	whole := g.digits()
	ok := whole == 1 || whole > 1 && !leadingZero
	if g.peek() == '.' {
		g.at++
		ok = g.digits() > 0 && ok
	}
	if c := g.peek(); c == 'e' || c == 'E' {
		g.at++
		if c := g.peek(); c == '+' || c == '-' {
			g.at++
		}
		ok = g.digits() > 0 && ok
	}
	switch {
	case !ok && g.Secret:
		return g.fail(begin, "something that begins like a number and is none")
	case !ok:
		return g.fail(begin, "%q, which is no JSON number", order.Cut(string(g.src[begin:g.at])))
	}
	return nil
}

func (g *gate) digits() int {
	begin := g.at
	for c := g.peek(); c >= '0' && c <= '9'; c = g.peek() {
		g.at++
	}
	return g.at - begin
}

// literal steps over true, false and null.
func (g *gate) literal() error {
	word := g.bareWord()
	switch {
	case word == "true" || word == "false" || word == "null":
		g.at += len(word)
		return nil
	case word == "":
		return g.fail(g.at, "%s where a value is wanted", g.seen())
	case g.Secret:
		return g.fail(g.at, "a word without quotes; write it in double quotes")
	}
	return g.fail(g.at, "the word %s without quotes; write %q", order.Cut(word), order.Cut(word))
}

// bareName refuses a name without quotes, as one version of the vendor's own
// pages shows it.
func (g *gate) bareName() error {
	switch word := g.bareWord(); {
	case word != "" && g.Secret:
		return g.fail(g.at, "a name without quotes; write it in double quotes")
	case word != "":
		return g.fail(g.at, "the name %s without quotes; write %q", order.Cut(word), order.Cut(word))
	}
	return g.fail(g.at, "%s where a name in quotes is wanted", g.seen())
}

// bareWord is the run of letters, digits and underscores at the present place.
func (g *gate) bareWord() string {
	rest := g.src[g.at:]
	end := bytes.IndexFunc(rest, func(r rune) bool {
		return !(r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf)
	})
	if end < 0 {
		end = len(rest)
	}
	return string(rest[:end])
}

// seen names what stands at the present place.
func (g *gate) seen() string {
	if g.at >= len(g.src) {
		return "the end of the body"
	}
	r, _ := utf8.DecodeRune(g.src[g.at:])
	return strconv.QuoteRune(r)
}

// fail says what was met, and where.
func (g *gate) fail(at int, format string, args ...any) error {
	return g.refuse(at, "json-malformed", "The JSON cannot be read: there is "+fmt.Sprintf(format, args...))
}

func (g *gate) refuse(at int, code, what string) error {
	line := 1 + bytes.Count(g.src[:at], []byte("\n"))
	column := at - bytes.LastIndexByte(g.src[:at], '\n')
	field := order.Field{Line: line, Column: column}
	if !g.Secret {
		for _, name := range g.path {
			field.Pointer = Pointer(field.Pointer, name)
		}
		field.Value = string(g.src[at:min(len(g.src), at+maxShown)])
	}
	return order.Errorf(order.Malformed, code, "%s (line %d, column %d).", what, line, column).
		WithHint("Send one JSON object, with names and texts in double quotes and no comma before a closing bracket.").
		WithField(field)
}

// maxShown is how much of the body a refusal repeats at most.
const maxShown = 40
