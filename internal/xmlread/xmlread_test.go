package xmlread

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/order"
)

// testFormat is a format in which at most three lines are allowed.
var testFormat = Format{
	Name: "Test", Noun: "list", Indefinite: "a Test document", Root: "<List>",
	Counted: "<Line", MaxCounted: 3,
	TooMany: func(r *Reader) error { return r.Errorf(r.Start(), order.TooLarge, "test-lines", "Too many lines.") },
}

// labelled returns a document that declares an encoding; "" declares none.
func labelled(encoding, text string) string {
	body := "<List>\n <Line>" + text + "</Line>\n</List>\n"
	if encoding == "" {
		return body
	}
	return `<?xml version="1.0" encoding="` + encoding + `"?>` + "\n" + body
}

func inUTF16(s string, big, marked bool) []byte {
	if marked {
		s = "\ufeff" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return b
}

func encoded(t testing.TB, table *charmap.Charmap, s string) []byte {
	t.Helper()
	b, err := table.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seeds are documents in the encodings that are supported, rightly and wrongly
// labelled.
func seeds(t testing.TB) [][]byte {
	return [][]byte{
		inUTF16(labelled("UTF-16", "Blåbær 📚"), false, true), inUTF16(labelled("", "Blåbær"), true, false),
		[]byte(labelled("utf-16", "Blåbær")), []byte(labelled("US-ASCII", "Blåbær")),
		encoded(t, charmap.ISO8859_15, labelled("latin9", "199 €")),
		encoded(t, charmap.Windows1252, labelled("ISO-8859-1", "199 € – ‘a’")),
		[]byte(labelled("UTF-8", "a<?x y?>b&amp;<![CDATA[c]]>")), []byte(labelled("UTF-8", `<a xmlns="u" b="1"/>`)),
	}
}

// readAll reads a document to its end and returns its text.
func readAll(body []byte, charset string) (string, error) {
	src, err := Load(body, charset, &testFormat)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for r := New(src); ; {
		tok, err := r.Next()
		if errors.Is(err, io.EOF) {
			return strings.TrimSpace(text.String()), nil
		}
		if err != nil {
			return "", err
		}
		if t, ok := tok.(xml.CharData); ok {
			text.Write(t)
		}
	}
}

func TestEncodingsAreRead(t *testing.T) {
	for _, c := range []struct {
		body    []byte
		charset string
		want    string
	}{
		{[]byte(labelled("UTF-8", "Blåbær")), "", "Blåbær"},
		{[]byte(labelled("", "Blåbær")), "latin1", "Blåbær"}, // valid UTF-8 is never chance
		{inUTF16(labelled("UTF-16", "Blåbær 📚"), true, true), "", "Blåbær 📚"},
		{inUTF16(labelled("", "Blåbær"), false, false), "", "Blåbær"},
		{encoded(t, charmap.ISO8859_15, labelled("latin9", "199 €")), "", "199 €"},
		{encoded(t, charmap.Windows1252, labelled("ISO-8859-1", "199 €")), "", "199 €"},
		{encoded(t, charmap.ISO8859_1, labelled("", "Blåbær")), "iso-8859-1", "Blåbær"},
		{encoded(t, charmap.Windows1251, labelled("UTF-8", "книга")), "windows-1251", "книга"},
	} {
		got, err := readAll(c.body, c.charset)
		if err != nil || got != c.want {
			t.Errorf("%.60q with charset %q: read %q, %v; want %q", c.body, c.charset, got, err, c.want)
		}
	}
}

// TestErrorsNameTheFormat checks that texts and hints speak of the format, and
// that each error has a code, a kind and a position.
func TestErrorsNameTheFormat(t *testing.T) {
	for _, c := range []struct {
		body string
		code string
		text string // in detail or hint
	}{
		{`{"a":1}`, "xml-malformed", "Send the list as a Test document."},
		{"", "xml-malformed", "Send the Test list as the body of the request."},
		{"hello", "xml-malformed", "`<List>` is expected."},
		{"<List/><List/>", "xml-malformed", "Send one list per request."},
		{"<!DOCTYPE List><List/>", "xml-hostile", "Test needs none."},
		{"<List><x:Line/></List>", "xml-namespace", `Declare it with xmlns:x="…".`},
		{"<List>" + strings.Repeat("<a>", MaxDepth), "xml-limit", "Split the list, or leave out"},
		{"<List>" + strings.Repeat(" ", MaxBytes), "xml-limit", "Split the list into several."},
		{"<List><" + strings.Repeat("a", MaxName+1) + "/></List>", "xml-limit", "128 bytes"},
		{"<List>" + strings.Repeat("a", MaxText+1) + "</List>", "xml-limit", "262144 bytes"},
		{"<List>" + strings.Repeat("<Line/>", 4) + strings.Repeat("<a/>", MaxText/4) + "</List>", "test-lines", "Line 1, column 28: Too many lines."},
		{"<List>\n<a></b></List>", "xml-malformed", "Line 2, column 4: `<a>` opened at line 2 is closed by `</b>`."},
		{"<List>\x00</List>", "xml-character", "0x00 is not allowed"},
		{"<List>&nbsp;</List>", "xml-malformed", "`&nbsp;` is not a character reference that XML knows."},
		{`<?xml version="1.0" encoding="UTF-7"?><List>` + "\xff</List>", "xml-encoding", `"UTF-7" of the XML declaration is not supported.`},
	} {
		_, err := readAll([]byte(c.body), "")
		var e *order.Error
		if !errors.As(err, &e) {
			t.Errorf("%.40q: %v", c.body, err)
			continue
		}
		if e.Code != c.code || !strings.Contains(e.Detail+" "+e.Hint, c.text) {
			t.Errorf("%.40q: %s: %s %s; want %s with %q", c.body, e.Code, e.Detail, e.Hint, c.code, c.text)
		}
	}
}

// TestWarningsAreTakenOnce checks that the second caller gets none.
func TestWarningsAreTakenOnce(t *testing.T) {
	src, err := Load(inUTF16(labelled("UTF-8", "a"), true, true), "", &testFormat)
	if err != nil {
		t.Fatal(err)
	}
	r := New(src)
	if w := r.TakeWarnings(); len(w) != 1 || !w[0].Misdeclared || !strings.Contains(w[0].Message, "UTF-16BE") {
		t.Errorf("warnings are %+v", w)
	}
	if w := r.TakeWarnings(); w != nil {
		t.Errorf("warnings are returned again: %+v", w)
	}
}

// element returns the Reader of a document behind the start tag of its element
// with the name.
func element(t *testing.T, body, name string) (*Reader, xml.StartElement) {
	t.Helper()
	for r := New(UTF8([]byte(body), &testFormat)); ; {
		tok, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := tok.(xml.StartElement); ok && start.Name.Local == name {
			return r, start
		}
	}
}

func TestElementsStandAlone(t *testing.T) {
	const body = `<List xmlns:a="urn:a" xmlns:b="urn:&quot;b"><x xmlns:a="urn:inner"><Line b:n='1' c = "&#10;"><a:y
	></a:y>&lt;é]]&gt;<![CDATA[&]]></Line></x></List>`
	r, start := element(t, body, "Line")
	scope, begin := r.Scope(), r.Start()
	if err := r.Skip(); err != nil {
		t.Fatal(err)
	}
	raw := r.Bytes(begin, r.End())
	if size := scope.Size(); size != len("a"+"urn:a"+"b"+`urn:"b`+"a"+"urn:inner") {
		t.Errorf("the scope has %d bytes", size)
	}
	canonical, err := Canonical(raw, scope, &testFormat)
	const want = `<Line xmlns:b="urn:&quot;b" xmlns:a="urn:inner" b:n="1" c="&#xA;"><a:y/>&lt;é]]&gt;&amp;</Line>`
	if err != nil || canonical != want {
		t.Errorf("canonical: %s, %v; want %s", canonical, err, want)
	}
	if again, err := Canonical([]byte(canonical), nil, &testFormat); err != nil || again != canonical {
		t.Errorf("canonical twice: %s, %v", again, err)
	}
	alone := Standalone(raw, start, scope)
	if err := Accepts(alone, &testFormat); err != nil {
		t.Errorf("standalone: %v\n%s", err, alone)
	}
	if !bytes.Contains(alone, []byte(`<Line xmlns:a="urn:inner" xmlns:b="urn:&quot;b" b:n='1'`)) {
		t.Errorf("standalone: %s", alone)
	}
}

func TestCanonicalIsLimited(t *testing.T) {
	r, _ := element(t, `<List xmlns:p="u"><x/></List>`, "x")
	_, err := Canonical([]byte("<p:x"+distinctAttributes(maxAttributes)+"/>"), r.Scope(), &testFormat)
	if order.CodeOf(err) != "xml-limit" {
		t.Errorf("one attribute too many: %v", err)
	}
	if _, err := Canonical([]byte("<x"+distinctAttributes(maxAttributes)+"/>"), r.Scope(), &testFormat); err != nil {
		t.Errorf("as many as allowed: %v", err)
	}
}

func distinctAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" a" + string(rune('a'+i/26)) + string(rune('a'+i%26)) + `=""`)
	}
	return b.String()
}

// TestWriterIsReadBack checks that a reader gets back exactly what was written.
func TestWriterIsReadBack(t *testing.T) {
	const text = "a & b < c > ]]> \" ' \t\n\r é 📚"
	var w Writer
	root, child := xml.Name{Local: "List"}, xml.Name{Space: "p", Local: "x"}
	w.Start(root, xml.Attr{Name: xml.Name{Space: "xmlns", Local: "p"}, Value: "urn:p"})
	w.Start(child, xml.Attr{Name: xml.Name{Local: "b"}, Value: text})
	w.Text("")
	w.End(child)
	w.Text(text)
	w.End(root)
	if !strings.Contains(w.String(), "/>") {
		t.Errorf("the empty element is not written as one: %s", w.String())
	}
	r := New(UTF8([]byte(w.String()), &testFormat))
	var got strings.Builder
	for {
		tok, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, w.String())
		}
		switch tk := tok.(type) {
		case xml.StartElement:
			if tk.Name == child && tk.Attr[0].Value != text {
				t.Errorf("the attribute is read as %q", tk.Attr[0].Value)
			}
		case xml.CharData:
			got.Write(tk)
		}
	}
	if got.String() != text {
		t.Errorf("the text is read as %q", got.String())
	}
}

func TestWritable(t *testing.T) {
	for s, want := range map[string][2]bool{
		"": {true, true}, "plain é": {true, true}, "a & b": {false, true}, "a\rb": {false, true},
		"a\x00": {false, false}, "é\ufffe": {true, false}, "\xff": {true, false}, "a\tb\n": {true, true},
	} {
		if plain, ok := Writable(s); ok != want[1] || ok && plain != want[0] {
			t.Errorf("%q: plain %v, ok %v", s, plain, ok)
		}
	}
}
