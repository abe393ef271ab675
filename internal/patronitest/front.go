package patronitest

import (
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

//go:embed haproxy.cfg
var frontSettings string

// frontLimit is how long the front may take to find its replicas ready.
const frontLimit = 30 * time.Second

// Front starts HAProxy before two replicas, given as http://HOST:PORT, and
// returns its address.
func (r *Trio) Front(t testing.TB, a, b string) (base string) {
	t.Helper()
	address := local(freePort())
	text := strings.NewReplacer("127.0.0.1:8080", address, "127.0.0.1:8081", strings.TrimPrefix(a, "http://"),
		"127.0.0.1:8082", strings.TrimPrefix(b, "http://")).Replace(frontSettings)
	path := filepath.Join(r.place.Dir, "haproxy.cfg")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p, err := launch(r.place, syscall.SIGTERM, "haproxy.log", "haproxy", "-db", "-f", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	base = "http://" + address
	if err := awaitReady(base); err != nil {
		t.Fatal(err)
	}
	return base
}

func awaitReady(base string) (err error) {
	client := http.Client{Timeout: askLimit}
	for end := time.Now().Add(frontLimit); time.Now().Before(end); time.Sleep(lookEvery) {
		var res *http.Response
		if res, err = client.Get(base + "/readyz"); err != nil {
			continue
		}
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
		err = fmt.Errorf("GET /readyz: %s", res.Status)
	}
	return fmt.Errorf("the front finds no replica: %w", err)
}
