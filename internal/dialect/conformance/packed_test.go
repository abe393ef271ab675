package conformance

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

func zipped(t *testing.T, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(body))
	check(t, err)
	check(t, z.Close())
	return b.String()
}

// TestPackedRequests: from every client an order that is sent compressed is the
// order that it is otherwise, with the unpacked request as its original; another
// coding is refused with those that are taken, and a damaged body by name.
func TestPackedRequests(t *testing.T) {
	for _, d := range clients() {
		t.Run(d.name, func(t *testing.T) {
			w := newWorld(t, t.TempDir())
			credential := d.credential(w, auth.ModeLive)
			refused := w.post(d, credential, func(body string) string { return zipped(t, body) }, "Content-Encoding: br")
			if code := outcome(refused); !strings.Contains(code, "415") && !strings.Contains(refused.body, "Content-Encoding") || refused.header.Get("Accept-Encoding") != "gzip, identity" {
				t.Errorf("br: %s %v", code, refused.header)
			}
			cut := w.post(d, credential, func(body string) string { return zipped(t, body)[:len(body)/4] }, "Content-Encoding: gzip")
			if !strings.Contains(cut.body, "ends before it is complete") || granted(outcome(cut)) {
				t.Errorf("cut: %d %s", cut.status, cut.body)
			}
			plain := func(body string) string { return body }
			a := w.post(d, credential, func(body string) string { return zipped(t, body) }, "Content-Encoding: gzip")
			if !granted(outcome(a)) {
				t.Fatalf("%d %s", a.status, a.body)
			}
			w.settle()
			o := w.core(d, d.number(t, plain, a))
			_, sent, err := requestFile(d.name)
			check(t, err)
			doc, err := w.exchange.Document(t.Context(), d.sender, o.ID)
			check(t, err)
			if !bytes.Equal(doc.Body, sent) || doc.SHA256 != order.NewDocument("", sent).SHA256 {
				t.Errorf("the original has %d bytes, and %d were packed", len(doc.Body), len(sent))
			}
		})
	}
}
