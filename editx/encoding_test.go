package editx

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/order"
)

// inUTF16 writes a text in UTF-16, with a mark or without.
func inUTF16(s string, big, marked bool) []byte {
	var b []byte
	if marked {
		s = "\ufeff" + s
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

// labelled is the plain order with a message, declared to be in an encoding; ""
// leaves the declaration out.
func labelled(encoding, message string) string {
	s := strings.Replace(plainOrder, "Hei", message, 1)
	if encoding == "" {
		return strings.TrimPrefix(s, xmlDeclaration)
	}
	return strings.Replace(s, `"UTF-8"`, `"`+encoding+`"`, 1)
}

// TestUTF16 reads the same order in every form of UTF-16 that is written.
func TestUTF16(t *testing.T) {
	const message = "Blåbær og rømme – 📚 €"
	for _, big := range []bool{false, true} {
		own := map[bool]string{false: "UTF-16LE", true: "UTF-16BE"}[big]
		for _, c := range []struct {
			name, declares, charset string
			marked                  bool
			findings                int
			strict                  bool // whether Strict takes it
		}{
			{"mark and declaration", "UTF-16", "", true, 0, true},
			{"mark, no declaration", "", "", true, 0, true},
			{"declaration, no mark", "utf-16", "", false, 0, true},
			{"neither", "", "", false, 0, true},
			{"its order declared", own, "", true, 0, true},
			{"its old name", "ISO-10646-UCS-2", "", true, 0, true},
			{"in the header", "", "utf-16", false, 0, true},
			{"in both", "UTF-16", own, false, 0, true},
			{"UTF-8 declared", "UTF-8", "", true, 1, false},
			{"ISO-8859-1 declared, no mark", "ISO-8859-1", "", false, 1, false},
			{"UTF-8 in the header", "UTF-16", "UTF-8", true, 1, true},
			{"an encoding that is not read declared", "utf-32", "", true, 1, false},
		} {
			t.Run(own+" "+c.name, func(t *testing.T) {
				body := inUTF16(labelled(c.declares, message), big, c.marked)
				o, findings, err := Decode(body, Charset(c.charset))
				if err != nil {
					t.Fatal(err)
				}
				if got := o.Header.Messages[0].Lines[0]; got != message {
					t.Errorf("read %q, want %q", got, message)
				}
				if codesOf(findings)["xml-encoding"] != c.findings || len(findings) != c.findings {
					t.Errorf("found %s", listing(findings))
				}
				if _, _, err := DecodeAs(body, Strict, Charset(c.charset)); (err == nil) != c.strict {
					t.Errorf("strict: %v", err)
				}
			})
		}
	}
}

// TestSingleByteEncodings reads every encoding of one byte a character, under
// names of the IANA list and under usual misspellings.
func TestSingleByteEncodings(t *testing.T) {
	for _, c := range []struct {
		table   *charmap.Charmap
		message string
		names   string
	}{
		{charmap.ISO8859_1, "Blåbær på Ærøya ½", "ISO-8859-1 iso8859-1 latin1 latin-1 l1 IBM819 cp819 csISOLatin1 ISO_8859-1:1987 iso-ir-100 8859_1"},
		{charmap.ISO8859_2, "Łódź, Dvořák", "ISO-8859-2 latin2 l2 csISOLatin2 iso-ir-101 ISO_8859-2"},
		{charmap.ISO8859_4, "Čiurlionis ā", "ISO-8859-4 latin4 l4"},
		{charmap.ISO8859_5, "Достоевский", "ISO-8859-5 cyrillic csISOLatinCyrillic"},
		{charmap.ISO8859_7, "Καζαντζάκης", "ISO-8859-7 greek ELOT_928 ECMA-118"},
		{charmap.ISO8859_8, "ספר", "ISO-8859-8 hebrew ISO-8859-8-I"},
		{charmap.ISO8859_9, "Yaşar Kemal", "ISO-8859-9 latin5 l5"},
		{charmap.ISO8859_10, "Đorđe ŋ", "ISO-8859-10 latin6 l6"},
		{charmap.ISO8859_13, "Šarūnas ž", "ISO-8859-13 latin7 csISO885913"},
		{charmap.ISO8859_14, "Ŵyn ẁ", "ISO-8859-14 latin8 iso-celtic l8"},
		{charmap.ISO8859_15, "199 € for Šarunas, œuvre", "ISO-8859-15 latin9 Latin-9 iso8859-15 ISO_8859-15 csISO885915"},
		{charmap.ISO8859_16, "Țară €", "ISO-8859-16 latin10 l10"},
		{charmap.Windows1250, "Łódź „–” €", "windows-1250 cp1250 csWindows1250 win1250"},
		{charmap.Windows1251, "Достоевский – €", "windows-1251 cp1251"},
		{charmap.Windows1252, "Ola’s «bok» – 199 €", "windows-1252 cp1252 cp-1252 x-cp1252 Windows_1252 ANSI-1252"},
		{charmap.Windows1253, "Καζαντζάκης €", "windows-1253"},
		{charmap.Windows1254, "Yaşar – €", "windows-1254 cp1254"},
		{charmap.Windows1255, "ספר €", "windows-1255"},
		{charmap.Windows1256, "كتاب €", "windows-1256"},
		{charmap.Windows1257, "Šarūnas – €", "windows-1257"},
		{charmap.Windows1258, "Đặng €"[:len("Đ")], "windows-1258"},
		{charmap.Windows874, "หนังสือ", "windows-874 ISO-8859-11 TIS-620"},
	} {
		for _, name := range strings.Fields(c.names) {
			body := bytesOf(c.table, labelled(name, c.message))
			byHeader := bytesOf(c.table, labelled("", c.message))
			for what, read := range map[string]func() (order.Order, []Finding, error){
				"declared":         func() (order.Order, []Finding, error) { return Decode(body) },
				"said in both":     func() (order.Order, []Finding, error) { return Decode(body, Charset(strings.ToUpper(name))) },
				"in the header":    func() (order.Order, []Finding, error) { return Decode(byHeader, Charset(name)) },
				"taken by strict":  func() (order.Order, []Finding, error) { return DecodeAs(body, Strict) },
				"unmarked by ours": func() (order.Order, []Finding, error) { return Decode(body, Charset(" ")) },
			} {
				o, findings, err := read()
				if err != nil || len(findings) > 0 || o.Header.Messages[0].Lines[0] != c.message {
					t.Errorf("%s %s: %v %s %+q", name, what, err, listing(findings), o.Header.Messages)
				}
			}
		}
	}
}

// TestWindowsBytes reads each of the bytes that Windows-1252 has and ISO-8859-1
// has not: as what Windows means, with a finding. All others stay what they are.
func TestWindowsBytes(t *testing.T) {
	borrowed := 0
	for b := 0x80; b <= 0xff; b++ {
		body := bytes.Replace([]byte(labelled("ISO-8859-1", "a#b\xe5")), []byte{'#'}, []byte{byte(b)}, 1)
		o, findings, err := Decode(body)
		if err != nil {
			t.Fatalf("0x%02X: %v", b, err)
		}
		windows := charmap.Windows1252.DecodeByte(byte(b))
		want, found := "a"+string(rune(b))+"bå", 0
		if b <= 0x9f && windows != '\ufffd' {
			want, found = "a"+string(windows)+"bå", 1
			borrowed++
		}
		if got := o.Header.Messages[0].Lines[0]; got != want || codesOf(findings)["xml-encoding"] != found || len(findings) != found {
			t.Errorf("0x%02X was read as %+q, want %+q: %s", b, got, want, listing(findings))
		}
	}
	if borrowed != 27 {
		t.Errorf("%d bytes were read as Windows-1252, want 27", borrowed)
	}
	for _, name := range []string{"ISO-8859-15", "ISO-8859-9", "ISO-8859-2", "ISO-8859-13", "ISO-8859-5"} {
		body := append([]byte(nil), bytes.Replace([]byte(labelled(name, "#")), []byte("#"), []byte("\x93 \x96 \x80"), 1)...)
		o, findings, err := Decode(body)
		want := "“ – €"
		if name == "ISO-8859-5" {
			want = "“ – Ђ"
		}
		if err != nil || o.Header.Messages[0].Lines[0] != want || codesOf(findings)["xml-encoding"] != 1 {
			t.Errorf("%s: %v, %q, %s", name, err, o.Header.Messages, listing(findings))
		}
	}
}

// TestWrongLabels holds that bytes outrank labels, that a wrong one is never
// passed over in silence, and that what cannot be known is refused by name.
func TestWrongLabels(t *testing.T) {
	const message = "Blåbær og rømme"
	for _, c := range []struct {
		name, body, charset string
		read                string // "" when it is refused
		says                string // in the finding or the refusal
		strict              bool
	}{
		{"ISO-8859-1 over UTF-8", labelled("ISO-8859-1", message), "", message, "declaration says ISO-8859-1, and the bytes are UTF-8", true},
		{"windows-1252 over UTF-8", labelled("windows-1252", message), "", message, "windows-1252", true},
		{"US-ASCII over UTF-8", labelled("US-ASCII", message), "", message, "declaration says US-ASCII", false},
		{"its IANA name over UTF-8", labelled("ANSI_X3.4-1968", message), "", message, "US-ASCII", false},
		{"UTF-16 over UTF-8", labelled("utf-16", message), "", message, "says UTF-16, and the bytes are UTF-8", false},
		{"UTF-16 over ASCII", labelled("UTF-16", "Hei"), "", "Hei", "UTF-16", false},
		{"UTF-16LE over UTF-8 with a mark", "\ufeff" + labelled("UTF-16LE", message), "", message, "UTF-16LE", false},
		{"a mark over ISO-8859-1", "\ufeff" + labelled("ISO-8859-1", message), "", message, "ISO-8859-1", false},
		{"ISO-8859-1 in the header over UTF-8", labelled("UTF-8", message), "ISO-8859-1", message, "charset of the Content-Type says ISO-8859-1", true},
		{"an encoding that is not read in the header over UTF-8", labelled("UTF-8", message), "shift_jis", message, "says shift_jis", true},
		{"UTF-8 in the header over a true declaration", string(bytesOf(charmap.ISO8859_1, labelled("ISO-8859-1", message))), "UTF-8", message, "charset of the Content-Type says UTF-8 and the XML declaration ISO-8859-1", true},
		{"the header before the declaration", string(bytesOf(charmap.ISO8859_2, labelled("ISO-8859-1", "Łódź"))), "ISO-8859-2", "Łódź", "read as ISO-8859-2", true},
		{"the header before a wrong declaration", string(bytesOf(charmap.ISO8859_1, labelled("UTF-8", message))), "ISO-8859-1", message, "XML declaration says UTF-8", true},
		{"UTF-8 over ISO-8859-1", string(bytesOf(charmap.ISO8859_1, labelled("UTF-8", message))), "", "", "byte 0xE5", false},
		{"US-ASCII over ISO-8859-1", string(bytesOf(charmap.ISO8859_1, labelled("US-ASCII", message))), "", "", "is not UTF-8", false},
		{"UTF-16 over ISO-8859-1", string(bytesOf(charmap.ISO8859_1, labelled("UTF-16", message))), "", "", "is not UTF-8", false},
		{"nothing over ISO-8859-1", string(bytesOf(charmap.ISO8859_1, labelled("", message))), "", "", "is not UTF-8", false},
		{"an encoding that is not read", labelled("Shift_JIS", "Hei"), "", "", "Shift_JIS", false},
		{"an encoding that is not read in the header", string(bytesOf(charmap.ISO8859_1, labelled("", message))), "EBCDIC-CP-US", "", "EBCDIC-CP-US", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, findings, err := Decode([]byte(c.body), Charset(c.charset))
			if c.read == "" {
				if order.CodeOf(err) != "xml-encoding" || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want xml-encoding with %q", err, c.says)
				}
				return
			}
			if err != nil || o.Header.Messages[0].Lines[0] != c.read {
				t.Fatalf("%v, read %q", err, o.Header.Messages)
			}
			if len(findings) != 1 || findings[0].Code != "xml-encoding" || !strings.Contains(findings[0].Message, c.says) {
				t.Errorf("found %s, want one of xml-encoding with %q", listing(findings), c.says)
			}
			if _, _, err := DecodeAs([]byte(c.body), Strict, Charset(c.charset)); (err == nil) != c.strict {
				t.Errorf("strict: %v", err)
			}
		})
	}
}

// TestEncodingOfSiblings holds that all documents are read in the same way.
func TestEncodingOfSiblings(t *testing.T) {
	for _, body := range append(siblingDocuments(), []byte(plainOrder)) {
		text := strings.TrimPrefix(string(body), xmlDeclaration)
		plain := mustCheck(t, body, Trade)
		wide := inUTF16(text, false, true)
		if got := mustCheck(t, wide, Trade); got.Type != plain.Type || len(got.Findings) != len(plain.Findings) {
			t.Errorf("%s in UTF-16:\n%s\nwant\n%s", plain.Type, listing(got.Findings), listing(plain.Findings))
		}
		latin := bytesOf(charmap.ISO8859_15, `<?xml version="1.0" encoding="latin9"?>`+strings.Replace(text, "</", "<!-- € å --></", 1))
		if got := mustCheck(t, latin, Trade); got.Type != plain.Type || len(got.Findings) != len(plain.Findings) {
			t.Errorf("%s in ISO-8859-15:\n%s\nwant\n%s", plain.Type, listing(got.Findings), listing(plain.Findings))
		}
	}
	message := inUTF16(string(enveloped(bare("Å"))), true, true)
	if !IsMessage(message) {
		t.Error("a message in UTF-16 is not seen as one")
	}
	if m := mustDecodeMessage(t, message); len(m.Documents) != 1 || m.Documents[0].Err != nil || !bytes.HasPrefix(m.Documents[0].Body, []byte(xmlDeclaration)) {
		t.Errorf("read %+v", m)
	}
}

// TestWidePlaces holds that columns of UTF-16 count characters.
func TestWidePlaces(t *testing.T) {
	body := inUTF16(strings.NewReplacer("    <PurposeCode>", "    <!-- åå📚 --><PurposeCode>", "Original", "Nei").Replace(plainOrder), false, true)
	_, _, err := Decode(body)
	if f := onlyField(t, err); f.Line != 6 || f.Column != 17 {
		t.Errorf("line %d, column %d, want 6 and 17", f.Line, f.Column)
	}
}

// TestDecodedLimits holds that the limit of bytes is that of the document as
// UTF-8 too.
func TestDecodedLimits(t *testing.T) {
	latin := bytesOf(charmap.ISO8859_1, labelled("ISO-8859-1", "å"))
	latin = append(latin, bytes.Repeat([]byte("<!--"+strings.Repeat("\xe5", 1000)+"-->"), 3*MaxBytes/5/1007)...)
	if _, _, err := Decode(latin); order.KindOf(err) != order.TooLarge {
		t.Errorf("%d bytes that are more than %d as UTF-8: %v", len(latin), MaxBytes, err)
	}
	wide := inUTF16(labelled("", "å")+strings.Repeat(fmt.Sprintf("<!--%s-->", strings.Repeat("書", 1000)), 5*MaxBytes/12/1007), false, true)
	if _, _, err := Decode(wide); len(wide) > MaxBytes || order.KindOf(err) != order.TooLarge {
		t.Errorf("%d bytes that are more than %d as UTF-8: %v", len(wide), MaxBytes, err)
	}
}

// TestMediaTypeOf holds that a document is stored under a type by which it can
// be read again.
func TestMediaTypeOf(t *testing.T) {
	const message = "Blåbær"
	for _, c := range []struct {
		body    []byte
		charset string
		want    string
	}{
		{[]byte(labelled("UTF-8", message)), "", "application/xml"},
		{[]byte(labelled("UTF-8", message)), "ISO-8859-1", "application/xml"},
		{bytesOf(charmap.ISO8859_1, labelled("ISO-8859-1", message)), "latin1", "application/xml"},
		{bytesOf(charmap.ISO8859_1, labelled("", message)), "latin1", "application/xml;charset=ISO-8859-1"},
		{bytesOf(charmap.Windows1252, labelled("UTF-8", message)), "cp1252", "application/xml;charset=windows-1252"},
		{inUTF16(labelled("", message), true, false), "utf-16", "application/xml"},
	} {
		if got := MediaTypeOf(c.body, Charset(c.charset)); got != c.want {
			t.Errorf("%.60q with %q: %s, want %s", c.body, c.charset, got, c.want)
		}
	}
}
