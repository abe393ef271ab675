package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The part of a source line that is shown: enough to recognise the place, and
// short enough for a terminal of eighty columns with the margin.
const (
	shownBefore = 30
	shownWidth  = 72
)

// splitLines divides a document as its findings count lines.
func splitLines(body []byte) [][]byte { return bytes.Split(body, []byte("\n")) }

// byteColumn is a column that counts characters as one that counts bytes.
func byteColumn(lines [][]byte, line, column int) int {
	if line < 1 || line > len(lines) {
		return column
	}
	at := 0
	for range column - 1 {
		_, size := utf8.DecodeRune(lines[line-1][at:])
		at += size
	}
	return 1 + at
}

// printPlace shows a line of the document with a caret under a column, which
// counts bytes from 1.
func printPlace(w io.Writer, lines [][]byte, line, column int) {
	if line < 1 || line > len(lines) || column < 1 {
		return
	}
	source := bytes.TrimSuffix(lines[line-1], []byte("\r"))
	at := min(column-1, len(source))
	text, caret := window(source, at)
	if text == "" {
		return
	}
	fmt.Fprintf(w, "      %s\n      %s^\n", text, strings.Repeat(" ", caret))
}

// window cuts what is shown of a line, and tells how many characters of it
// stand before the place.
func window(source []byte, at int) (string, int) {
	// Only what may be shown is decoded: a line may be the whole document.
	from := max(0, at-4*shownBefore)
	before := readable(source[from:at])
	after := readable(source[at:min(len(source), at+4*shownWidth)])
	indent := 0
	if from == 0 {
		for indent < len(before) && before[indent] == ' ' {
			indent++
		}
	}
	before = before[indent:]
	begin, end := "", ""
	if len(before) > shownBefore {
		before, begin = before[len(before)-shownBefore:], "…"
	}
	if room := shownWidth - len(before); len(after) > room {
		after, end = after[:room], "…"
	}
	return strings.TrimRight(begin+string(before)+string(after)+end, " "), len([]rune(begin)) + len(before)
}

// readable makes characters of bytes that each take one place and do nothing to
// a terminal. Bytes that are no UTF-8 are shown as Western European letters,
// which is what they mostly are.
func readable(b []byte) []rune {
	var out []rune
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			r = rune(b[0])
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		out, b = append(out, r), b[size:]
	}
	return out
}
