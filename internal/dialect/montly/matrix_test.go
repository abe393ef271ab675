package montly

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
)

// TestWhoMayDoWhat tries every route on an order of the shop with every kind of
// key, and looks that what was refused did nothing.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	w.Key("dialect", kontor, "hark", auth.ModeLive, Permissions()...)
	w.Key("revoked", kontor, Source, auth.ModeLive, Permissions()...)
	w.Key("nothing", kontor, Source, auth.ModeLive)
	for _, may := range Permissions() {
		w.Key(may, kontor, Source, auth.ModeLive, may)
	}
	_, err := w.DB.RevokeKey(t.Context(), w.KeyIDs["revoked"], w.Now())
	check(t, err)
	w.Keys["none"], w.Keys["invented"] = "", "bgk_montly_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

	for key := range w.Keys {
		mine := w.bring("of-"+key, pending).Number
		for _, r := range w.api.routes() {
			for _, under := range []string{"/", prefix + "/"} {
				body := any("")
				if r.may == mayCreate {
					body = request("by-"+key+strings.Trim(under, "/"), nil)
				}
				a := w.call(key, r.method, under+strings.Replace(r.path, "{orderId:.+}", mine, 1), body)
				want := wanted(key, r, strings.Contains(r.path, "{"))
				if a.code() != want {
					t.Errorf("key %s, %s %s: %d %s, want %q", key, r.method, r.path, a.status, a.raw, want)
				}
				if want != "" && strings.Contains(a.raw, mine) && want != codeUnmodifiable {
					t.Errorf("key %s, %s %s shows the order: %s", key, r.method, r.path, a.raw)
				}
			}
		}
		o := w.core("good", mine)
		if may := key == "good" || key == mayCancel; (state(&o) == cancelled) != may {
			t.Errorf("key %s left the order %s", key, state(&o))
		}
	}
}

// wanted is the code with which a route refuses a key, "" for none.
func wanted(key string, r route, named bool) string {
	switch key {
	case "none", "invented", "revoked", "dialect":
		return codeUnauthorized
	case "nothing":
		if r.may != "" {
			return codeForbidden
		}
		return ""
	case "foreign", "test":
		if named {
			return codeNotFound
		}
		return ""
	}
	if key != "good" && r.may != "" && r.may != key {
		return codeForbidden
	}
	if r.may == mayShip { // the order is pending, or cancelled
		return codeUnmodifiable
	}
	return ""
}

// TestUnknownLooksForeign compares the answers for another shop's order, for a
// test order and for one that is not there, byte for byte.
func TestUnknownLooksForeign(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	w.place("good", "live", nil)
	w.place("test", "test", nil)
	for _, r := range w.api.routes() {
		if !strings.Contains(r.path, "{") {
			continue
		}
		path := func(id string) string { return "/" + strings.Replace(r.path, "{orderId:.+}", id, 1) }
		none := w.call("foreign", r.method, path("none"), nil)
		if none.status != http.StatusNotFound || none.code() != codeNotFound {
			t.Errorf("%s: %d %s", r.path, none.status, none.raw)
		}
		for key, id := range map[string]string{"foreign": "live", "test": "live", "good": "test"} {
			if a := w.call(key, r.method, path(id), nil); a.status != none.status || a.raw != none.raw {
				t.Errorf("%s, key %s: %d %s", r.path, key, a.status, a.raw)
			}
		}
	}
}
