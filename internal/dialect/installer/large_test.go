//go:build all

package installer

import (
	"net/http"
	"strings"
	"testing"
)

// TestListOfLargeOrders is refused in words before it fills the memory.
func TestListOfLargeOrders(t *testing.T) {
	w := newWorld(t)
	const many = maxList/(200<<10) + 2
	for range many {
		if a := w.post("good", func(in map[string]any) { in["metadata"] = map[string]any{"a": strings.Repeat("x", 200<<10)} }); a.status != 201 {
			t.Fatal(a.raw)
		}
	}
	if a := w.send("good", http.MethodGet, ordersPath+"?pageSize=500", ""); a.status != 400 || a.paths() != "pageSize" || !strings.Contains(a.Details[0].Message, "first") {
		t.Errorf("%d %.300s", a.status, a.raw)
	}
	if a := w.send("good", http.MethodGet, ordersPath+"?pageSize=10", ""); a.status != 200 || len(a.Values) != 10 || a.Count != many {
		t.Errorf("%d %.300s", a.status, a.raw)
	}
}
