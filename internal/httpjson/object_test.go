package httpjson

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// TestObject collects the faults of all objects of a body, each with its place and
// in the words of the dialect.
func TestObject(t *testing.T) {
	words := &Words{Code: "bad", Missing: order.Field{Code: "missing", Message: "missing"},
		Type:    func(is, wanted Kind) string { return string(is) + " for " + string(wanted) },
		TooMany: func(items, most int) string { return fmt.Sprint(items, " > ", most) }}
	o := NewObject(parseFolded(t, `{"text":"ok","blank":" ","number":1,"null":null,"long":"abcd","yes":true,
		"texts":["a",null,2,""],"many":[1,2,3],"objects":[{"x":"y"},[],3,{}],"object":{"x":5},"empty":[]}`), words)
	if s := o.String("text", OneLine); *s != "ok" || *o.Boolean("yes") != true || o.String("none", OneLine) != nil || o.Boolean("null") != nil {
		t.Error("values are lost")
	}
	o.RequiredString("blank", OneLine)
	o.RequiredString("null", OneLine)
	o.String("number", OneLine)
	o.String("long", All(MaxLength(3), OneLine))
	if all := o.Strings("texts", 4, OneLine); len(all) != 4 || all[0] != "a" || o.Strings("none", 1, OneLine) != nil {
		t.Errorf("texts %q", all)
	}
	o.Items("many", 2)
	objects := o.Objects("objects", 4)
	if len(objects) != 3 || objects[0].RequiredString("x", OneLine) != "y" {
		t.Errorf("%d objects", len(objects))
	}
	objects[2].Required("x")
	if inside, ok := o.Object("object"); !ok || inside.String("x", OneLine) != nil {
		t.Error("no object")
	}
	if _, ok := o.Object("empty"); !ok || o.Objects("empty", 1) == nil {
		t.Error("an empty list does not pass for an empty object")
	}
	want := []order.Field{
		{Pointer: "/blank", Code: "bad", Message: "It is empty, and it is required."}, {Pointer: "/null", Code: "missing", Message: "missing"},
		{Pointer: "/number", Code: "bad", Message: "number for string"}, {Pointer: "/long", Code: "bad", Message: "It has 4 characters; at most 3 are taken."},
		{Pointer: "/texts/1", Code: "missing", Message: "missing"}, {Pointer: "/texts/2", Code: "bad", Message: "number for string"},
		{Pointer: "/texts/3", Code: "bad", Message: "It is empty, and it is required."}, {Pointer: "/many", Code: "bad", Message: "3 > 2"},
		{Pointer: "/objects/2", Code: "bad", Message: "number for object"}, {Pointer: "/objects/3/x", Code: "missing", Message: "missing"},
		{Pointer: "/object/x", Code: "bad", Message: "number for string"},
	}
	if diff := cmp.Diff(want, o.Faults()); diff != "" {
		t.Errorf("faults (-want +got)\n%s", diff)
	}
}

// TestLongListCostsNoMemory refuses a list of a million items by its length: what the
// items would take, a hundred bytes each, is not asked for.
func TestLongListCostsNoMemory(t *testing.T) {
	body, err := JSON{Depth: 4}.Parse([]byte(`{"items":[0` + strings.Repeat(",0", 1<<20) + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := NewObject(body, &Words{TooMany: func(items, most int) string { return fmt.Sprint(items, " > ", most) }})
	if _, ok := o.Items("items", 1000); ok {
		t.Error("it was accepted")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

func TestUnseen(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "2026-1": "", "æ\u00a0 日本 😀": "", "2026-1\u200b": "U+200B", "\u202a22123456\u202c": "U+202A", "a\u00adb": "U+00AD",
		"\ufeffk": "U+FEFF", "\u200e\u200f": "U+200E", "a\u2060": "U+2060", "\u061c1": "U+061C", "1\u2066": "U+2066",
	} {
		if got := Unseen(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
