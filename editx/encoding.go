package editx

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/order"
)

// source is a document as UTF-8.
type source struct {
	bytes   []byte
	recoded bool // it was sent in an encoding of one byte a character
	doubt   note // what is odd about the encoding it was sent in
}

// toUTF8 brings a document into UTF-8. Only the encodings that Nordic order
// systems use are read; another would have to be guessed at.
func toUTF8(body []byte) (source, error) {
	if err := refuseWide(body); err != nil {
		return source{}, err
	}
	bare, marked := bytes.CutPrefix(body, []byte("\ufeff"))
	label, err := declared(bare)
	if err != nil {
		return source{}, err
	}
	doc := source{bytes: bare}
	switch strings.ToLower(label) {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1":
		doc, err = recode(bare, charmap.ISO8859_1, label, marked)
	case "windows-1252", "cp1252", "cp-1252":
		doc, err = recode(bare, charmap.Windows1252, label, marked)
	default:
		return source{}, order.Errorf(order.Malformed, "xml-encoding", "The encoding %q is not read here.", order.Cut(label)).
			WithHint("Send UTF-8 (best), ISO-8859-1 or Windows-1252, and declare which.")
	}
	if err != nil {
		return source{}, err
	}
	return doc, characters(doc.bytes)
}

// refuseWide refuses UTF-16 and UTF-32 by name, by their mark or by the NUL
// beside the first character.
func refuseWide(body []byte) error {
	name := ""
	switch {
	case bytes.HasPrefix(body, []byte{0, 0, 0xfe, 0xff}), bytes.HasPrefix(body, []byte{0xff, 0xfe, 0, 0}):
		name = "UTF-32"
	case bytes.HasPrefix(body, []byte{0xfe, 0xff}), bytes.HasPrefix(body, []byte{0xff, 0xfe}),
		bytes.HasPrefix(body, []byte{0, '<'}), bytes.HasPrefix(body, []byte{'<', 0}):
		name = "UTF-16"
	default:
		return nil
	}
	return order.Errorf(order.Malformed, "xml-encoding", "The document is in %s, which is not read here.", name).
		WithHint("Send UTF-8.")
}

// maxDeclaration bounds the search for the end of the XML declaration.
const maxDeclaration = 200

// declared gives the encoding that the XML declaration names, or "".
func declared(body []byte) (string, error) {
	rest, ok := bytes.CutPrefix(body, []byte("<?xml"))
	if !ok || len(rest) == 0 || !strings.ContainsRune(" \t\r\n", rune(rest[0])) {
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

// recode turns a one-byte encoding into UTF-8, unless the bytes are UTF-8
// already: letters that form valid UTF-8 throughout are never chance, and a
// program that converts its text but not its declaration is a common sight.
func recode(body []byte, from *charmap.Charmap, label string, marked bool) (source, error) {
	if marked {
		return source{}, order.Errorf(order.Malformed, "xml-encoding", "The document begins with the mark of UTF-8 and declares %s.", label).
			WithHint("Declare the encoding that is sent, best UTF-8.")
	}
	if plain := utf8.Valid(body); plain && utf8.RuneCount(body) < len(body) {
		return source{bytes: body, doubt: warn("xml-encoding",
			"The declaration says %s, and the bytes are UTF-8; they were read as UTF-8. Declare UTF-8.", label)}, nil
	} else if plain {
		return source{bytes: body}, nil
	}
	out, err := from.NewDecoder().Bytes(body)
	if err != nil || bytes.Contains(out, []byte("\ufffd")) {
		return source{}, order.Errorf(order.Malformed, "xml-encoding", "The document declares %s and holds bytes that are no character there.", label).
			WithHint("Declare the encoding that is sent, best UTF-8.")
	}
	return source{bytes: out, recoded: true}, nil
}

// characters refuses what XML 1.0 allows nowhere, not even in a comment.
func characters(body []byte) error {
	if !utf8.Valid(body) {
		return notUTF8(body)
	}
	for i, b := range body {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' {
			return forbidden(body, i, "The control character 0x%02X", b)
		}
	}
	for _, bad := range []string{"\ufffe", "\uffff"} {
		if i := bytes.Index(body, []byte(bad)); i >= 0 {
			return forbidden(body, i, "The character %U", []rune(bad)[0])
		}
	}
	return nil
}

func forbidden(body []byte, at int, format string, what any) error {
	return order.Errorf(order.Malformed, "xml-character", format+" is not allowed in XML.", what).
		WithHint("Remove control characters before the document is written.").
		WithField(locate(body, at))
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
		place.Line, place.Column, body[at], at, charmap.ISO8859_1.DecodeByte(body[at]))
	return e.WithHint("If the document is ISO-8859-1, begin it with <?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>; better, send UTF-8.").
		WithField(place)
}

// locate counts lines and columns up to an offset.
func locate(body []byte, at int) order.Field {
	before := body[:at]
	return order.Field{Line: 1 + bytes.Count(before, []byte{'\n'}), Column: at - bytes.LastIndexByte(before, '\n')}
}
