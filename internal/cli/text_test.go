package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzPlainText: what comes out has neither mark nor NUL.
func FuzzPlainText(f *testing.F) {
	for _, written := range []string{"BOOKGATE_LISTEN=:80\n", MarkUTF8 + "BOOKGATE_LISTEN=:80\r\n", "\xff\xfeB\x00\n\x00", "\xfe\xff\x00B\x00\n"} {
		f.Add([]byte(written))
	}
	f.Add([]byte("\xff\xfe\x00\xd8"))
	f.Fuzz(func(t *testing.T, written []byte) {
		text, err := PlainText(written)
		if err == nil && strings.Contains(text, "\x00") || err != nil && text != "" {
			t.Fatalf("%q, %v", text, err)
		}
	})
}

// hostileText has what a terminal acts on, and what it shows as it is.
const hostileText = "NR\u202e1000-KO\u202c A\u2066B\u2069\u2028C\u2029 \u200fD\u061c \x1b[2J\x07\u009b1m \u00adE\ufeff\u200b \U000e0041 æøå €"

func actsOnTerminal(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// TestTextWriterIsHarmless writes the text in two parts, cut at every byte.
func TestTextWriterIsHarmless(t *testing.T) {
	var whole bytes.Buffer
	io.WriteString(NewTextWriter(&whole), "a\tb\n"+hostileText+"\xff\xe2\x80 end\n")
	if i := strings.IndexFunc(whole.String(), actsOnTerminal); i >= 0 || !utf8.Valid(whole.Bytes()) {
		t.Errorf("at %d stands what a terminal acts on: %q", i, whole.String())
	}
	if !strings.HasPrefix(whole.String(), "a\tb\nNR 1000-KO  A B  C") || !strings.Contains(whole.String(), "æøå €") {
		t.Errorf("the text became %q", whole.String())
	}
	valid := "a\tb\n" + hostileText + " end\n"
	for cut := range len(valid) {
		var parts bytes.Buffer
		w := NewTextWriter(&parts)
		for _, part := range []string{valid[:cut], valid[cut:]} {
			if n, err := io.WriteString(w, part); n != len(part) || err != nil {
				t.Fatalf("cut at %d: %d, %v", cut, n, err)
			}
		}
		if want := PrintableText(valid); parts.String() != want {
			t.Fatalf("cut at %d: %q, want %q", cut, parts.String(), want)
		}
	}
}

// TestJSONKeepsItsValues wants the same value read back from a document in
// which nothing stands that a terminal acts on.
func TestJSONKeepsItsValues(t *testing.T) {
	for name, print := range map[string]func(io.Writer, any) error{"indented": PrintJSON, "line": PrintJSONLine} {
		var out bytes.Buffer
		if err := print(NewTextWriter(&out), map[string]string{"number": hostileText}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(out.String(), actsOnTerminal) {
			t.Errorf("%s: %q", name, out.String())
		}
		var got map[string]string
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || got["number"] != hostileText {
			t.Errorf("%s: %q, %v", name, got["number"], err)
		}
	}
}

// TestFloodOfMarks: a hundred marks on one letter would cover the lines around it.
// What a program reads stays whole.
func TestFloodOfMarks(t *testing.T) {
	flood := "Z" + strings.Repeat("\u0300", 100) + "e\u0301 \u0e01\u0e38\u0e49"
	for how, got := range map[string]string{"a cell": Printable(flood), "a text": PrintableText(flood)} {
		if want := "Z" + strings.Repeat("\u0300", mostMarks) + "e\u0301 \u0e01\u0e38\u0e49"; got != want {
			t.Errorf("%s: %+q", how, got)
		}
	}
	var out bytes.Buffer
	if err := PrintJSON(NewTextWriter(&out), flood); err != nil {
		t.Fatal(err)
	}
	var read string
	if err := json.Unmarshal(out.Bytes(), &read); err != nil || read != flood || strings.Count(out.String(),
		"\u0300") != mostMarks {
		t.Errorf("%v: %+q", err, out.String())
	}
}
