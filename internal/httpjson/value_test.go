package httpjson

import (
	"strings"
	"testing"
)

// parseFolded parses a body of names in any letter case.
func parseFolded(t *testing.T, body string) *Value {
	t.Helper()
	v, err := JSON{Depth: 8, FoldName: strings.ToLower, EmptyList: true}.Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestParse reads a value of every kind, each with its place.
func TestParse(t *testing.T) {
	v := parseFolded(t, "\xef\xbb\xbf"+` {"status":"RE\u0043EIVED", "price" : { "amount" : 250.15 ,"tax":"25"},
		"list":[1, [] ,{"a/~b":null}],"n":-0.5e+3,"yes":true,"no":false,"none":null,"Isbn":"x","":"\"\\\/\b\f\n\r\t\ud83d\ude00ø"} `)
	for _, c := range []struct {
		in         *Value
		name, want string
		kind       Kind
	}{
		{v, "status", "RECEIVED", KindString}, {v.Get("price"), "amount", "250.15", KindNumber}, {v.Get("price"), "tax", "25", KindString},
		{v, "n", "-0.5e+3", KindNumber}, {v, "isbn", "x", KindString}, {v, "", "\"\\/\b\f\n\r\t😀ø", KindString},
		{v, "list", "", KindList}, {v, "price", "", KindObject}, {v, "yes", "", KindBoolean}, {v, "none", "", ""}, {v, "other", "", ""},
		{v.Get("list"), "0", "", ""}, {nil, "x", "", ""},
	} {
		if got := c.in.Get(c.name); got.Text() != c.want || got.Kind() != c.kind {
			t.Errorf("%q is %q (%s), want %q (%s)", c.name, got.Text(), got.Kind(), c.want, c.kind)
		}
	}
	if !v.Get("yes").Bool() || v.Get("no").Bool() || !v.IsNull("none") || v.IsNull("yes") || v.IsNull("other") {
		t.Error("booleans or null")
	}
	items := v.Get("list").Inner()
	if len(items) != 3 || items[0].Text() != "1" || string(items[2].Raw()) != `{"a/~b":null}` {
		t.Errorf("%d items", len(items))
	}
	if at := items[2].Inner()[0].Pointer(); at != "/list/2/a~1~0b" {
		t.Errorf("pointer %q", at)
	}
	if others := v.Others("status", "price", "ISBN"); strings.Join(others, " ") != "list n yes no none " {
		t.Errorf("others %q", others)
	}
}

// TestAs lets an empty list pass for an empty object and the other way round, and
// nothing else for another kind.
func TestAs(t *testing.T) {
	v := parseFolded(t, `{"list":[ ],"object":{ },"full":[1],"text":""}`)
	for name, want := range map[string][2]bool{"list": {true, true}, "object": {true, true}, "full": {false, true}, "text": {}, "none": {}} {
		if m := v.Get(name); m.Is(KindObject) != want[0] || m.Is(KindList) != want[1] {
			t.Errorf("%s is an object: %t, a list: %t", name, m.Is(KindObject), m.Is(KindList))
		}
	}
	if list := v.Get("object").As(KindList); string(list.Raw()) != "[]" || list.Pointer() != "/object" {
		t.Errorf("%s at %s", list.Raw(), list.Pointer())
	}
	if v := parseFolded(t, ` [] `); v.Kind() != KindObject || len(v.Inner()) != 0 {
		t.Errorf("an empty list as the body is %s", v.Kind())
	}
}
