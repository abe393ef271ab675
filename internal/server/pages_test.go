package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/order"
)

func TestHealth(t *testing.T) {
	var answer error
	h := open(t, func(c *Config, l *limits) {
		l.ready = 50 * time.Millisecond
		c.Ready = func(ctx context.Context) error {
			if errors.Is(answer, context.DeadlineExceeded) {
				<-ctx.Done()
			}
			return answer
		}
	})
	if r := h.do("GET", "/healthz", nil); r.StatusCode != http.StatusOK || r.body != `{"status":"alive","version":"1.2.3"}`+"\n" {
		t.Errorf("/healthz: %d %s", r.StatusCode, r.body)
	}
	want := `{"status":"ready","checks":[{"name":"serving","ok":true},{"name":"store","ok":true}]}` + "\n"
	if r := h.do("GET", "/readyz", nil); r.StatusCode != http.StatusOK || r.body != want {
		t.Errorf("/readyz: %d %s", r.StatusCode, r.body)
	}
	for _, c := range []struct {
		err   error
		shown string
	}{
		{errors.New("open /var/lib/bookgate/secret.db: no such file"), "does not answer as it should"},
		{order.Errorf(order.Unavailable, "store-full", "There is no space on the disk."), "There is no space on the disk."},
		{context.DeadlineExceeded, "does not answer as it should"},
	} {
		answer = c.err
		r := h.do("GET", "/readyz", nil, requestIDHeader, "ready")
		if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.body, c.shown) || strings.Contains(r.body, "secret") {
			t.Errorf("/readyz after %v: %d %s", c.err, r.StatusCode, r.body)
		}
		if r.Header.Get("Retry-After") == "" || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("/readyz: header %v", r.Header)
		}
	}
	if entry := h.log.line(t, "request", "ready"); !strings.Contains(entry["failure"].(string), "secret.db") {
		t.Errorf("the log does not tell why: %v", entry)
	}
}

// TestReadyShowsWarnings: what an operator has to look at is shown, and the
// server stays ready.
func TestReadyShowsWarnings(t *testing.T) {
	for name, c := range map[string]struct {
		set         func(*Config, func() string)
		why, detail string
	}{
		"clock": {func(c *Config, why func() string) { c.Clock = why }, "it jumped by 48h0m0s", "The clock is not believed: it jumped by 48h0m0s."},
		"disk": {func(c *Config, why func() string) { c.Space = why }, "1.0 MB of 24.0 MB are free",
			"The disk of the store is nearly full: 1.0 MB of 24.0 MB are free."},
		"log": {func(c *Config, why func() string) { c.LogTrouble = why }, "no space left on device",
			"Lines of the log are missing or late: no space left on device."},
	} {
		why := c.why
		h := open(t, func(conf *Config, _ *limits) { c.set(conf, func() string { return why }) })
		r := h.do("GET", "/readyz", nil)
		want := `{"name":"` + name + `","ok":true,"detail":"` + c.detail + `"}`
		if r.StatusCode != http.StatusOK || !strings.Contains(r.body, want) {
			t.Errorf("/readyz: %d %s", r.StatusCode, r.body)
		}
		why = ""
		if r := h.do("GET", "/readyz", nil); strings.Contains(r.body, name) {
			t.Errorf("/readyz without a warning: %s", r.body)
		}
	}
}

func TestEveryProblemHasItsPage(t *testing.T) {
	h := open(t, nil)
	index := h.do("GET", "/problems", nil)
	for _, e := range problem.Catalogue() {
		if !strings.Contains(index.body, public+"/problems/"+e.Code) {
			t.Errorf("%s is missing in the index", e.Code)
		}
		r := h.do("GET", "/problems/"+e.Code, nil)
		if r.StatusCode != http.StatusOK || !strings.Contains(r.body, "<code>"+e.Code+"</code>") || !strings.Contains(r.body, "What to do") {
			t.Errorf("page of %s: %d", e.Code, r.StatusCode)
		}
	}
	if got := index.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	page := h.do("GET", "/problems/editx-root", nil).body
	if !strings.Contains(page, "&lt;Order version=") || strings.Contains(page, "<Order") {
		t.Errorf("the page is not escaped: %s", page)
	}
}

// TestEveryRelationHasItsPage looks for our relations where they are written:
// in the documents of hal and in the root.
func TestEveryRelationHasItsPage(t *testing.T) {
	h := open(t, nil)
	files, err := filepath.Glob("../../hal/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range append(files, "routes.go") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"bk:([a-z0-9-]+)`).FindAllSubmatch(text, -1) {
			found[string(m[1])] = true
		}
	}
	if len(found) < 35 {
		t.Fatalf("only %d relations were found", len(found))
	}
	for _, rel := range relations() {
		if !found[rel.Name] {
			t.Errorf("/rels/%s explains a relation that no document has", rel.Name)
		}
	}
	for rel := range found {
		if r := h.do("GET", "/rels/"+rel, nil); r.StatusCode != http.StatusOK || !strings.Contains(r.body, "bk:"+rel) {
			t.Errorf("/rels/%s: %d", rel, r.StatusCode)
		}
	}
	if r := h.do("GET", "/rels/", nil); !strings.Contains(r.body, public+"/rels/editx") {
		t.Errorf("index: %s", r.body)
	}
}

func TestRootShowsWhatIsMounted(t *testing.T) {
	h := open(t, nil)
	r := h.do("GET", "/", nil)
	var doc struct {
		Links   map[string]json.RawMessage `json:"_links"`
		Version string
	}
	if err := json.Unmarshal([]byte(r.body), &doc); err != nil || doc.Version != "1.2.3" || r.Header.Get("Content-Type") != "application/hal+json" {
		t.Fatalf("%v: %s", err, r.body)
	}
	for rel, there := range map[string]bool{"self": true, "curies": true, "bk:orders": true, "bk:tickets": true, "bk:problems": true, "bk:orders-v2": false, "bk:orders-legacy": true, "bk:token": false} {
		if _, ok := doc.Links[rel]; ok != there {
			t.Errorf("link %s is there: %v, want %v", rel, ok, there)
		}
		if name, ours := strings.CutPrefix(rel, "bk:"); ours && h.do("GET", "/rels/"+name, nil).StatusCode != http.StatusOK {
			t.Errorf("relation %s has no page", rel)
		}
	}
}
