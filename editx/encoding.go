package editx

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// Option says what is known of a document beside its bytes.
type Option func(*known)

// known is what the options say.
type known struct{ charset string }

// Charset is the encoding that came with the document rather than in it: the
// charset of a Content-Type (RFC 7303, 3). It counts less than a byte order mark
// and more than the XML declaration; "" says nothing.
func Charset(label string) Option {
	return func(k *known) { k.charset = strings.TrimSpace(label) }
}

func knownOf(options []Option) (k known) {
	for _, set := range options {
		set(&k)
	}
	return k
}

// MediaTypeOf returns the media type under which the bytes of a document mean
// what Decode reads from them: with the charset when nothing else says it.
func MediaTypeOf(body []byte, options ...Option) string {
	const plain = "application/xml"
	k := knownOf(options)
	if k.charset == "" {
		return plain
	}
	if doc, err := toUTF8(body, k); err != nil || !doc.byCharset {
		return plain
	}
	return plain + ";charset=" + charsetOf(k.charset).name
}

// source is a document as UTF-8.
type source struct {
	bytes     []byte
	recoded   bool   // it was sent in another encoding than UTF-8
	byCharset bool   // its Charset alone said which
	doubts    []note // what is odd about the encoding it was sent in
}

// label is what somebody says of the encoding.
type label struct {
	who    string // for messages
	header bool   // and not the document itself
	charset
}

// toUTF8 brings a document into UTF-8. The encoding is that of the byte order
// mark, else that of the Charset, else that of the XML declaration, else UTF-8
// (XML 1.0, 4.3.3 and appendix F). Bytes outrank labels: letters that form valid
// UTF-8 throughout are never chance, and neither are NULs beside each of the
// first characters; a label that says otherwise is a finding.
func toUTF8(body []byte, k known) (source, error) {
	m, err := markOf(body)
	if err != nil {
		return source{}, err
	}
	bare := body[m.size:]
	doc := source{bytes: bare}
	if m.order != nil {
		if doc.bytes, err = fromUTF16(bare, m); err != nil {
			return source{}, err
		}
		doc.recoded = true
	}
	said, err := declared(doc.bytes)
	if err != nil {
		return source{}, err
	}
	if k.charset == "" && (said == "" || strings.EqualFold(said, "utf-8")) && !doc.recoded {
		return doc, doc.characters() // almost all
	}
	labels, err := doc.labels(k.charset, said, m)
	if err != nil {
		return source{}, err
	}
	switch {
	case doc.recoded || m.size > 0 || utf8.Valid(bare):
		doc.doubtAll(labels, m)
	default:
		err = doc.recode(labels)
	}
	if err != nil {
		return source{}, err
	}
	return doc, doc.characters()
}

// labels are what header and declaration say, the one that counts more first.
// An encoding that is not read here is refused where nothing better says what
// the bytes are.
func (doc *source) labels(header, said string, m mark16) ([]label, error) {
	var labels []label
	sure := m.size > 0 || m.order != nil
	if header != "" {
		l := label{"charset of the Content-Type", true, charsetOf(header)}
		if l.kind == unknownCharset && !sure && said == "" && !utf8.Valid(doc.bytes) {
			return nil, l.refuse()
		}
		labels = append(labels, l)
	}
	if said == "" {
		return labels, nil
	}
	l := label{"XML declaration", false, charsetOf(said)}
	if l.kind == unknownCharset && !sure && (header == "" || labels[0].kind == unknownCharset) {
		return nil, l.refuse()
	}
	return append(labels, l), nil
}

// encodingsRead names what can be sent, for refusals.
const encodingsRead = "Send UTF-8 (best), UTF-16, an encoding of ISO-8859 or windows-1250 to 1258, and declare which."

func (l label) refuse() *order.Error {
	return order.Errorf(order.Malformed, "xml-encoding",
		"The encoding %q of the %s is not read here.",
		order.Cut(l.name), l.who).
		WithHint(encodingsRead)
}

// doubtAll doubts the labels that say otherwise than the bytes. Plain ASCII is
// the same in most encodings, so that any of those is right about it.
func (doc *source) doubtAll(labels []label, m mark16) {
	is := cmp.Or(m.name, "UTF-8")
	ascii := m.name == "" && isASCII(doc.bytes)
	for _, l := range labels {
		if l.fits(is) || ascii && (l.kind == asciiCharset || l.kind == singleByte) {
			continue
		}
		n := warn("xml-encoding", "The %s says %s, and the bytes are %s; they were read as %s. Declare %s.",
			l.who, order.Cut(l.name), is, is, strings.TrimRight(is, "LBE")) // of UTF-16 its mark says which
		// Other readers of XML go by the declaration, and then cannot read the bytes.
		n.forbidden = !l.header && (m.name != "" || l.kind != singleByte)
		doc.doubts = append(doc.doubts, n)
	}
}

// recode reads bytes that are no UTF-8 in the first encoding of one byte a
// character that a label names. A label that says otherwise cannot be true.
func (doc *source) recode(labels []label) error {
	i := slices.IndexFunc(labels, func(l label) bool { return l.kind == singleByte })
	if i < 0 {
		return notUTF8(doc.bytes)
	}
	l := labels[i]
	text, err := l.read(doc.bytes)
	if err != nil {
		return err
	}
	doc.byCharset = l.header
	for _, other := range labels {
		switch {
		case other.name != l.name:
			doc.doubts = append(doc.doubts, warn("xml-encoding", "The %s says %s and the %s %s; the document was read as %s. Say the same in both.",
				other.who, order.Cut(other.name), l.who, l.name, l.name))
		case !other.header:
			doc.byCharset = false // the document says so itself
		}
	}
	doc.doubts = append(doc.doubts, text.doubts...)
	doc.bytes, doc.recoded = text.bytes, true
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

// maxDeclaration bounds the search for the end of the XML declaration.
const maxDeclaration = 200

// declared gives the encoding that the XML declaration names, or "".
func declared(body []byte) (string, error) {
	rest, ok := bytes.CutPrefix(body, []byte("<?xml"))
	if !ok || len(rest) == 0 || !strings.ContainsRune(blanks, rune(rest[0])) {
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
			return "", badDeclaration("it says " + order.Cut(inside))
		}
		said[name], inside = value, rest
	}
	if version := said["version"]; version != "1.0" {
		return "", badDeclaration("its version is \"" + order.Cut(version) + "\"")
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

// characters refuses what XML 1.0 allows nowhere, not even in a comment.
func (doc source) characters() error {
	body := doc.bytes
	if !utf8.Valid(body) {
		return notUTF8(body)
	}
	for i, b := range body {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			return doc.forbidden(i, "The control character 0x%02X", b)
		}
	}
	for _, bad := range []string{"\ufffe", "\uffff"} {
		if i := bytes.Index(body, []byte(bad)); i >= 0 {
			return doc.forbidden(i, "The character %U", []rune(bad)[0])
		}
	}
	return nil
}

func (doc source) forbidden(at int, format string, what any) error {
	return order.Errorf(order.Malformed, "xml-character", format+" is not allowed in XML.", what).
		WithHint("Remove control characters before the document is written.").
		WithField(doc.locate(at))
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
	e := order.Errorf(order.Malformed, "xml-encoding", "Line %d, column %d: byte 0x%02X (offset %d) is not UTF-8; in ISO-8859-1 it would be %q.",
		place.Line, place.Column, body[at], at, latin1.DecodeByte(body[at]))
	return e.WithHint("If the document is ISO-8859-1, begin it with <?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>; better, send UTF-8.").
		WithField(place)
}

// locate counts lines and columns up to an offset.
func locate(body []byte, at int) order.Field {
	before := body[:at]
	return order.Field{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: at - bytes.LastIndexByte(before, '\n')}
}

// locate counts up to an offset as the sender's editor does: in bytes of UTF-8,
// and in characters of what came in another encoding.
func (doc source) locate(at int) order.Field {
	f := locate(doc.bytes, at)
	if doc.recoded {
		f.Column = 1 + utf8.RuneCount(doc.bytes[at-f.Column+1:at])
	}
	return f
}

// Text returns a document as UTF-8, to show the places of its findings in, and
// whether their columns count characters, as they do in what was sent in another
// encoding. A document that cannot be read is returned as it is.
func Text(body []byte, options ...Option) (text []byte, characters bool) {
	doc, err := toUTF8(body, knownOf(options))
	if err != nil {
		return body, false
	}
	return doc.bytes, doc.recoded
}
