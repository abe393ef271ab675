package storetest

import (
	"testing"

	"github.com/bookgate/bookgate/order"
)

var routePromises = []promise{
	{"the longest prefix of an EAN routes it", longestPrefix},
	{"the same prefix again changes its seller", routeChanged},
	{"a route needs a prefix of digits and a seller that is a party", routeRefused},
	{"a default seller is kept for each sender", defaultSellers},
}

func route(t testing.TB, h *house, prefix string, seller order.PartyID) {
	t.Helper()
	if err := h.AddRoute(t.Context(), order.Route{Prefix: prefix, Seller: seller}); err != nil {
		t.Fatalf("AddRoute %s: %v", prefix, err)
	}
}

func longestPrefix(t *testing.T, h *house) {
	for _, p := range []order.PartyID{"a", "b", "c"} {
		register(t, h, p)
	}
	route(t, h, "9788202", "c")
	route(t, h, "978", "a")
	route(t, h, "97882", "b")
	route(t, h, "9788201", "a")
	route(t, h, "9788203364181", "a")
	for ean, want := range map[string]string{
		"9788202337926": "9788202", "9788203364181": "9788203364181", "9788203364182": "97882", "9780000000000": "978",
		"9790000000000": "", "97": "", "": "", "978": "978", "9788202337926999": "9788202", "bok-978": "", "978x": "978",
	} {
		r, ok, err := h.RouteFor(t.Context(), ean)
		if err != nil || r.Prefix != want || ok != (want != "") {
			t.Errorf("%q goes by %q (%v), %v; want %q", ean, r.Prefix, ok, err, want)
		}
	}
	routes, err := h.Routes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the routes by prefix", []order.Route{{Prefix: "978", Seller: "a"}, {Prefix: "97882", Seller: "b"},
		{Prefix: "9788201", Seller: "a"}, {Prefix: "9788202", Seller: "c"}, {Prefix: "9788203364181", Seller: "a"}}, routes)
}

func routeChanged(t *testing.T, h *house) {
	register(t, h, shop)
	register(t, h, school)
	route(t, h, "978", shop)
	route(t, h, "978", school)
	if routes, err := h.Routes(t.Context()); err != nil || len(routes) != 1 || routes[0].Seller != school {
		t.Errorf("routes %v, %v", routes, err)
	}
}

func routeRefused(t *testing.T, h *house) {
	register(t, h, shop)
	for _, prefix := range []string{"", "97a", "12345678901234", "9 7"} {
		wantKind(t, h.AddRoute(t.Context(), order.Route{Prefix: prefix, Seller: shop}), order.Invalid)
	}
	wantKind(t, h.AddRoute(t.Context(), order.Route{Prefix: "978", Seller: stranger}), order.NotFound)
	if routes, err := h.Routes(t.Context()); err != nil || len(routes) != 0 {
		t.Errorf("routes %v, %v", routes, err)
	}
}

func defaultSellers(t *testing.T, h *house) {
	for _, p := range []order.PartyID{shop, school, publisher} {
		register(t, h, p)
	}
	for _, seller := range []order.PartyID{school, publisher} {
		if err := h.SetDefaultSeller(t.Context(), shop, seller); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := h.DefaultSeller(t.Context(), shop); err != nil || s != publisher {
		t.Errorf("default seller %q, %v", s, err)
	}
	if s, err := h.DefaultSeller(t.Context(), school); err != nil || s != "" {
		t.Errorf("default seller of a party without one is %q, %v", s, err)
	}
	all, err := h.DefaultSellers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the default sellers", map[order.PartyID]order.PartyID{shop: publisher}, all)
	wantKind(t, h.SetDefaultSeller(t.Context(), shop, stranger), order.NotFound)
	wantKind(t, h.SetDefaultSeller(t.Context(), stranger, shop), order.NotFound)
}
