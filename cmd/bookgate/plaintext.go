package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
)

// The marks with which some programs begin a text: Windows PowerShell 5 writes
// UTF-16 with > and Out-File, Notepad and newer shells UTF-8 with a mark.
const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

// errNotText is for bytes that are UTF-16 without a mark, or no text at all.
var errNotText = errors.New("it is not text in UTF-8: it has a NUL byte; save it as UTF-8 (PowerShell: -Encoding utf8)")

// plainText returns a text that a person or a shell wrote into a file or a pipe,
// without its byte order mark.
func plainText(written []byte) (string, error) {
	text := string(written)
	switch {
	case strings.HasPrefix(text, markUTF16LE):
		return fromUTF16(written[len(markUTF16LE):], binary.LittleEndian)
	case strings.HasPrefix(text, markUTF16BE):
		return fromUTF16(written[len(markUTF16BE):], binary.BigEndian)
	case bytes.IndexByte(written, 0) >= 0:
		return "", errNotText
	}
	return strings.TrimPrefix(text, markUTF8), nil
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

// firstLine returns the first line of a text, in which secrets stand.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimRight(line, "\r")
}

// readLine reads the first line of in, at most limit bytes. Behind it nothing is
// waited for, for a person may sit there; UTF-16 comes from a pipe, and has no
// line end that a byte shows.
func readLine(in io.Reader, limit int64) (string, error) {
	r := bufio.NewReader(io.LimitReader(in, limit))
	first, err := r.Peek(1)
	var written []byte
	switch {
	case err == nil && (first[0] == markUTF16LE[0] || first[0] == markUTF16BE[0]):
		written, err = io.ReadAll(r)
	case err == nil:
		written, err = r.ReadBytes('\n')
	}
	if err != nil && err != io.EOF {
		return "", err
	}
	text, err := plainText(written)
	return firstLine(text), err
}
