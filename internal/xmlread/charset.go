package xmlread

import (
	"regexp"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"

	"github.com/bookgate/bookgate/order"
)

// charsetKind is how an encoding is converted.
type charsetKind int

const (
	unknownCharset charsetKind = iota
	utf8Charset
	utf16Charset
	asciiCharset
	singleByte
)

// charset is an encoding by the name that the sender used.
type charset struct {
	kind    charsetKind
	name    string           // of the IANA list, or as written of an unknown one
	order   string           // of UTF-16: LE, BE, or "" for either
	table   *charmap.Charmap // of a single-byte encoding
	windows *charmap.Charmap // of ISO-8859: how bytes 0x80 to 0x9F are read
}

// latin1 is the encoding of most documents that are neither UTF-8 nor labelled.
var latin1 = charmap.ISO8859_1

// singles are the single-byte encodings of office software in Europe. ISO-8859
// has control characters at 0x80 to 0x9F, which no document uses: Windows
// software that labels its text as ISO-8859 means the corresponding Windows
// encoding. Latin 3, 4, 6, 8 and 10 have none; quotes, dashes and the euro are
// at the same bytes in all of them.
var singles = []charset{
	{name: "ISO-8859-1", table: charmap.ISO8859_1, windows: charmap.Windows1252},
	{name: "ISO-8859-2", table: charmap.ISO8859_2, windows: charmap.Windows1250},
	{name: "ISO-8859-3", table: charmap.ISO8859_3, windows: charmap.Windows1252},
	{name: "ISO-8859-4", table: charmap.ISO8859_4, windows: charmap.Windows1252},
	{name: "ISO-8859-5", table: charmap.ISO8859_5, windows: charmap.Windows1251},
	{name: "ISO-8859-6", table: charmap.ISO8859_6, windows: charmap.Windows1256},
	{name: "ISO-8859-7", table: charmap.ISO8859_7, windows: charmap.Windows1253},
	{name: "ISO-8859-8", table: charmap.ISO8859_8, windows: charmap.Windows1255},
	{name: "ISO-8859-9", table: charmap.ISO8859_9, windows: charmap.Windows1254},
	{name: "ISO-8859-10", table: charmap.ISO8859_10, windows: charmap.Windows1252},
	{name: "ISO-8859-13", table: charmap.ISO8859_13, windows: charmap.Windows1257},
	{name: "ISO-8859-14", table: charmap.ISO8859_14, windows: charmap.Windows1252},
	{name: "ISO-8859-15", table: charmap.ISO8859_15, windows: charmap.Windows1252},
	{name: "ISO-8859-16", table: charmap.ISO8859_16, windows: charmap.Windows1252},
	{name: "windows-874", table: charmap.Windows874},
	{name: "windows-1250", table: charmap.Windows1250},
	{name: "windows-1251", table: charmap.Windows1251},
	{name: "windows-1252", table: charmap.Windows1252},
	{name: "windows-1253", table: charmap.Windows1253},
	{name: "windows-1254", table: charmap.Windows1254},
	{name: "windows-1255", table: charmap.Windows1255},
	{name: "windows-1256", table: charmap.Windows1256},
	{name: "windows-1257", table: charmap.Windows1257},
	{name: "windows-1258", table: charmap.Windows1258},
}

// Spellings that are not on the list and are in use.
var (
	isoSpelling     = regexp.MustCompile(`^(?:iso)?[-_ ]?8859[-_ ]?([0-9]{1,2})(?:-[ei])?$`)
	windowsSpelling = regexp.MustCompile(`^(?:x-)?(?:windows|win|cp|ms|ansi)?[-_ ]?(125[0-8]|874)$`)
	latinSpelling   = regexp.MustCompile(`^(?:iso-)?latin[-_ ]?([0-9]{1,2})$`)
	utf16Spelling   = regexp.MustCompile(`^(?:x-)?utf[-_ ]?16[-_ ]?(le|be|)(?:[-_]bom)?$`)
)

// latins maps the number of a Latin alphabet to the part of ISO-8859.
var latins = map[string]string{
	"1": "1", "2": "2", "3": "3", "4": "4", "5": "9", "6": "10", "7": "13", "8": "14", "9": "15", "10": "16", "0": "15",
}

// charsetOf returns the encoding with a name or alias of the IANA list, or with a
// usual misspelling of one.
func charsetOf(written string) charset {
	name := strings.ToLower(strings.TrimSpace(written))
	switch name {
	case "utf-8", "utf8", "csutf8", "utf_8", "utf-8-bom", "utf-8-sig",
		"unicode-1-1-utf-8", "x-unicode20utf8", "unicode11utf8", "unicode20utf8":
		return charset{kind: utf8Charset, name: "UTF-8"}
	case "utf-16", "csutf16", "csutf16le", "csutf16be", "ucs-2", "ucs2", "iso-10646-ucs-2",
		"csunicode", "unicode", "unicodefeff", "unicodefffe":
		return charset{kind: utf16Charset, name: "UTF-16"}
	case "us-ascii", "ascii", "us", "csascii", "iso646-us", "iso_646.irv:1991", "iso-ir-6",
		"ansi_x3.4-1968", "ansi_x3.4-1986", "ibm367", "cp367":
		return charset{kind: asciiCharset, name: "US-ASCII"}
	}
	if m := utf16Spelling.FindStringSubmatch(name); m != nil {
		order := strings.ToUpper(m[1])
		return charset{kind: utf16Charset, name: "UTF-16" + order, order: order}
	}
	if m := isoSpelling.FindStringSubmatch(name); m != nil {
		name = "iso-8859-" + m[1]
	} else if m := latinSpelling.FindStringSubmatch(name); m != nil {
		name = "iso-8859-" + latins[m[1]]
	} else if m := windowsSpelling.FindStringSubmatch(name); m != nil {
		name = "windows-" + m[1]
	}
	if name == "iso-8859-11" || name == "tis-620" {
		name = "windows-874" // a superset
	}
	found, _ := ianaindex.IANA.Encoding(name)
	if table, ok := found.(*charmap.Charmap); ok {
		for _, s := range singles {
			if table == s.table {
				s.kind = singleByte
				return s
			}
		}
	}
	return charset{name: written}
}

// read converts a text in a single-byte encoding to UTF-8.
func (c charset) read(body []byte, f *Format) (Source, error) {
	size := len(body)
	for _, b := range body {
		if b >= 0x80 {
			size++ // most take two bytes; only the euro and the dashes take three
		}
	}
	if size > MaxBytes {
		return Source{}, f.tooLarge(size, " as UTF-8")
	}
	text := Source{Bytes: make([]byte, 0, size+size/16), Recoded: true, format: f}
	borrowed := -1 // the first byte read as the Windows encoding
	for i, b := range body {
		r := rune(b)
		if b >= 0x80 {
			r = c.table.DecodeByte(b)
		}
		if b >= 0x80 && b <= 0x9f && c.windows != nil {
			if w := c.windows.DecodeByte(b); w != '\ufffd' && w > 0x9f {
				r = w
				if borrowed < 0 {
					borrowed = i
				}
			}
		}
		if r == '\ufffd' {
			place := locate(body, i)
			return Source{}, order.Errorf(order.Malformed, "xml-encoding",
				"Line %d, column %d: byte 0x%02X (offset %d) is not a character of %s.",
				place.Line, place.Column, b, i, c.name).
				WithHint("Declare the encoding that is sent, best UTF-8.").WithField(place)
		}
		text.Bytes = appendRune(text.Bytes, r)
	}
	if borrowed >= 0 {
		place := locate(body, borrowed)
		near := c.windowsName()
		text.warn(false, "The document is said to be %s, and byte 0x%02X at line %d, column %d is a character of %s; "+
			"bytes 0x80 to 0x9F were read as %s. Declare %s, or send UTF-8.",
			c.name, body[borrowed], place.Line, place.Column, near, near, near)
	}
	return text, nil
}

// ControlAsWindows1252 returns the character that windows-1252 has in place of a
// control character from U+0080 to U+009F, and whether it has one.
func ControlAsWindows1252(c byte) (rune, bool) {
	r := charmap.Windows1252.DecodeByte(c)
	return r, c >= 0x80 && c < 0xa0 && r != '\ufffd'
}

// windowsName returns the name of the corresponding Windows encoding.
func (c charset) windowsName() string {
	for _, s := range singles {
		if s.table == c.windows {
			return s.name
		}
	}
	return ""
}

func appendRune(b []byte, r rune) []byte {
	if r < 0x80 {
		return append(b, byte(r))
	}
	return append(b, string(r)...)
}
