package httpjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// eight is as deep as most of the tests go, and every character of a name counts.
func eight() JSON { return JSON{Depth: 8, RejectLoneSurrogates: true} }

// TestObjectTakes JSON in all its forms, and siblings are not depth.
func TestObjectTakes(t *testing.T) {
	for _, sent := range []string{
		"{}", "\r\n\t {\"a\" :1 , \"b\":[ ]} \n", `{"a":1,"A":2}`, `{"a":{"b":1},"b":{"b":1}}`,
		`{"n":[0,-0.5e+3,12,1E9],"yes":[true,false,null],"":"\"\\\/\b\f\n\r\t\ud83d\ude00ø"}`,
		`{"list":[` + strings.Repeat(`{"a":[]},`, 20) + `1]}`,
		strings.Repeat(`{"a":`, eight().Depth) + "1" + strings.Repeat("}", eight().Depth),
	} {
		for _, mark := range []string{"", "\xef\xbb\xbf"} {
			if got, err := eight().Object([]byte(mark + sent)); err != nil || string(got) != sent {
				t.Errorf("%s: %q, %v", sent, got, err)
			}
		}
	}
}

func TestObjectRefuses(t *testing.T) {
	for sent, want := range map[string]struct{ code, says string }{
		"":                               {"json-malformed", "body is empty"},
		" \n":                            {"json-malformed", "body is empty"},
		"null":                           {"json-malformed", "'n' where a JSON object begins"},
		"[]":                             {"json-malformed", "'[' where a JSON object begins"},
		"<Order/>":                       {"json-malformed", "'<' where a JSON object begins"},
		"status=RECEIVED":                {"json-malformed", "'s' where a JSON object begins"},
		"{":                              {"json-malformed", "the end of the body where a name in quotes"},
		`{"a"`:                           {"json-malformed", `the end of the body where a colon follows the name "a"`},
		`{"a":`:                          {"json-malformed", "the end of the body where a value"},
		`{"a":1`:                         {"json-malformed", "the end of the body where a comma or }"},
		`{"a":1,}`:                       {"json-malformed", "} after a comma"},
		`{"a":[1,]}`:                     {"json-malformed", "] after a comma"},
		`{,}`:                            {"json-malformed", "',' where a name"},
		`{"a":1 "b":2}`:                  {"json-malformed", `'"' where a comma`},
		`{"a" 1}`:                        {"json-malformed", "'1' where a colon"},
		`{"price": {amount: 250.15}}`:    {"json-malformed", "the name amount without quotes"},
		"{\n  'status': 'RECEIVED'\n}":   {"json-malformed", `(line 2, column 3)`},
		`{"a":RECEIVED}`:                 {"json-malformed", "the word RECEIVED without quotes"},
		`{"a":NaN}`:                      {"json-malformed", "the word NaN"},
		`{"a":01}`:                       {"json-malformed", `"01"`},
		`{"a":-}`:                        {"json-malformed", `"-"`},
		`{"a":1.}`:                       {"json-malformed", `"1."`},
		`{"a":1e}`:                       {"json-malformed", `"1e"`},
		`{"a":+1}`:                       {"json-malformed", "'+' where a value"},
		`{"a":.5}`:                       {"json-malformed", "'.' where a value"},
		"{\"a\":\"x\ny\"}":               {"json-malformed", "control character (0x0a)"},
		`{"a":"x`:                        {"json-malformed", "never closed"},
		`{"a":"\x"}`:                     {"json-malformed", "an escape that JSON does not have"},
		`{"a":"\ud800"}`:                 {"json-malformed", "stands for no character"},
		`{"a":"\ude00\ud83d"}`:           {"json-malformed", "stands for no character"},
		`{"a":"\u12"}`:                   {"json-malformed", "stands for no character"},
		`{"a":"\`:                        {"json-malformed", "an escape"},
		`{"a":"\u`:                       {"json-malformed", "stands for no character"},
		"{\"a\":\"\xff\"}":               {"json-malformed", "0xff"},
		`{"a":1}{"a":2}`:                 {"json-malformed", "'{' after the end"},
		`{"a":1} // done`:                {"json-malformed", "'/' after the end"},
		`{"status":"X","status":"X"}`:    {"json-duplicate-key", `"status" stands twice`},
		`{"p":{"a":1,"\u0061":2}}`:       {"json-duplicate-key", `"a" stands twice`},
		strings.Repeat(`{"a":`, 9) + "1": {"json-too-deep", "deeper than 8"},
		`{"a":` + strings.Repeat("[", 8): {"json-too-deep", "deeper than 8"},
	} {
		_, err := eight().Object([]byte(sent))
		if order.CodeOf(err) != want.code || order.KindOf(err) != order.Malformed || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%q: got %v, want %s with %q", sent, err, want.code, want.says)
		}
	}
}

// TestPlaces are those of the value at fault.
func TestPlaces(t *testing.T) {
	for sent, want := range map[string]order.Field{
		"{\"a~/\": {\n  \"b\": [1, {\"c\": x}]}}": {Pointer: "/a~0~1/b/1/c", Line: 2, Column: 18, Value: "x}]}}"},
		`{"a":[[1,2],{"b":1}],"c" 1}`:             {Pointer: "/c", Line: 1, Column: 26, Value: "1}"},
		`{"a":1,"a":2}`:                           {Pointer: "/a", Line: 1, Column: 8, Value: `"a":2}`},
		`{"a":{"b":1} "c":2}`:                     {Line: 1, Column: 14, Value: `"c":2}`},
	} {
		_, err := eight().Object([]byte(sent))
		e := new(order.Error)
		if !errors.As(err, &e) || len(e.Fields) != 1 {
			t.Fatalf("%s: %v", sent, err)
		}
		want.Code, want.Message = e.Code, e.Detail
		if e.Fields[0] != want || e.Hint == "" {
			t.Errorf("%s: %+v, want %+v", sent, e.Fields[0], want)
		}
	}
}

// TestFoldName: a dialect says which names are one.
func TestFoldName(t *testing.T) {
	folding := JSON{Depth: 8, FoldName: strings.ToLower}
	if _, err := folding.Object([]byte(`{"status":"X","STATUS":"Y"}`)); order.CodeOf(err) != "json-duplicate-key" || !strings.Contains(err.Error(), `"STATUS" stands twice`) {
		t.Error(err)
	}
}

// TestLongNames: what stands under a long name costs no copy of it.
func TestLongNames(t *testing.T) {
	var sent strings.Builder
	sent.WriteString(`{"` + strings.Repeat("x", 1<<20) + `":[0`)
	for range 1 << 17 {
		sent.WriteString(",{}")
	}
	sent.WriteString("]}")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := eight().Object([]byte(sent.String()))
	check(t, err)
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 100<<20 {
		t.Errorf("%d MiB for a body of %d", (after.TotalAlloc-before.TotalAlloc)>>20, sent.Len()>>20)
	}
}

// TestHalves reads half a character as encoding/json does, where it is taken.
func TestHalves(t *testing.T) {
	for _, text := range []string{`\ud83d`, `\ude00`, `\ud83dx`, `\ud83d\n`, `\ud83d\ud83d\ude00`, `\ud83d\u0041`, `\ude00\ud83d`, `\ud83d\ud83d`} {
		sent := []byte(`{"a":"` + text + `"}`)
		if _, err := eight().Object(sent); order.CodeOf(err) != "json-malformed" || !strings.Contains(err.Error(), "stands for no character") {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := (JSON{Depth: 8}).Object(sent); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		twice := []byte(`{"` + text + `":1,"` + strings.ReplaceAll(text, "ud83d", "ud83c") + `":2}`)
		var read map[string]int
		check(t, json.Unmarshal(twice, &read))
		if _, err := (JSON{Depth: 8}).Object(twice); (err == nil) != (len(read) == 2) {
			t.Errorf("%s: %v, encoding/json reads %v", twice, err, read)
		}
	}
	if _, err := (JSON{Depth: 8}).Object([]byte(`{"a":"\ud83d\u00"}`)); order.CodeOf(err) != "json-malformed" {
		t.Error(err)
	}
}

// FuzzJSON holds the scanner against encoding/json: the scanner takes no more, and less
// only for a reason of its own.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"status":"RECEIVED","price":{"amount":250.15,"tax":25}}`, `{"ean":"9788202337926","number":-1}`, `{"a":[1,2,{"b":null}]}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d","b":"\udead\ud83dx"}`, `{a:1}`, "{}", "", "[1]", `{"a":1,"A":2}`, `{"a":{"b":1,"b":1}}`, "\xef\xbb\xbf{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		unmarked := TrimBOM(sent)
		var want map[string]json.RawMessage
		isObject := json.Unmarshal(unmarked, &want) == nil && want != nil && utf8.Valid(unmarked)
		for _, j := range []JSON{{Depth: 8}, {Depth: 8, RejectLoneSurrogates: true}} {
			text, err := j.Object(sent)
			code := order.CodeOf(err)
			half := j.RejectLoneSurrogates && err != nil && strings.Contains(err.Error(), "stands for no character")
			switch {
			case err == nil && (!isObject || !bytes.Equal(text, unmarked) || doubled(t, text)):
				t.Fatalf("%q is taken", sent)
			case err != nil && !strings.HasPrefix(code, "json-"), code == "json-malformed" && isObject && !half, code == "json-duplicate-key" && isObject && !doubled(t, unmarked):
				t.Fatalf("%q: %v", sent, err)
			}
			if err == nil {
				v, err := j.Parse(sent)
				check(t, err)
				compareInner(t, v, text)
			}
		}
	})
}

// compareInner wants of a value the members and items that encoding/json finds.
func compareInner(t *testing.T, v *Value, text []byte) {
	t.Helper()
	var members map[string]json.RawMessage
	var items []json.RawMessage
	inner := v.Inner()
	switch v.Kind() {
	case KindObject:
		check(t, json.Unmarshal(text, &members))
		for _, m := range inner {
			compareInner(t, m, members[m.Name])
		}
	case KindList:
		check(t, json.Unmarshal(text, &items))
		for i, item := range inner {
			compareInner(t, item, items[i])
		}
	}
	if len(inner) != len(members)+len(items) || v.Len() != len(inner) || !bytes.Equal(v.Raw(), bytes.Trim(text, blanks)) {
		t.Fatalf("%q: %q has %d members or items, encoding/json finds %d in %q", v.Pointer(), v.Raw(), len(inner),
			len(members)+len(items), text)
	}
}

// doubled reports whether a name stands twice in one object of valid JSON.
func doubled(t *testing.T, text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	begin, err := d.Token()
	check(t, err)
	seen := map[any]bool{}
	for d.More() && (begin == json.Delim('{') || begin == json.Delim('[')) {
		if begin == json.Delim('{') {
			name, err := d.Token()
			check(t, err)
			if seen[name] {
				return true
			}
			seen[name] = true
		}
		var inner json.RawMessage
		check(t, d.Decode(&inner))
		if doubled(t, inner) {
			return true
		}
	}
	return false
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecretsAreNotRepeated: where passwords are sent a refusal says what is
// wrong and where, and nothing that stands there.
func TestSecretsAreNotRepeated(t *testing.T) {
	for _, sent := range []string{
		`{"username":hemmelig}`, `{hemmelig:1}`, `{"hemmelig":1,"hemmelig":2}`, `{"hemmelig" 1}`, `{"a":{"hemmelig":x}}`,
		`{"a":"x" "hemmelig"}`, `{"a":"\qhemmelig"}`, `{"a":"\u00hemmelig"}`, `{"a":"hemmelig`, `{"a":-hemmelig}`,
		`{"a":1} hemmelig`, `hemmelig`,
	} {
		_, err := JSON{Depth: 8, Secret: true}.Object([]byte(sent))
		if err == nil {
			t.Errorf("%s is taken", sent)
		}
		var e *order.Error
		if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Line != 1 || e.Fields[0].Column == 0 {
			t.Errorf("%s: no place in %v", sent, err)
			continue
		}
		if said := fmt.Sprint(e.Detail, e.Hint, e.Fields); strings.Contains(said, "hemm") {
			t.Errorf("%s: repeated in %s", sent, said)
		}
	}
}
