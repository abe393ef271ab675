package installer

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// operations are those of the route table: each path with each method that it
// takes, under both prefixes.
func operations(t *testing.T, w *world) (all [][2]string) {
	t.Helper()
	table := mux.NewRouter()
	w.api.Register(table)
	check(t, table.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		check(t, err)
		methods, err := route.GetMethods()
		check(t, err)
		for _, method := range methods {
			all = append(all, [2]string{method, path})
		}
		return nil
	}))
	if len(all) != 6 {
		t.Fatalf("%d operations: %v", len(all), all)
	}
	return all
}

// TestWhoMayDoWhat tries every operation on an order of the router with every
// kind of key, and looks that nothing foreign is seen and what was refused did
// nothing.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	w.Key("seller", installer, Source, auth.ModeLive, Permissions()...)
	w.Key("dialect", router, "hark", auth.ModeLive, Permissions()...)
	w.Key("revoked", router, Source, auth.ModeLive, Permissions()...)
	w.Key("test", router, Source, auth.ModeTest, Permissions()...)
	w.Key("reads", router, Source, auth.ModeLive, mayRead)
	w.Key("creates", router, Source, auth.ModeLive, mayCreate)
	w.Key("nothing", router, Source, auth.ModeLive)
	_, err := w.DB.RevokeKey(t.Context(), w.KeyIDs["revoked"], w.Now())
	check(t, err)
	w.Keys["none"], w.Keys["invented"] = "", "bgk_installer_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

	for key, want := range map[string][3]int{ // POST, GET of the list, GET of the order
		"good":     {201, 200, 200},
		"reads":    {403, 200, 200},
		"creates":  {201, 403, 403},
		"nothing":  {403, 403, 403},
		"foreign":  {201, 200, 404},
		"seller":   {201, 200, 404},
		"test":     {201, 200, 404},
		"dialect":  {401, 401, 401},
		"revoked":  {401, 401, 401},
		"none":     {401, 401, 401},
		"invented": {401, 401, 401},
	} {
		mine := w.place("good", func(in map[string]any) { in["name"] = "of " + key })
		for _, operation := range operations(t, w) {
			method, path := operation[0], operation[1]
			at, body := 1, ""
			switch {
			case method == http.MethodPost:
				at, body = 0, text(t, draft(nil))
			case strings.HasSuffix(path, "{id}"):
				at = 2
			}
			before := w.count(Source) + w.count(order.SourceOf(Source, true))
			a := w.send(key, method, strings.Replace(path, "{id}", string(mine), 1), body)
			if a.status != want[at] {
				t.Errorf("key %s, %s %s: %d %s, want %d", key, method, path, a.status, a.raw, want[at])
			}
			ownKey := slices.Contains([]string{"good", "reads"}, key)
			if shown := strings.Contains(a.raw, string(mine)); at > 0 && method == http.MethodGet && shown != (ownKey && a.status == 200) {
				t.Errorf("key %s, %s %s: %s", key, method, path, a.raw)
			}
			if after := w.count(Source) + w.count(order.SourceOf(Source, true)); a.status != http.StatusCreated && after != before {
				t.Errorf("key %s, %s %s made an order", key, method, path)
			}
			if a.status == http.StatusUnauthorized && method != http.MethodHead && a.raw != `{"error":"Unauthorized","message":"Invalid or expired token","statusCode":401}` {
				t.Errorf("key %s is answered %s", key, a.raw)
			}
		}
	}
}

// TestUnknownLooksForeign compares the answers for another router's order, for
// one of another dialect, for a test and for none, byte for byte.
func TestUnknownLooksForeign(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	w.Key("test", router, Source, auth.ModeTest, Permissions()...)
	elsewhere := order.Order{Source: "boknett", Number: "1", Lines: []order.Line{{Number: 1, Quantity: 1, Products: []order.Identifier{{Type: "SKU", Value: "1"}}}},
		Header: order.Header{Buyer: order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(router)}}}}
	receipt, err := w.Exchange.Submit(t.Context(), order.Actor{Party: router}, elsewhere, order.NewDocument("application/xml", []byte("<Order/>")))
	check(t, err)
	none := w.look("good", "0190a0a0-0000-7000-8000-000000000000")
	if none.status != http.StatusNotFound || none.Error != "Not Found" || none.StatusCode != 404 {
		t.Errorf("%s", none.raw)
	}
	for what, id := range map[string]order.ID{"foreign": w.place("foreign", nil), "test": w.place("test", nil), "another dialect": receipt.ID, "no UUID": "1", "a displayId": "BG-00000-00011"} {
		if a := w.look("good", id); a.status != none.status || a.raw != none.raw {
			t.Errorf("%s: %s", what, a.raw)
		}
	}
}

// TestTestOrders never reach an installer.
func TestTestOrders(t *testing.T) {
	w := newWorld(t)
	w.Key("test", router, Source, auth.ModeTest, Permissions()...)
	test, real := w.place("test", nil), w.place("good", nil)
	page, err := w.Exchange.List(t.Context(), order.Query{Party: installer, Mode: order.SentToMe, Limit: 10})
	check(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != real {
		t.Errorf("the installer sees %+v", page.Items)
	}
	for key, id := range map[string]order.ID{"test": test, "good": real} {
		a := w.send(key, http.MethodGet, ordersPath, "")
		if a.Count != 1 || len(a.Values) != 1 || !strings.Contains(a.raw, string(id)) {
			t.Errorf("the key %s lists %s", key, a.raw)
		}
	}
}

// TestMethods tries all methods on all paths: those that there are not are
// refused in the dialect's envelope, with the ones that there are.
func TestMethods(t *testing.T) {
	w := newWorld(t)
	one := ordersPath + "/" + string(w.place("good", nil))
	for path, allow := range map[string]string{ordersPath: "GET, HEAD, OPTIONS, POST", one: "GET, HEAD, OPTIONS"} {
		for _, prefix := range []string{"", "/installer"} {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "DELETE", "PUT", "PATCH", "PURGE"} {
				a := w.send("good", method, prefix+path, "")
				taken := strings.Contains(allow, method)
				switch {
				case method == "OPTIONS" && (a.status != 204 || a.header.Get("Allow") != allow):
					t.Errorf("OPTIONS %s: %d %v", path, a.status, a.header)
				case taken && (a.status == 405 || a.header.Get("Allow") != "" && method != "OPTIONS"):
					t.Errorf("%s %s: %d %s", method, path, a.status, a.raw)
				case !taken && (a.status != 405 || a.header.Get("Allow") != allow || a.StatusCode != 405 || a.Error != "Method Not Allowed" || !strings.Contains(a.Message, method)):
					t.Errorf("%s %s: %d %v %s", method, path, a.status, a.header, a.raw)
				}
			}
			get, head := w.send("good", "GET", prefix+path, ""), w.send("good", "HEAD", prefix+path, "")
			if head.raw != "" || head.header.Get("Content-Length") != get.header.Get("Content-Length") {
				t.Errorf("HEAD %s: %v, GET %v", path, head.header, get.header)
			}
		}
	}
	if w.look("good", order.ID(one[len(ordersPath)+1:])).status != 200 {
		t.Error("the order is gone")
	}
}

// TestCredentials spells the header in the ways of clients.
func TestCredentials(t *testing.T) {
	w := newWorld(t)
	key := w.Keys["good"]
	for value, status := range map[string]int{"bearer " + key: 200, "BEARER  " + key + " ": 200, key: 401, "Basic " + key: 401, "Bearer": 401, "Bearer ": 401, "Bearer " + key + "x": 401, "Bearer " + strings.ToUpper(key): 401} {
		a := w.send("none", http.MethodGet, ordersPath, "", "Authorization", value)
		if a.status != status || status == 401 && a.header.Get("WWW-Authenticate") != `Bearer realm="installation orders"` {
			t.Errorf("%q: %d %s %v", value, a.status, a.raw, a.header)
		}
	}
}
