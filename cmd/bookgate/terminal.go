package main

import (
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

// newTextWriter wraps a standard stream.
func newTextWriter(w io.Writer) *textWriter { return &textWriter{w: w} }

func (t *textWriter) Write(b []byte) (int, error) {
	text := append(t.tail, b...)
	whole := len(text)
	for whole > 0 && len(text)-whole < utf8.UTFMax && !utf8.FullRune(text[lastStart(text[:whole]):]) {
		whole = lastStart(text[:whole])
	}
	t.tail = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(t.w, printableText(string(text[:whole]))); err != nil {
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

// printable makes a value fit for a cell or a line: what a terminal would act
// on becomes a blank, line feeds and tabs too, as they would fake other rows.
func printable(s string) string { return harmless(s, "") }

// printableText is printable for text of several lines.
func printableText(s string) string { return harmless(s, "\n\t") }

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

// logWriter writes the entries of a log, in which order numbers and the words of
// receivers stand: people read it in a terminal, programs as JSON.
type logWriter struct {
	w     io.Writer
	clean func(string) string
}

func (l logWriter) Write(b []byte) (int, error) {
	if _, err := io.WriteString(l.w, l.clean(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// actsOnText reports control characters (C0, DEL and C1), formatting
// characters, among them the marks of reading direction (Unicode UAX 9) and
// those without width, and the separators of lines and paragraphs.
func actsOnText(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escapeJSON writes such characters of a JSON document, and marks beyond
// mostMarks, as \u escapes: a program reads the same value, and a terminal does
// not act on it.
func escapeJSON(document string) string {
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
