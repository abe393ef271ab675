//go:build all

package interop

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// TestProxiesBusy: a listener that comes while all places are taken is asked to
// come again. Proxies must not make a 503 of it, on which EventSource ends for
// good.
func TestProxiesBusy(t *testing.T) {
	t.Parallel()
	g := start(t, "--max-in-flight", "1")
	g.addUser(t, harness.Sender)
	direct := wire(strings.TrimPrefix(g.Base, "http://"))
	ticket, _, err := direct.login(harness.Sender)
	if err != nil {
		t.Fatal(err)
	}
	unchanged := func(text string) string { return text }
	for _, p := range proxies() {
		t.Run(p.name, func(t *testing.T) {
			w := p.start(t, g, unchanged)
			working := upload(t, direct, ticket)
			defer working.Close()
			for range 10 {
				s, err := w.listen("/v2/events", withTicket(ticket)...)
				if err != nil {
					t.Fatal(err)
				}
				if !s.lines.Scan() || !strings.HasSuffix(strings.TrimSpace(s.lines.Text()), " 200 OK") {
					t.Errorf("answered %q", s.lines.Text())
				} else if err := s.until("retry: 3000"); err != nil {
					t.Error(err)
				}
				s.Close()
			}
		})
	}
}

// upload begins to send an order, and so takes a place until it is closed.
func upload(t *testing.T, w wire, ticket string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", string(w))
	if err != nil {
		t.Fatal(err)
	}
	q := request{method: "POST", path: "/orders", header: withTicket(ticket, "Content-Type: application/xml"), body: make([]byte, 100)}
	if _, err := fmt.Fprint(c, q.head(), "<"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // until it has its place
	return c
}
