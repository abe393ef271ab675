//go:build all

package chaos

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	gzipHead    = 10 // bytes before the compressed data of a stored document
	gzipTail    = 8  // bytes behind it: its own checks
	documentRow = `SELECT o.number, o.id, d.body FROM documents d JOIN orders o ON o.n = d.order_n`
)

// document is a stored document, compressed as in the database.
type document struct {
	number, id string
	body       []byte
}

// fillDocuments stores n orders. With SQLite it moves everything from the log
// into the database.
func fillDocuments(t *testing.T, s harness.Scene, n int) {
	t.Helper()
	g := start(t, s, quiet...)
	client := login(t, g, s.Sender)
	for i := range n {
		if _, err := client.Submit(bodyOf(orderNumber("flip", i, 1+i%4))); err != nil {
			t.Fatal(err)
		}
	}
	g.Stop()
	if s.Database == "" {
		tell(t, s, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
}

func readDocuments(t *testing.T, s harness.Scene) (all []document) {
	t.Helper()
	db := openStore(t, s)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), documentRow)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var d document
		if err := rows.Scan(&d.number, &d.id, &d.body); err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// flipAll flips one random bit of each document where it stands.
func flipAll(t *testing.T, s harness.Scene, documents []document) {
	t.Helper()
	if s.Database == "" {
		flipInFile(t, filepath.Join(s.Dir, "bookgate.db"), documents)
		return
	}
	for _, d := range documents {
		flipped := bytes.Clone(d.body)
		flipped[rand.IntN(len(flipped))] ^= 1 << rand.IntN(8)
		tell(t, s, `UPDATE documents SET body = $1 WHERE order_n = (SELECT n FROM orders WHERE id = $2)`, flipped, d.id)
	}
}

func flipInFile(t *testing.T, path string, documents []document) {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range documents {
		at := bytes.Index(file, d.body)
		if at < 0 {
			t.Fatalf("document of %s does not stand in one piece in the file", d.number)
		}
		file[at+rand.IntN(len(d.body))] ^= 1 << rand.IntN(8)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// original asks for the bytes that came in. Naming the encoding ourselves, we
// get what the server sends, and unpack it as a client would.
func original(t *testing.T, client *harness.Client, id, encoding string) (status int, body []byte) {
	t.Helper()
	res, body, err := client.DoWith(http.MethodGet, "/orders/"+id+"/editx/original", nil, http.Header{"Accept-Encoding": {encoding}})
	if err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Content-Encoding") == "gzip" {
		return res.StatusCode, unchecked(body)
	}
	return res.StatusCode, body
}

// unchecked unpacks a compressed document and looks at none of its checks.
func unchecked(packed []byte) []byte {
	if len(packed) < gzipHead+gzipTail {
		return []byte(fmt.Sprintf("%d bytes", len(packed)))
	}
	body, _ := io.ReadAll(flate.NewReader(bytes.NewReader(packed[gzipHead : len(packed)-gzipTail])))
	return body
}
