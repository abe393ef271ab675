package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// spoiled is a data folder with two orders; the document of the second was
// damaged in the file.
func spoiled(t *testing.T) (dir string, damaged order.ID) {
	t.Helper()
	dir = t.TempDir()
	db, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"hel", "skadet"} {
		o := order.Order{ID: order.NewID(time.Now()), Revision: 1, Source: "boknett", Sender: "7045", Buyer: "7045", Number: number, Status: order.Unprocessed}
		doc := order.NewDocument("application/xml", []byte(strings.Repeat("<Order>"+number+"</Order>", 50)))
		if _, _, err := db.Add(t.Context(), o, doc, order.Event{Kind: order.EventReceived}); err != nil {
			t.Fatal(err)
		}
		damaged = o.ID
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	flipLastDocument(t, filepath.Join(dir, "bookgate.db"))
	return dir, damaged
}

// flipLastDocument damages the compressed document that was written last:
// rows are filled into a page from its end, so it stands before the other.
func flipLastDocument(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("\x1f\x8b\x08"))
	if at < 0 {
		t.Fatal("no compressed document is in the file")
	}
	b[at+20] ^= 0xff
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func scrubCommand(t *testing.T, args ...string) (code int, out, words string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"db", "scrub"}, args...), cli.App{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	return code, stdout.String(), stderr.String()
}

func TestScrubReportsWhatIsDamaged(t *testing.T) {
	dir, id := spoiled(t)
	code, out, words := scrubCommand(t, "--data", dir)
	if code != cli.ExitFailure {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{string(id), "7045", "skadet", "today"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	if strings.Contains(out, "hel ") {
		t.Errorf("the whole document is called damaged:\n%s", out)
	}
	if !strings.Contains(words, "2 documents checked, 1 damaged.") || !strings.Contains(words, "Restore a backup") {
		t.Errorf("it says\n%s", words)
	}

	code, out, _ = scrubCommand(t, "--json", "--data", dir)
	var doc scrubbed
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if code != cli.ExitFailure || doc.Checked != 2 || len(doc.Damaged) != 1 || doc.Damaged[0].Order != id || doc.Damaged[0].Text == "" {
		t.Errorf("exit code %d, %+v", code, doc)
	}
}
