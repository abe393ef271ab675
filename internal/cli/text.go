package cli

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// textWriter writes text for people. What others wrote may stand in it, so
// every character that a terminal would act on, or that hides or turns the
// text beside it, becomes a blank; line feeds and tabs stay.
type textWriter struct {
	w    io.Writer
	tail []byte // the beginning of a character whose end has not come yet
}

// NewTextWriter makes what is written to a standard stream harmless to a terminal.
func NewTextWriter(w io.Writer) io.Writer { return &textWriter{w: w} }

func (t *textWriter) Write(b []byte) (int, error) {
	text := append(t.tail, b...)
	whole := len(text)
	for whole > 0 && len(text)-whole < utf8.UTFMax && !utf8.FullRune(text[lastStart(text[:whole]):]) {
		whole = lastStart(text[:whole])
	}
	t.tail = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(t.w, PrintableText(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// lastStart is where the last character of b begins.
func lastStart(b []byte) int {
	i := len(b) - 1
	for i > 0 && len(b)-i < utf8.UTFMax && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}

// Printable makes a value fit for a cell or a line: what a terminal would act
// on becomes a blank, line feeds and tabs too, as they would fake other rows.
func Printable(s string) string { return harmless(s, "") }

// PrintableText is Printable for text of several lines.
func PrintableText(s string) string { return harmless(s, "\n\t") }

// mostMarks is how many combining marks a terminal shows on one character. No
// script in use has as many; a hundred of them cover the lines around.
const mostMarks = 8

func isMark(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Me) }

// harmless makes a blank of each character that a terminal would act on, but for
// those to be left, and leaves out marks beyond mostMarks.
func harmless(s, left string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if marks++; !isMark(r) {
			marks = 0
		}
		if marks > mostMarks {
			return -1
		}
		if actsOnText(r) && !strings.ContainsRune(left, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// actsOnText reports control characters (C0, DEL and C1), formatting
// characters, among them the marks of reading direction (Unicode UAX 9) and
// those without width, and the separators of lines and paragraphs.
func actsOnText(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// EscapeJSON writes such characters of a JSON document, and marks beyond
// mostMarks, as \u escapes: a program reads the same value, and a terminal does
// not act on it.
func EscapeJSON(document string) string {
	if strings.IndexFunc(document, func(r rune) bool { return escapes(r) || isMark(r) }) < 0 {
		return document
	}
	var b strings.Builder
	marks := 0
	for _, r := range document {
		if marks++; !isMark(r) {
			marks = 0
		}
		if !escapes(r) && marks <= mostMarks {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func escapes(r rune) bool { return r != '\n' && r != '\t' && actsOnText(r) }

// The marks with which some programs begin a text: Windows PowerShell 5 writes
// UTF-16 with > and Out-File, Notepad and newer shells UTF-8 with a mark.
const (
	MarkUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

// errNotText is for bytes that are UTF-16 without a mark, or no text at all.
var errNotText = errors.New("it is not text in UTF-8: it has a NUL byte; save it as UTF-8 (PowerShell: -Encoding utf8)")

// PlainText returns a text that a person or a shell wrote into a file or a pipe,
// without its byte order mark.
func PlainText(written []byte) (string, error) {
	text := string(written)
	switch {
	case strings.HasPrefix(text, markUTF16LE):
		return fromUTF16(written[len(markUTF16LE):], binary.LittleEndian)
	case strings.HasPrefix(text, markUTF16BE):
		return fromUTF16(written[len(markUTF16BE):], binary.BigEndian)
	case bytes.IndexByte(written, 0) >= 0:
		return "", errNotText
	}
	return strings.TrimPrefix(text, MarkUTF8), nil
}

func fromUTF16(b []byte, order binary.ByteOrder) (string, error) {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	text := string(utf16.Decode(units))
	if len(b)%2 != 0 || strings.ContainsAny(text, "\x00\ufffd") {
		return "", errors.New("it begins like UTF-16 and is not: save it as UTF-8")
	}
	return text, nil
}

// FirstLine returns the first line of a text, in which secrets stand.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(line, "\r")
}
