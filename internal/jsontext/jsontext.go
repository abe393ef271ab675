package jsontext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Marshal writes v on one line.
func Marshal(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return plain(text), nil
}

// MarshalIndent writes v over several lines, indented by two blanks per level,
// with a line feed at its end.
func MarshalIndent(v any) ([]byte, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", v, err)
	}
	return append(plain(text), '\n'), nil
}

// plain replaces the escapes of valid JSON that JSON.stringify would not write.
// encoding/json escapes <, > and & for HTML, and two line separators for old
// JavaScript; and it copies a json.RawMessage.
func plain(text []byte) []byte {
	at := bytes.IndexByte(text, '\\')
	if at < 0 {
		return text
	}
	dst := make([]byte, 0, len(text))
	for ; at >= 0; at = bytes.IndexByte(text, '\\') {
		dst = append(dst, text[:at]...)
		var size int
		dst, size = appendPlain(dst, text[at:])
		text = text[at+size:]
	}
	return append(dst, text...)
}

// appendPlain appends what the escape at the beginning of text stands for, and
// returns the length of the escape.
func appendPlain(dst, text []byte) (_ []byte, size int) {
	switch c := text[1]; {
	case c == '/':
		return append(dst, '/'), 2
	case c != 'u':
		return append(dst, '\\', c), 2
	}
	r := unit(text)
	if !utf16.IsSurrogate(r) {
		return AppendRune(dst, r), 6
	}
	if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
		if pair := utf16.DecodeRune(r, unit(text[6:])); pair != utf8.RuneError {
			return utf8.AppendRune(dst, pair), 12
		}
	}
	return appendUnit(dst, r), 6 // half a character, which UTF-8 cannot represent
}

// unit reads \uXXXX.
func unit(text []byte) rune {
	n, _ := strconv.ParseUint(string(text[2:6]), 16, 16) // it is valid JSON
	return rune(n)
}

const hexDigits = "0123456789abcdef"

func appendUnit(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xf], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}

// AppendRune appends a character of a JSON string, escaped if necessary.
func AppendRune(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if r < ' ' {
		return appendUnit(dst, r)
	}
	return utf8.AppendRune(dst, r)
}

// AppendString appends a text as a JSON string. Bytes that are not valid UTF-8
// become U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError && size == 1 {
			dst = AppendRune(append(dst, s[start:i]...), r)
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}
