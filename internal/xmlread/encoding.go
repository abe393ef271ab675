package xmlread

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// Source is a document in UTF-8.
type Source struct {
	Bytes     []byte
	Recoded   bool // it was sent in another encoding than UTF-8
	ByCharset bool // the charset of the Content-Type alone names the encoding
	Warnings  []Warning
	format    *Format
}

// Warning describes a contradiction about the encoding of an accepted document.
type Warning struct {
	Message string

	// Misdeclared is whether the XML declaration is wrong, so that other XML
	// readers, which follow it, cannot read the document.
	Misdeclared bool
}

// UTF8 returns a document that is in UTF-8 and has been checked before.
func UTF8(text []byte, f *Format) Source { return Source{Bytes: text, format: f} }

// MediaType returns the media type under which the bytes of a document mean what
// ToUTF8 reads from them: application/xml, with the charset when nothing else
// names it.
func MediaType(body []byte, charset string) string {
	const plain = "application/xml"
	if charset == "" {
		return plain
	}
	if src, err := ToUTF8(body, charset, new(Format)); err != nil || !src.ByCharset {
		return plain
	}
	return plain + ";charset=" + charsetOf(charset).name
}

// label is an encoding that the Content-Type or the document names.
type label struct {
	source string // for messages
	header bool   // of the Content-Type
	charset
}

// ToUTF8 converts a document to UTF-8. The encoding is that of the byte order
// mark, else that of the charset, which comes from the Content-Type (RFC 7303,
// 3), else that of the XML declaration, else UTF-8 (XML 1.0, 4.3.3 and appendix
// F). Bytes outrank labels: text beyond ASCII that is valid UTF-8 throughout is
// never chance, and neither are NULs beside each of the first characters; a
// label that contradicts them is a warning.
func ToUTF8(body []byte, charset string, f *Format) (Source, error) {
	m, err := byteOrderOf(body)
	if err != nil {
		return Source{}, err
	}
	bare := body[m.size:]
	doc := UTF8(bare, f)
	if m.order != nil {
		if doc.Bytes, err = fromUTF16(bare, m, f); err != nil {
			return Source{}, err
		}
		doc.Recoded = true
	}
	said, err := declared(doc.Bytes)
	if err != nil {
		return Source{}, err
	}
	if charset == "" && (said == "" || strings.EqualFold(said, "utf-8")) && !doc.Recoded {
		return doc, doc.checkCharacters() // the usual case
	}
	labels, err := doc.labels(charset, said, m)
	if err != nil {
		return Source{}, err
	}
	switch {
	case doc.Recoded || m.size > 0 || utf8.Valid(bare):
		doc.compareLabels(labels, m)
	default:
		err = doc.recode(labels)
	}
	if err != nil {
		return Source{}, err
	}
	return doc, doc.checkCharacters()
}

// labels returns the encodings that header and declaration name, the one with
// precedence first. An unknown encoding is an error where neither a byte order
// mark nor the other label says what the bytes are.
func (doc *Source) labels(header, said string, m byteOrder) ([]label, error) {
	var labels []label
	sure := m.size > 0 || m.order != nil
	if header != "" {
		l := label{"charset of the Content-Type", true, charsetOf(header)}
		if l.kind == unknownCharset && !sure && said == "" && !utf8.Valid(doc.Bytes) {
			return nil, l.errUnsupported()
		}
		labels = append(labels, l)
	}
	if said == "" {
		return labels, nil
	}
	l := label{"XML declaration", false, charsetOf(said)}
	if l.kind == unknownCharset && !sure && (header == "" || labels[0].kind == unknownCharset) {
		return nil, l.errUnsupported()
	}
	return append(labels, l), nil
}

// supportedEncodings is the hint of errors about other encodings.
const supportedEncodings = "Send UTF-8 (best), UTF-16, an encoding of ISO-8859 or windows-1250 to 1258, and declare " +
	"which."

func (l label) errUnsupported() *order.Error {
	return order.Errorf(order.Malformed, "xml-encoding",
		"The encoding %q of the %s is not supported.",
		order.Truncate(l.name), l.source).
		WithHint(supportedEncodings)
}

// compareLabels warns of labels that contradict the bytes. Plain ASCII is the
// same in most encodings, so any of those is right about it.
func (doc *Source) compareLabels(labels []label, m byteOrder) {
	is := cmp.Or(m.name, "UTF-8")
	ascii := m.name == "" && isASCII(doc.Bytes)
	for _, l := range labels {
		if l.fits(is) || ascii && (l.kind == asciiCharset || l.kind == singleByte) {
			continue
		}
		doc.warn(!l.header && (m.name != "" || l.kind != singleByte),
			"The %s says %s, and the bytes are %s; they were read as %s. Declare %s.",
			l.source, order.Truncate(l.name), is, is, strings.TrimRight(is, "LBE")) // of UTF-16 the mark says which
	}
}

// fits reports whether the name is right for the encoding that was detected.
func (c charset) fits(is string) bool {
	return c.name == is || c.kind == utf16Charset && c.order == "" && strings.HasPrefix(is, c.name)
}

func (doc *Source) warn(misdeclared bool, format string, args ...any) {
	doc.Warnings = append(doc.Warnings, Warning{fmt.Sprintf(format, args...), misdeclared})
}

// recode converts bytes that are not UTF-8 from the first single-byte encoding
// that a label names. A label that names another kind cannot be true.
func (doc *Source) recode(labels []label) error {
	i := slices.IndexFunc(labels, func(l label) bool { return l.kind == singleByte })
	if i < 0 {
		return notUTF8(doc.Bytes)
	}
	l := labels[i]
	text, err := l.read(doc.Bytes, doc.format)
	if err != nil {
		return err
	}
	doc.ByCharset = l.header
	for _, other := range labels {
		switch {
		case other.name != l.name:
			doc.warn(false, "The %s says %s and the %s %s; the document was read as %s. Say the same in both.",
				other.source, order.Truncate(other.name), l.source, l.name, l.name)
		case !other.header:
			doc.ByCharset = false // the document names it too
		}
	}
	doc.Warnings = append(doc.Warnings, text.Warnings...)
	doc.Bytes, doc.Recoded = text.Bytes, true
	return nil
}

func isASCII(body []byte) bool {
	for _, b := range body {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxDeclaration limits the search for the end of the XML declaration, in bytes.
const maxDeclaration = 200

// declared returns the encoding that the XML declaration names, or "".
func declared(body []byte) (string, error) {
	rest, ok := bytes.CutPrefix(body, []byte("<?xml"))
	if !ok || len(rest) == 0 || !strings.ContainsRune(WhiteSpace, rune(rest[0])) {
		return "", nil
	}
	inside, _, ok := strings.Cut(string(rest[:min(len(rest), maxDeclaration)]), "?>")
	if !ok {
		return "", badDeclaration("it is not closed by `?>`")
	}
	said := map[string]string{}
	for inside = strings.TrimSpace(inside); inside != ""; inside = strings.TrimSpace(inside) {
		name, value, rest, ok := assignment(inside)
		if _, twice := said[name]; !ok || twice {
			return "", badDeclaration("it says " + order.Truncate(inside))
		}
		said[name], inside = value, rest
	}
	if version := said["version"]; version != "1.0" {
		return "", badDeclaration("its version is \"" + order.Truncate(version) + "\"")
	}
	return said["encoding"], nil
}

func badDeclaration(why string) error {
	return order.Errorf(order.Malformed, "xml-malformed", "Line 1: the XML declaration cannot be read: %s.", why).
		WithHint("Write <?xml version=\"1.0\" encoding=\"UTF-8\"?>.").
		WithField(order.Field{Line: 1, Column: 1})
}

// assignment reads name="value" from the beginning of s.
func assignment(s string) (name, value, rest string, ok bool) {
	name, rest, ok = strings.Cut(s, "=")
	name, rest = strings.TrimSpace(name), strings.TrimSpace(rest)
	if !ok || rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return name, "", "", false
	}
	value, rest, ok = strings.Cut(rest[1:], rest[:1])
	return name, value, rest, ok && (name == "version" || name == "encoding" || name == "standalone")
}

// checkCharacters refuses what XML 1.0 allows nowhere, not even in a comment.
func (doc Source) checkCharacters() error {
	body := doc.Bytes
	if !utf8.Valid(body) {
		return notUTF8(body)
	}
	for i, b := range body {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			return doc.forbiddenCharacter(i, "The control character 0x%02X", b)
		}
	}
	for _, bad := range []string{"\ufffe", "\uffff"} {
		if i := bytes.Index(body, []byte(bad)); i >= 0 {
			return doc.forbiddenCharacter(i, "The character %U", []rune(bad)[0])
		}
	}
	return nil
}

func (doc Source) forbiddenCharacter(at int, format string, what any) error {
	return order.Errorf(order.Malformed, "xml-character", format+" is not allowed in XML.", what).
		WithHint("Remove control characters before the document is written.").
		WithField(doc.position(at))
}

// notUTF8 shows the first byte that is not UTF-8, and what it would be in the
// encoding that is probably meant.
func notUTF8(body []byte) error {
	at := 0
	for at < len(body) {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	place := locate(body, at)
	e := order.Errorf(order.Malformed, "xml-encoding",
		"Line %d, column %d: byte 0x%02X (offset %d) is not UTF-8; in ISO-8859-1 it would be %q.",
		place.Line, place.Column, body[at], at, latin1.DecodeByte(body[at]))
	return e.WithHint("If the document is ISO-8859-1, begin it with " +
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>; better, send UTF-8.").
		WithField(place)
}

// locate returns line and column of an offset, the column in bytes.
func locate(body []byte, at int) order.Field {
	before := body[:at]
	return order.Field{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: at - bytes.LastIndexByte(before, '\n')}
}

// position returns line and column of an offset as the sender's editor counts
// them: in bytes of UTF-8, and in characters of another encoding.
func (doc Source) position(at int) order.Field {
	f := locate(doc.Bytes, at)
	if doc.Recoded {
		f.Column = 1 + utf8.RuneCount(doc.Bytes[at-f.Column+1:at])
	}
	return f
}

// byteOrder is what the first bytes show of the encoding: a byte order mark, or
// the NUL beside the first character of UTF-16.
type byteOrder struct {
	name  string
	size  int              // of the mark, in bytes
	order binary.ByteOrder // of UTF-16; nil for encodings that have ASCII in single bytes
}

// byteOrderOf examines the first bytes (XML 1.0, appendix F). A document begins
// with a tag or a blank, so a NUL in its first two bytes is half of a character.
// UTF-32 and EBCDIC are errors that name them.
func byteOrderOf(body []byte) (byteOrder, error) {
	begins := func(b ...byte) bool { return bytes.HasPrefix(body, b) }
	first := func(b byte) bool { return b == '<' || b == ' ' || b == '\t' || b == '\r' || b == '\n' }
	switch {
	case begins(0xef, 0xbb, 0xbf):
		return byteOrder{"UTF-8", 3, nil}, nil
	case begins(0, 0, 0xfe, 0xff), begins(0xff, 0xfe, 0, 0), begins(0, 0, 0, '<'), begins('<', 0, 0, 0):
		return byteOrder{}, errWide("UTF-32")
	case begins(0xfe, 0xff):
		return byteOrder{"UTF-16BE", 2, binary.BigEndian}, nil
	case begins(0xff, 0xfe):
		return byteOrder{"UTF-16LE", 2, binary.LittleEndian}, nil
	case begins(0x4c, 0x6f, 0xa7, 0x94):
		return byteOrder{}, errWide("EBCDIC")
	case len(body) >= 4 && body[0] == 0 && body[2] == 0 && first(body[1]):
		return byteOrder{"UTF-16BE", 0, binary.BigEndian}, nil
	case len(body) >= 4 && body[1] == 0 && body[3] == 0 && first(body[0]):
		return byteOrder{"UTF-16LE", 0, binary.LittleEndian}, nil
	}
	return byteOrder{}, nil
}

func errWide(name string) error {
	return order.Errorf(order.Malformed, "xml-encoding", "The document is in %s, which is not supported.", name).
		WithHint(supportedEncodings)
}

// fromUTF16 converts UTF-16 to UTF-8. Half a character is an error and never
// replaced.
func fromUTF16(body []byte, m byteOrder, f *Format) ([]byte, error) {
	size := 0
	for i := 0; i+1 < len(body); i += 2 {
		switch r := rune(m.order.Uint16(body[i:])); {
		case r < 0x80:
			size++
		case r < 0x800 || utf16.IsSurrogate(r): // two of the latter make four bytes
			size += 2
		default:
			size += 3
		}
	}
	if size > MaxBytes {
		return nil, f.tooLarge(size, " as UTF-8")
	}
	out := make([]byte, 0, size)
	for i := 0; i+1 < len(body); i += 2 {
		r := rune(m.order.Uint16(body[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if i+3 < len(body) {
				low = rune(m.order.Uint16(body[i+2:]))
			}
			pair := utf16.DecodeRune(r, low)
			if pair == utf8.RuneError {
				return nil, notUTF16(out, "0x%04X (offset %d) is half a character", r, i+m.size)
			}
			r, i = pair, i+2
		}
		out = appendRune(out, r)
	}
	if len(body)%2 != 0 {
		last := len(body) - 1
		return nil, notUTF16(out, "0x%02X (offset %d) is half of two bytes", rune(body[last]), last+m.size)
	}
	return out, nil
}

func notUTF16(before []byte, format string, what rune, at int) error {
	place := Source{Bytes: before, Recoded: true}.position(len(before))
	return order.Errorf(order.Malformed, "xml-encoding", "Line %d, column %d: the document is UTF-16, and %s.",
		place.Line, place.Column, fmt.Sprintf(format, what, at)).
		WithHint("It was cut off or changed on its way. " +
			"Compare its length with the original and send all of it, best as UTF-8.").
		WithField(place)
}
