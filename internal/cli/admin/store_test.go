package admin

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/store"
)

func TestCopyProgressOnATerminalIsOneLine(t *testing.T) {
	var out bytes.Buffer
	p := copyProgress{w: &out, inPlace: true}
	p.show(store.Copying, "orders", 256, 300)
	p.show(store.Copying, "orders", 300, 300)
	p.show(store.Copying, "orders", 300, 300)
	p.end()
	const want = clearLine + "copying    orders  256 of 300" + clearLine + "copying    orders  300 of 300" + clearLine
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestCopyProgressInAFileIsALineForATable(t *testing.T) {
	var out bytes.Buffer
	p := copyProgress{w: &out}
	p.show(store.Copying, "routes", 0, 0)
	for _, done := range []int64{256, 300, 300} {
		p.show(store.Copying, "orders", done, 300)
	}
	p.show(store.Comparing, "orders", 299, 300)
	p.end()
	const want = "copying    orders  300 of 300\ncomparing  orders  299 of 300\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// TestCopyShowsWhatDiffers prints a comparison that was refused.
func TestCopyShowsWhatDiffers(t *testing.T) {
	c := store.Comparison{Tables: []store.TableComparison{
		{Name: "orders", From: store.TableSum{Rows: 2, SHA256: [32]byte{1}}, To: store.TableSum{Rows: 2, SHA256: [32]byte{1}}},
		{Name: "lines", From: store.TableSum{Rows: 9, SHA256: [32]byte{2}}, To: store.TableSum{Rows: 8, SHA256: [32]byte{3}}},
	}}
	var out bytes.Buffer
	if err := showCopy(cli.App{Out: &out}, c, false); err != nil {
		t.Fatal(err)
	}
	const want = "TABLE   ROWS  SHA-256       SAME\norders  2     010000000000  yes\nlines   9     020000000000  no: 8 rows, 030000000000\n"
	if out.String() != want {
		t.Errorf("got\n%s, want\n%s", out.String(), want)
	}
	out.Reset()
	if err := showCopy(cli.App{Out: &out}, c, true); err != nil || !strings.Contains(out.String(), `"same": false`) {
		t.Errorf("%s, %v", out.String(), err)
	}
	c.Tables = c.Tables[:1]
	c.Tables[0].To = store.TableSum{}
	out.Reset()
	if err := showCopy(cli.App{Out: &out}, c, true); err != nil || strings.Contains(out.String(), `"same"`) {
		t.Errorf("a dry run has compared: %s, %v", out.String(), err)
	}
}
