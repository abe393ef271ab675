package boknett

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestParseObject reads a value of every kind, each with its place.
func TestParseObject(t *testing.T) {
	v, err := parseObject([]byte("\xef\xbb\xbf" + ` {"status":"RE\u0043EIVED", "price":{"amount":250.15,"tax":"25"},
		"list":[1,[],{}],"n":-0.5e+3,"yes":true,"none":null,"Isbn":"x","":"\"\\\/\b\f\n\r\t\ud83d\ude00ø"}`))
	check(t, err)
	price, _ := v.get("price")
	for _, c := range []struct {
		in         value
		name, want string
	}{
		{v, "status", "RECEIVED"}, {price, "amount", "250.15"}, {price, "tax", "25"}, {v, "n", "-0.5e+3"},
		{v, "isbn", "x"}, {v, "", "\"\\/\b\f\n\r\t😀ø"},
	} {
		if got, ok := c.in.get(c.name); !ok || got.text != c.want {
			t.Errorf("%q is %q (%t), want %q", c.name, got.text, ok, c.want)
		}
	}
	if _, ok := v.get("none"); ok {
		t.Error("null does not count as absent")
	}
	if pointer := price.members[0].value.pointer; pointer != "/price/amount" {
		t.Errorf("pointer %q", pointer)
	}
	if others := v.others("status", "price", "ISBN"); strings.Join(others, " ") != "list n yes none " {
		t.Errorf("others %q", others)
	}
}

// TestSameName refuses two names that get takes for the same.
func TestSameName(t *testing.T) {
	for _, body := range []string{`{"status":"X","STATUS":"Y"}`, `{"valid_from":1,"validFrom":2}`, `{"price":{"tax":1,"Tax":1}}`} {
		if _, err := parseObject([]byte(body)); order.CodeOf(err) != "json-duplicate-key" {
			t.Errorf("%s: %v", body, err)
		}
	}
}
