package jsontext_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/internal/jsontext"
)

// TestMarshal: the expected texts are what JSON.stringify of node 20 writes.
func TestMarshal(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{"Ola & Co <17> «ø» 😀", `"Ola & Co <17> «ø» 😀"`},
		{"\u2028\u2029\x7f\u0085\ufeff\ufffd", "\"\u2028\u2029\x7f\u0085\ufeff\ufffd\""},
		{"\b\f\n\r\t\v\x00\x1f\"\\/", `"\b\f\n\r\t\u000b\u0000\u001f\"\\/"`},
		{"stray \xff byte", "\"stray \ufffd byte\""},
		{`\u0026 \\u0026 \`, `"\\u0026 \\\\u0026 \\"`},
		{map[string]any{"a&b": []any{1, true, nil, "<"}}, `{"a&b":[1,true,null,"<"]}`},
		{json.RawMessage(`{"a":"\u0026\u003C\/\u00e5\u2028\ud83d\ude00\ud83d\uDE00\u0007\u0008\u0022\u005c"}`), "{\"a\":\"&</å\u2028😀😀\\u0007\\b\\\"\\\\\"}"},
		{json.RawMessage(`["\uD83D","\ud83dx","\ude00\ud83d","\ud83d\u0026"]`), `["\ud83d","\ud83dx","\ude00\ud83d","\ud83d&"]`},
		{json.RawMessage(`["\\u0026","\\\u0026"]`), `["\\u0026","\\&"]`},
	} {
		got, err := jsontext.Marshal(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%#v: got %s, want %s (%v)", c.value, got, c.want, err)
		}
	}
	if got, err := jsontext.MarshalIndent(map[string]any{"a": "&", "b": []int{}}); err != nil || string(got) != "{\n  \"a\": \"&\",\n  \"b\": []\n}\n" {
		t.Errorf("indented: %s, %v", got, err)
	}
	if _, err := jsontext.Marshal(func() {}); err == nil {
		t.Error("a function was written")
	}
}

// checkString: every reader reads back what was written, with U+FFFD where the
// bytes were no text, and both ways of writing agree.
func checkString(t interface{ Errorf(string, ...any) }, s string) {
	written := jsontext.AppendString(nil, s)
	var read string
	if err := json.Unmarshal(written, &read); err != nil {
		t.Errorf("%q was written as %s: %v", s, written, err)
		return
	}
	if want := strings.ToValidUTF8(s, "\ufffd"); read != string([]rune(s)) || utf8.ValidString(s) && read != want {
		t.Errorf("%q came back as %q from %s", s, read, written)
	}
	if marshalled, err := jsontext.Marshal(s); err != nil || !bytes.Equal(marshalled, written) {
		t.Errorf("%q was written as %s and as %s (%v)", s, written, marshalled, err)
	}
	for _, b := range written {
		if b < ' ' {
			t.Errorf("%q was written with the bare byte %#x", s, b)
		}
	}
}

func TestStringsOfEveryKind(t *testing.T) {
	for c := range rune(0x3000) {
		checkString(t, "a"+string(c)+"b")
	}
	for b := range 256 {
		checkString(t, string([]byte{byte(b)}))
		checkString(t, "å"+string([]byte{byte(b), 'z'}))
	}
	checkString(t, "")
	checkString(t, "😀\xed\xa0\x80\xf0\x9f\xff")
}

func TestStringsAtRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkString(t, string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		checkString(t, rapid.String().Draw(t, "text"))
	})
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "Ærlig talt", "\u2028\xff\"\\", "a\x00b", `\u0026`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) { checkString(t, s) })
}

// FuzzRaw: JSON of others keeps its meaning, and is written once and for all.
func FuzzRaw(f *testing.F) {
	for _, seed := range []string{`{"a":"\u0026"}`, `["\\\\u0026",1e2,"\/"]`, `"\ud83d\ude00"`, `"\ud83d\ud83d\ude00"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var before, after any
		if json.Unmarshal(raw, &before) != nil {
			return
		}
		written, err := jsontext.Marshal(json.RawMessage(raw))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &after); err != nil {
			t.Fatalf("%s was written as %s: %v", raw, written, err)
		}
		x, _ := json.Marshal(before)
		y, _ := json.Marshal(after)
		if !bytes.Equal(x, y) {
			t.Errorf("%s was written as %s", raw, written)
		}
		if again, err := jsontext.Marshal(json.RawMessage(written)); err != nil || !bytes.Equal(again, written) {
			t.Errorf("%s was written as %s, then as %s", raw, written, again)
		}
	})
}
