package paper

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
)

// Policy is the Content-Security-Policy of pages that stand alone: it allows
// the one style sheet that stands in them.
func Policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// Write answers with a page of the book. It renders into memory first, so that
// a fault of a template is not half a page. Nothing is kept, followed, or found
// by a search engine, and under the policy the page can load nothing and send
// nowhere but back here.
func (b Book) Write(w http.ResponseWriter, policy string, status int, name string, view any) error {
	var buf bytes.Buffer
	if err := b.Page.ExecuteTemplate(&buf, name, view); err != nil {
		return fmt.Errorf("write the page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(b.Language))
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	w.Write(buf.Bytes()) // a client that went away is in the log already
	return nil
}
