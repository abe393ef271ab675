package storetest

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

var partyPromises = []promise{
	{"a party comes back with its aliases, and all are listed by id", partiesListed},
	{"the language of a party is stored, and changed", languageStored},
	{"the same party again is changed, and its old numbers are free", partyChanged},
	{"a number that another party bears is a Conflict that names it", numberTaken},
	{"a malformed party is Invalid", partyMalformed},
	{"an unknown party is NotFound", partyUnknown},
	{"a number is found by scheme in any case and value without blanks", resolveKeys},
	{"a number without scheme is looked for under every scheme", resolveUntyped},
	{"acting for another party must be allowed, one way and between parties", allowOneWay},
}

func alias(scheme, value string) order.Identifier {
	return order.Identifier{Type: scheme, Value: value}
}

func register(t testing.TB, h *fixture, id order.PartyID, aliases ...order.Identifier) order.Party {
	t.Helper()
	p := order.Party{ID: id, Name: "Firma " + string(id) + " ÆØÅ", Scheme: order.DefaultScheme, Aliases: aliases}
	if err := h.AddParty(t.Context(), p); err != nil {
		t.Fatalf("AddParty %s: %v", id, err)
	}
	return p
}

func partiesListed(t *testing.T, h *fixture) {
	c := register(t, h, "c-3")
	a := register(t, h, "a-1", alias("GLN", "7080010001559"), order.Identifier{Type: "Proprietary", TypeName: "Kundenr", Value: "Æ 12"})
	b := register(t, h, "B-2", alias("SAN", "1234"))
	got, err := h.Parties(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the parties", []order.Party{b, a, c}, got)
	one, err := h.Party(t.Context(), "a-1")
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "one party", a, one)
}

func languageStored(t *testing.T, h *fixture) {
	p := register(t, h, shop)
	for _, language := range []string{"nb", "sv", "en", ""} {
		p.Language = language
		if err := h.AddParty(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		got, err := h.Party(t.Context(), shop)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "the party", p, got)
		all, err := h.Parties(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "the list", []order.Party{p}, all)
	}
}

func partyChanged(t *testing.T, h *fixture) {
	register(t, h, shop, alias("GLN", "1"), alias("SAN", "2"))
	changed := order.Party{ID: shop, Name: "Nytt navn", Scheme: "GLN", Aliases: []order.Identifier{alias("SAN", "2"), alias("SAN", "3")}}
	if err := h.AddParty(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	got, err := h.Party(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the changed party", changed, got)
	_, err = h.Resolve(t.Context(), alias("GLN", "1"))
	wantKind(t, err, order.NotFound)
	register(t, h, school, alias("GLN", "1"))
}

func numberTaken(t *testing.T, h *fixture) {
	register(t, h, shop, alias("GLN", "7080010001559"))
	for _, p := range []order.Party{
		{ID: school, Name: "Skole", Scheme: "NBSN", Aliases: []order.Identifier{alias("gln", " 7080010001559 ")}},
		{ID: school, Name: "Skole", Scheme: "NBSN", Aliases: []order.Identifier{alias("NBSN", string(shop))}},
		{ID: "7080010001559", Name: "Skole", Scheme: "GLN"},
	} {
		err := h.AddParty(t.Context(), p)
		wantKind(t, err, order.Conflict)
		if err != nil && !strings.Contains(err.Error(), string(shop)) {
			t.Errorf("%q does not name the party %s", err, shop)
		}
	}
	if parties, err := h.Parties(t.Context()); err != nil || len(parties) != 1 {
		t.Errorf("%d parties are stored, %v; want 1", len(parties), err)
	}
}

func partyMalformed(t *testing.T, h *fixture) {
	for _, p := range []order.Party{
		{Name: "No number", Scheme: "NBSN"},
		{ID: "1", Scheme: "NBSN"},
		{ID: "1", Name: "No scheme"},
		{ID: "1", Name: "No such language", Scheme: "NBSN", Language: "tlh"},
		{ID: "1", Name: "Bad alias", Scheme: "NBSN", Aliases: []order.Identifier{alias("GLN", " ")}},
	} {
		wantKind(t, h.AddParty(t.Context(), p), order.Invalid)
	}
}

func partyUnknown(t *testing.T, h *fixture) {
	register(t, h, shop)
	_, err := h.Party(t.Context(), stranger)
	wantKind(t, err, order.NotFound)
	for _, id := range []order.Identifier{alias("NBSN", "9999"), alias("GLN", string(shop)), alias("", "9999"), alias("", ""), {}} {
		_, err := h.Resolve(t.Context(), id)
		wantKind(t, err, order.NotFound)
	}
}

func resolveKeys(t *testing.T, h *fixture) {
	want := register(t, h, shop, alias("Gln", "7080010001559"), alias("SAN", "abC"))
	for _, id := range []order.Identifier{
		alias("NBSN", "7045"), alias("nbsn", " 7045 "), alias(" NbSn ", "7045"), alias("GLN", "7080010001559"), alias("san", "abC"),
	} {
		got, err := h.Resolve(t.Context(), id)
		if err != nil {
			t.Errorf("Resolve %s: %v", id, err)
		}
		wantSame(t, "the party of "+id.String(), want, got)
	}
	_, err := h.Resolve(t.Context(), alias("SAN", "ABC"))
	wantKind(t, err, order.NotFound)
}

func resolveUntyped(t *testing.T, h *fixture) {
	register(t, h, shop, alias("GLN", "111"), alias("SAN", "111"), alias("SAN", "222"))
	register(t, h, school, alias("GLN", "222"), alias("GLN", "333"))
	for value, want := range map[string]order.PartyID{"7045": shop, "111": shop, " 333 ": school} {
		if p, err := h.Resolve(t.Context(), alias("", value)); err != nil || p.ID != want {
			t.Errorf("%q is %s, %v; want %s", value, p.ID, err, want)
		}
	}
	_, err := h.Resolve(t.Context(), alias("", "222"))
	if err == nil || order.KindOf(err) == order.NotFound || order.KindOf(err) == order.Internal {
		t.Errorf("a number of two parties gave %v", err)
	}
}

func allowOneWay(t *testing.T, h *fixture) {
	register(t, h, shop)
	register(t, h, school)
	for range 2 {
		if err := h.Allow(t.Context(), shop, school); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		sender, buyer order.PartyID
		want          bool
	}{{shop, school, true}, {school, shop, false}, {shop, stranger, false}, {stranger, shop, false}} {
		if got, err := h.Allowed(t.Context(), c.sender, c.buyer); err != nil || got != c.want {
			t.Errorf("%s for %s: %v, %v", c.sender, c.buyer, got, err)
		}
	}
	wantKind(t, h.Allow(t.Context(), shop, stranger), order.NotFound)
	wantKind(t, h.Allow(t.Context(), stranger, shop), order.NotFound)
}

var routePromises = []promise{
	{"the longest prefix of an EAN routes it", longestPrefix},
	{"the same prefix again changes its seller", routeChanged},
	{"a route needs a prefix of digits and a seller that is a party", routeRefused},
	{"a default seller is stored for each sender", defaultSellers},
}

func route(t testing.TB, h *fixture, prefix string, seller order.PartyID) {
	t.Helper()
	if err := h.AddRoute(t.Context(), order.Route{Prefix: prefix, Seller: seller}); err != nil {
		t.Fatalf("AddRoute %s: %v", prefix, err)
	}
}

func longestPrefix(t *testing.T, h *fixture) {
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

func routeChanged(t *testing.T, h *fixture) {
	register(t, h, shop)
	register(t, h, school)
	route(t, h, "978", shop)
	route(t, h, "978", school)
	if routes, err := h.Routes(t.Context()); err != nil || len(routes) != 1 || routes[0].Seller != school {
		t.Errorf("routes %v, %v", routes, err)
	}
}

func routeRefused(t *testing.T, h *fixture) {
	register(t, h, shop)
	for _, prefix := range []string{"", "97a", "12345678901234", "9 7"} {
		wantKind(t, h.AddRoute(t.Context(), order.Route{Prefix: prefix, Seller: shop}), order.Invalid)
	}
	wantKind(t, h.AddRoute(t.Context(), order.Route{Prefix: "978", Seller: stranger}), order.NotFound)
	if routes, err := h.Routes(t.Context()); err != nil || len(routes) != 0 {
		t.Errorf("routes %v, %v", routes, err)
	}
}

func defaultSellers(t *testing.T, h *fixture) {
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
