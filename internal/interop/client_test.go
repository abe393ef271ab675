//go:build all

package interop

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestProxiesNameTheClient: each proxy of deploy/proxy has its client counted and
// logged by the client's own address, whatever the client says of itself.
func TestProxiesNameTheClient(t *testing.T) {
	t.Parallel()
	g := start(t, "--trusted-proxy", "127.0.0.1", "--log-format", "json")
	all := proxies()
	protocol := proxies()[3]
	protocol.name = "haproxy by the PROXY protocol"
	for _, p := range append(all, protocol) {
		t.Run(p.name, func(t *testing.T) {
			w := p.start(t, g, func(text string) string {
				if p.name == protocol.name {
					text = strings.NewReplacer("option forwardfor\n", "\n").Replace(text)
					return strings.TrimRight(text, "\n") + " send-proxy-v2\n"
				}
				return text
			})
			id := "client-" + strings.ReplaceAll(p.name, " ", "-")
			r, err := http.NewRequest("GET", "http://"+string(w)+"/orders", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Forwarded-For", "198.51.100.9")
			r.Header.Set("X-Request-Id", id)
			from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
			client := http.Client{Transport: &http.Transport{DialContext: from.DialContext, DisableKeepAlives: true}, Timeout: 20 * time.Second}
			res, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				line := ""
				for l := range strings.Lines(g.Gateway.Log()) {
					if strings.Contains(l, `"request":"`+id+`"`) {
						line = l
					}
				}
				if strings.Contains(line, `"client":"127.0.0.9"`) {
					return
				}
				if time.Now().After(end) {
					t.Fatalf("status %d, the log says %q", res.StatusCode, line)
				}
			}
		})
	}
}
