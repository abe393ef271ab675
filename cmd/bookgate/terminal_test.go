package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostileText has what a terminal acts on, and what it shows as it is.
const hostileText = "NR\u202e1000-KO\u202c A\u2066B\u2069\u2028C\u2029 \u200fD\u061c \x1b[2J\x07\u009b1m \u00adE\ufeff\u200b \U000e0041 æøå €"

func actsOnTerminal(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// TestTextWriterIsHarmless writes the text in two parts, cut at every byte.
func TestTextWriterIsHarmless(t *testing.T) {
	var whole bytes.Buffer
	io.WriteString(newTextWriter(&whole), "a\tb\n"+hostileText+"\xff\xe2\x80 end\n")
	if i := strings.IndexFunc(whole.String(), actsOnTerminal); i >= 0 || !utf8.Valid(whole.Bytes()) {
		t.Errorf("at %d stands what a terminal acts on: %q", i, whole.String())
	}
	if !strings.HasPrefix(whole.String(), "a\tb\nNR 1000-KO  A B  C") || !strings.Contains(whole.String(), "æøå €") {
		t.Errorf("the text became %q", whole.String())
	}
	valid := "a\tb\n" + hostileText + " end\n"
	for cut := range len(valid) {
		var parts bytes.Buffer
		w := newTextWriter(&parts)
		for _, part := range []string{valid[:cut], valid[cut:]} {
			if n, err := io.WriteString(w, part); n != len(part) || err != nil {
				t.Fatalf("cut at %d: %d, %v", cut, n, err)
			}
		}
		if want := printableText(valid); parts.String() != want {
			t.Fatalf("cut at %d: %q, want %q", cut, parts.String(), want)
		}
	}
}

// TestJSONKeepsItsValues wants the same value read back from a document in
// which nothing stands that a terminal acts on.
func TestJSONKeepsItsValues(t *testing.T) {
	for name, print := range map[string]func(io.Writer, any) error{"indented": printJSON, "line": printJSONLine} {
		var out bytes.Buffer
		if err := print(newTextWriter(&out), map[string]string{"number": hostileText}); err != nil {
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
	for how, got := range map[string]string{"a cell": printable(flood), "a text": printableText(flood)} {
		if want := "Z" + strings.Repeat("\u0300", mostMarks) + "e\u0301 \u0e01\u0e38\u0e49"; got != want {
			t.Errorf("%s: %+q", how, got)
		}
	}
	var out bytes.Buffer
	if err := printJSON(newTextWriter(&out), flood); err != nil {
		t.Fatal(err)
	}
	var read string
	if err := json.Unmarshal(out.Bytes(), &read); err != nil || read != flood || strings.Count(out.String(),
		"\u0300") != mostMarks {
		t.Errorf("%v: %+q", err, out.String())
	}
}

// TestLogIsHarmless: order numbers and answers of receivers stand in it.
func TestLogIsHarmless(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		newLog(&out, serveConfig{logFormat: format, logLevel: "info"}).Info("a delivery failed", "number", hostileText)
		var entry map[string]string
		if format == "json" && (json.Unmarshal(out.Bytes(), &entry) != nil || entry["number"] != hostileText) {
			t.Errorf("%q", out.String())
		}
		if strings.ContainsFunc(out.String(), actsOnTerminal) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: %q", format, out.String())
		}
	}
}

// TestErrorsAreHarmless lets commands refuse what somebody else wrote.
func TestErrorsAreHarmless(t *testing.T) {
	for _, args := range [][]string{
		{hostileText}, {"order", hostileText}, {"user", "add", hostileText, "--party", "7045"}, {"party", hostileText},
		{"editx", "check", hostileText}, {"backup", "verify", hostileText}, {"serve", "--listen", hostileText},
		{"serve", "--" + hostileText}, {"editx", "explain", hostileText}, {"config", "show", "--env-file", hostileText},
	} {
		var out, words bytes.Buffer
		code := run(context.Background(), args, app{in: strings.NewReader(""), out: &out, err: &words, environ: []string{"HOME=" + t.TempDir()}})
		if code == exitOK || words.Len() == 0 {
			t.Errorf("%q: exit %d, %q", args, code, words.String())
		}
		if strings.ContainsFunc(words.String()+out.String(), actsOnTerminal) {
			t.Errorf("%q says %q", args, words.String()+out.String())
		}
	}
}
