package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bookgate/bookgate/editx"
)

// TestEDItXCheckShowsThePlace holds the caret under the value at fault.
func TestEDItXCheckShowsThePlace(t *testing.T) {
	d := &desk{t: t, home: t.TempDir()}
	wrong := strings.Replace(orderText("A-1", "900877"), "7926<", "7925<", 1)
	d.runs(exitRefused, wrong, "editx", "check", "-")
	lines := strings.Split(d.out.String(), "\n")
	caret := strings.Index(lines[3], "^")
	if caret < 0 || !strings.HasPrefix(string([]rune(lines[2])[caret:]), "<Identifier>") {
		t.Errorf("the caret does not stand under the place:\n%s", d.out.String())
	}
	d.runs(exitOK, wrong, "editx", "check", "-", "--profile", "lenient")
	d.says("It was stored as written.   (warning)", "")
	d.runs(exitRefused, wrong, "editx", "check", "-", "--profile", "strict", "--json")
	var results []checked
	mustNot(t, json.Unmarshal(d.out.Bytes(), &results))
	if r := results[0]; r.Type != "Order" || r.Version != "1.3" || r.Profile != "strict" || !r.Refused || len(r.Problems) == 0 {
		t.Errorf("%+v", r)
	}
	d.runs(exitUsage, wrong, "editx", "check", "-", "--profile", "streng")
	d.says("", "strict, trade or lenient")
}

// TestEDItXReadsUTF16 holds that check shows and convert reads a document in
// UTF-16 as any other.
func TestEDItXReadsUTF16(t *testing.T) {
	wide := func(s string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	d := &desk{t: t, home: t.TempDir()}
	good := orderText("A-1", "900877")
	wrong := strings.Replace(good, "7926<", "7925<", 1)
	wrong = strings.Replace(wrong, "<Identifier>978", "<!-- 書 å --><Identifier>978", 1)
	d.runs(exitRefused, wide(wrong), "editx", "check", "-")
	lines := strings.Split(d.out.String(), "\n")
	caret := strings.Index(lines[3], "^")
	if caret < 0 || !strings.HasPrefix(string([]rune(lines[2])[caret:]), "<Identifier>") {
		t.Errorf("the caret does not stand under the place:\n%s", d.out.String())
	}
	d.runs(exitOK, wide(good), "editx", "convert", "--to", "1.2", "-")
	if out := d.out.String(); !strings.HasPrefix(out, `<?xml version="1.0" encoding="UTF-8"?>`) || !strings.Contains(out, `<Order version="1.2">`) {
		t.Errorf("converted to\n%s", out)
	}
}

func TestEDItXCheckSums(t *testing.T) {
	d := &desk{t: t, home: t.TempDir()}
	good, bad := filepath.Join(d.home, "good.xml"), filepath.Join(d.home, "bad.xml")
	mustNot(t, os.WriteFile(good, []byte(orderText("A-1", "900877")), 0o600))
	mustNot(t, os.WriteFile(bad, []byte("<Invoice/>"), 0o600))
	d.runs(exitRefused, "", "editx", "check", good, bad)
	d.says("2 documents checked, 1 refused", "")
}

// TestWindow holds what is shown of lines that are long, of another encoding,
// or made to move a terminal's cursor.
func TestWindow(t *testing.T) {
	long := strings.Repeat("a", 5000)
	for _, c := range []struct {
		name, line string
		at         int
		want       string
		caret      int
	}{
		{"short", "<A>1</A>", 0, "<A>1</A>", 0},
		{"indented", "\t\t<A>1</A>", 2, "<A>1</A>", 0},
		{"in the middle", "  <A><B/></A>", 5, "<A><B/></A>", 3},
		{"long", long + "<B/>" + long, 5000, "…" + strings.Repeat("a", shownBefore) + "<B/>" + strings.Repeat("a", shownWidth-shownBefore-4) + "…", shownBefore + 1},
		{"letters of two bytes", "øøø<B/>", 6, "øøø<B/>", 3},
		{"ISO-8859-1", "\xf8\xf8<B/>", 2, "øø<B/>", 2},
		{"escape sequences", "a\x1b[2J\tb<B/>", 7, "a [2J b<B/>", 7},
		{"turned writing", "\u202ea<B/>", 4, "a<B/>", 1},
		{"behind the end", "<A>", 3, "<A>", 3},
	} {
		got, caret := window([]byte(c.line), c.at)
		if got != c.want || caret != c.caret {
			t.Errorf("%s: %q with the caret at %d, want %q at %d", c.name, got, caret, c.want, c.caret)
		}
	}
}

func TestEDItXConvert(t *testing.T) {
	d := &desk{t: t, home: t.TempDir()}
	old := strings.Replace(strings.Replace(orderText("A-1", "900877"), ` version="1.3"`, "", 1), "</Summary>", "<TotalTax>0</TotalTax></Summary>", 1)
	d.runs(exitRefused, old, "editx", "convert", "--to", "1.2", "-")
	d.says("", "TotalTax")
	if d.out.Len() > 0 {
		t.Errorf("a refused conversion wrote %q", d.out.String())
	}
	out := filepath.Join(d.home, "new.xml")
	d.runs(exitOK, old, "editx", "convert", "--to", "1.2", "--drop-unknown", "-", "-o", out)
	d.says("", "does not say its version")
	body, err := os.ReadFile(out)
	mustNot(t, err)
	if report, err := editx.Check(body, editx.Trade); err != nil || report.Version != "1.2" || report.Refused {
		t.Errorf("%+v, %v", report, err)
	}
	d.runs(exitUsage, old, "editx", "convert", "--to", "2.0", "-")
	d.runs(exitRefused, "{}", "editx", "convert", "-")
}

func TestEDItXExplain(t *testing.T) {
	d := &desk{t: t, home: t.TempDir()}
	d.runs(exitOK, "", "editx", "explain", "EAN-check")
	d.says("check digit", "")
	d.runs(exitOK, "", "editx", "explain")
	d.says("element-order", "")
	d.runs(exitOK, "", "editx", "explain", "--json")
	var all []editx.Explanation
	mustNot(t, json.Unmarshal(d.out.Bytes(), &all))
	if len(all) < 30 {
		t.Errorf("%d codes are explained", len(all))
	}
	d.runs(exitUsage, "", "editx", "explain", "no-such-code")
}
