//go:build all

package chaos

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// hookCount is a receiver of webhooks that counts.
type hookCount struct {
	mu   sync.Mutex
	seen map[int64]int
}

func newHookCount(t *testing.T, receiver *harness.Client) *hookCount {
	t.Helper()
	h := &hookCount{seen: map[int64]int{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	endpoint, _ := json.Marshal(map[string]any{"url": server.URL, "events": []string{}})
	res, body, err := receiver.Do(http.MethodPost, "/v2/webhooks", endpoint, "application/json")
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("register: %v %s", err, body)
	}
	return h
}

func (h *hookCount) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Data struct {
			Change int64 `json:"change"`
		} `json:"data"`
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil || json.Unmarshal(b.Bytes(), &event) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[event.Data.Change]++
}

// await waits until all changes up to head are delivered, for as long as some still
// come, and returns how many came more than once.
func (h *hookCount) await(t *testing.T, head int64) (doubled int) {
	t.Helper()
	least, end := head+1, time.Now()
	for ; ; time.Sleep(50 * time.Millisecond) {
		missing := int64(0)
		h.mu.Lock()
		doubled = 0
		for n := int64(1); n <= head; n++ {
			switch h.seen[n] {
			case 0:
				missing++
			case 1:
			default:
				doubled++
			}
		}
		h.mu.Unlock()
		if missing == 0 {
			return doubled
		}
		if missing < least {
			least, end = missing, time.Now().Add(settleLimit)
		}
		if time.Now().After(end) {
			t.Errorf("%d of %d changes were delivered to no one", missing, head)
			return doubled
		}
	}
}
