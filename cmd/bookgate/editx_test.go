package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/cli"
)

// TestEDItXCheckShowsThePlace holds the caret under the value at fault.
func TestEDItXCheckShowsThePlace(t *testing.T) {
	d := &session{t: t, home: t.TempDir()}
	wrong := strings.Replace(orderText("A-1", "900877"), "7926<", "7925<", 1)
	d.runs(cli.ExitRefused, wrong, "editx", "check", "-")
	d.pointsAt("<Identifier>")
	d.runs(cli.ExitOK, wrong, "editx", "check", "-", "--profile", "lenient")
	d.says("It was stored as written.   (warning)", "")
	d.runs(cli.ExitRefused, wrong, "editx", "check", "-", "--profile", "strict", "--json")
	var results []checked
	mustNot(t, json.Unmarshal(d.out.Bytes(), &results))
	if r := results[0]; r.Type != "Order" || r.Version != "1.3" || r.Profile != "strict" || !r.Refused || len(r.Problems) == 0 {
		t.Errorf("%+v", r)
	}
	d.runs(cli.ExitUsage, wrong, "editx", "check", "-", "--profile", "streng")
	d.says("", "strict, trade or lenient")
}

// pointsAt wants the caret of the first finding under what begins with text.
func (d *session) pointsAt(text string) {
	d.t.Helper()
	lines := strings.Split(d.out.String(), "\n")
	caret := strings.Index(lines[3], "^")
	if caret < 0 || !strings.HasPrefix(string([]rune(lines[2])[caret:]), text) {
		d.t.Errorf("the caret does not stand under %s:\n%s", text, &d.out)
	}
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
	d := &session{t: t, home: t.TempDir()}
	good := orderText("A-1", "900877")
	wrong := strings.Replace(good, "7926<", "7925<", 1)
	wrong = strings.Replace(wrong, "<Identifier>978", "<!-- 書 å --><Identifier>978", 1)
	d.runs(cli.ExitRefused, wide(wrong), "editx", "check", "-")
	d.pointsAt("<Identifier>")
	d.runs(cli.ExitOK, wide(good), "editx", "convert", "--to", "1.2", "-")
	if out := d.out.String(); !strings.HasPrefix(out, `<?xml version="1.0" encoding="UTF-8"?>`) || !strings.Contains(out, `<Order version="1.2">`) {
		t.Errorf("converted to\n%s", out)
	}
}

func TestEDItXCheckSums(t *testing.T) {
	d := &session{t: t, home: t.TempDir()}
	good, bad := filepath.Join(d.home, "good.xml"), filepath.Join(d.home, "bad.xml")
	mustNot(t, os.WriteFile(good, []byte(orderText("A-1", "900877")), 0o600))
	mustNot(t, os.WriteFile(bad, []byte("<Invoice/>"), 0o600))
	d.runs(cli.ExitRefused, "", "editx", "check", good, bad)
	d.says("2 documents checked, 1 refused", "")
}

func TestEDItXConvert(t *testing.T) {
	d := &session{t: t, home: t.TempDir()}
	old := strings.Replace(strings.Replace(orderText("A-1", "900877"), ` version="1.3"`, "", 1), "</Summary>", "<TotalTax>0</TotalTax></Summary>", 1)
	d.runs(cli.ExitRefused, old, "editx", "convert", "--to", "1.2", "-")
	d.says("", "TotalTax")
	if d.out.Len() > 0 {
		t.Errorf("a refused conversion wrote %q", d.out.String())
	}
	out := filepath.Join(d.home, "new.xml")
	d.runs(cli.ExitOK, old, "editx", "convert", "--to", "1.2", "--drop-unknown", "-", "-o", out)
	d.says("", "does not say its version")
	body, err := os.ReadFile(out)
	mustNot(t, err)
	if report, err := editx.Check(body, editx.Trade); err != nil || report.Version != "1.2" || report.Refused {
		t.Errorf("%+v, %v", report, err)
	}
	d.runs(cli.ExitUsage, old, "editx", "convert", "--to", "2.0", "-")
	d.runs(cli.ExitRefused, "{}", "editx", "convert", "-")
}

func TestEDItXExplain(t *testing.T) {
	d := &session{t: t, home: t.TempDir()}
	d.runs(cli.ExitOK, "", "editx", "explain", "EAN-check")
	d.says("check digit", "")
	d.runs(cli.ExitOK, "", "editx", "explain")
	d.says("element-order", "")
	d.runs(cli.ExitOK, "", "editx", "explain", "--json")
	var all []editx.Explanation
	mustNot(t, json.Unmarshal(d.out.Bytes(), &all))
	if len(all) < 30 {
		t.Errorf("%d codes are explained", len(all))
	}
	d.runs(cli.ExitUsage, "", "editx", "explain", "no-such-code")
}
