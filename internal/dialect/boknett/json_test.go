package boknett

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

func TestGateAccepts(t *testing.T) {
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

// TestGateDepth: siblings are not depth.
func TestGateDepth(t *testing.T) {
	for _, body := range []string{
		`{"list":[` + strings.Repeat(`{"a":[]},`, 20) + `1]}`,
		strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth),
	} {
		if _, err := parseObject([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestGateRefuses(t *testing.T) {
	for body, want := range map[string]struct{ code, says string }{
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
		`{"status":"X","STATUS":"Y"}`:    {"json-duplicate-key", `"STATUS" stands twice`},
		`{"p":{"a":1,"\u0061":2}}`:       {"json-duplicate-key", `"a" stands twice`},
		strings.Repeat(`{"a":`, 9) + "1": {"json-too-deep", "deeper than 8"},
		`{"a":` + strings.Repeat("[", 8): {"json-too-deep", "deeper than 8"},
	} {
		_, err := parseObject([]byte(body))
		if order.CodeOf(err) != want.code || order.KindOf(err) != order.Malformed || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%q: got %v, want %s with %q", body, err, want.code, want.says)
		}
	}
}

// FuzzJSONGate holds the gate against encoding/json: the gate takes no more,
// and less only for a reason of its own.
func FuzzJSONGate(f *testing.F) {
	for _, s := range []string{`{"status":"RECEIVED","price":{"amount":250.15,"tax":25}}`, `{"ean":"9788202337926","number":-1}`, `{"a":[1,2,{"b":null}]}`, `{"a":"\ud83d\ude00"}`, `{a:1}`, "{}", "", "[1]", `{"a":1,"A":2}`, "\xef\xbb\xbf{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v, err := parseObject(body)
		plain := bytes.TrimPrefix(body, byteOrderMark)
		var want map[string]any
		wantErr := json.Unmarshal(plain, &want)
		if err == nil {
			if wantErr != nil || want == nil || len(want) != len(v.members) || !utf8.Valid(plain) {
				t.Fatalf("%q: the gate takes %+v, encoding/json says %v, %v", body, v, want, wantErr)
			}
			compareText(t, v, want)
			return
		}
		if code := order.CodeOf(err); !strings.HasPrefix(code, "json-") {
			t.Fatalf("%q: %v", body, err)
		}
		reason := order.CodeOf(err) != "json-malformed" || !utf8.Valid(plain) || strings.Contains(err.Error(), "stands for no character")
		if wantErr == nil && want != nil && !reason {
			t.Fatalf("%q: %v, and encoding/json takes it", body, err)
		}
	})
}

func compareText(t *testing.T, v value, want map[string]any) {
	t.Helper()
	for _, m := range v.members {
		if text, ok := want[m.name].(string); ok && text != m.value.text {
			t.Fatalf("%q is %q, encoding/json reads %q", m.name, m.value.text, text)
		}
	}
}
