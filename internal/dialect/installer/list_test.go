package installer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// names lists the names of the orders of a page.
func (a answer) names(t *testing.T) string {
	t.Helper()
	var all []string
	for _, value := range a.Values {
		var o struct{ Name string }
		check(t, json.Unmarshal(value, &o))
		all = append(all, o.Name)
	}
	return strings.Join(all, " ")
}

// TestList asks for pages, in both directions, and by every filter.
func TestList(t *testing.T) {
	w := newWorld(t)
	var ids []order.ID
	for i := range 7 { // u is a character that no displayId has, or q=u4 would find one by chance
		ids = append(ids, w.place("good", func(in map[string]any) {
			in["name"], in["contactPersonName"] = fmt.Sprint("u", i), []string{"Ola Nordmann", "Kari Ås"}[i%2]
			if i < 3 {
				in["idempotencyKey"] = fmt.Sprint("key-", i)
			}
		}))
	}
	check(t, w.mark(ids[1], 1, order.Received, nil))
	check(t, w.mark(ids[4], 1, order.Received, nil))
	check(t, w.mark(ids[5], 1, order.Fulfilled, nil))
	for query, c := range map[string]struct {
		names string
		count int64
	}{
		"":                                    {"u6 u5 u4 u3 u2 u1 u0", 7},
		"direction=desc":                      {"u6 u5 u4 u3 u2 u1 u0", 7},
		"direction=asc":                       {"u0 u1 u2 u3 u4 u5 u6", 7},
		"pageSize=3":                          {"u6 u5 u4", 7},
		"pageSize=3&page=1":                   {"u3 u2 u1", 7},
		"pageSize=3&page=2":                   {"u0", 7},
		"pageSize=3&page=3":                   {"", 7},
		"page=10000000&pageSize=500":          {"", 7},
		"pageSize=3&page=1&direction=asc":     {"u3 u4 u5", 7},
		"q=kari":                              {"u5 u3 u1", 3},
		"phrase=kari":                         {"u5 u3 u1", 3},
		"q=kari&pageSize=1&page=1":            {"u3", 3},
		"q=U4":                                {"u4", 1},
		"q=KEY-":                              {"u2 u1 u0", 3},
		"q=unknown":                           {"", 0},
		"status=1":                            {"u6 u3 u2 u0", 4},
		"status=dispatching&direction=asc":    {"u0 u2 u3 u6", 4},
		"status=In%20Progress":                {"u4 u1", 2},
		"status=3&pageSize=1&page=1":          {"u1", 2},
		"status=4":                            {"u5", 1},
		"status=6":                            {"", 0},
		"status=3&q=ola":                      {"u4", 1},
		"idempotencyKey=key-1":                {"u1", 1},
		"idempotencyKey=KEY-1":                {"", 0},
		"idempotencyKey=key-1&status=1":       {"", 0},
		"idempotencyKey=":                     {"u6 u5 u4 u3 u2 u1 u0", 7},
		"idempotencyKey=" + displayID(ids[6]): {"", 0},
		"q=" + displayID(ids[1]):              {"u1", 1},
		"q=" + strings.ToLower(displayID(ids[6])): {"u6", 1},
		"q=" + displayID(ids[1]) + "&status=1":    {"", 0},
		"unknown=1&page=&q=":                      {"u6 u5 u4 u3 u2 u1 u0", 7},
	} {
		a := w.send("good", http.MethodGet, ordersPath+"?"+query, "")
		if a.status != 200 || a.names(t) != c.names || a.Count != c.count {
			t.Errorf("%s: %d %q, %d, want %q, %d", query, a.status, a.names(t), a.Count, c.names, c.count)
		}
	}
	for query, path := range map[string]string{
		"page=-1": "page", "page=x": "page", "page=1.5": "page", "page=10000001": "page", "pageSize=0": "pageSize", "pageSize=501": "pageSize", "pageSize=9999999999999999999999": "pageSize",
		"direction=up": "direction", "direction=DESC": "direction", "status=7": "status", "status=-1": "status", "status=Done": "status", "q=" + url.QueryEscape(strings.Repeat("å", 256)): "q",
		"page=x&status=x": "page status", "status=1&status=2": "status", "idempotencyKey=a&idempotencyKey=b": "idempotencyKey", "q=a&q=": "q",
	} {
		if a := w.send("good", http.MethodGet, ordersPath+"?"+query, ""); a.status != 400 || a.paths() != path || a.Code != "installation-query" {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
	for _, query := range []string{"idempotencyKey=key-1;x", "idempotencyKey=100%", "q=%zz", "status=1;2"} {
		if a := w.send("good", http.MethodGet, ordersPath+"?"+query, ""); a.status != 400 || a.Code != "parameter-malformed" {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
}

// TestListDefaults returns 25 orders to a caller that says nothing, and at most 500.
func TestListDefaults(t *testing.T) {
	w := newWorld(t)
	for range 30 {
		w.post("good", nil)
	}
	for query, n := range map[string]int{"": 25, "?page=1": 5, "?pageSize=500": 30, "?pageSize=26": 26} {
		if a := w.send("good", http.MethodGet, ordersPath+query, ""); len(a.Values) != n || a.Count != 30 {
			t.Errorf("%s: %d of %d", query, len(a.Values), a.Count)
		}
	}
}
