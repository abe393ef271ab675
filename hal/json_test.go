package hal

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func parseCreated(text string, s Surface) (time.Time, error) {
	return time.ParseInLocation(createdLayout, text, s.Zone)
}

// checkString wants that every reader reads back what was written, with
// U+FFFD where the bytes were no text.
func checkString(t interface{ Errorf(string, ...any) }, s string) {
	written := appendString(nil, s)
	var read string
	if err := json.Unmarshal(written, &read); err != nil {
		t.Errorf("%q was written as %s: %v", s, written, err)
		return
	}
	want := string([]rune(s)) // every stray byte becomes one U+FFFD
	if read != want {
		t.Errorf("%q came back as %q from %s", s, read, written)
	}
	for _, b := range written {
		if b < ' ' || b == 0x7f {
			t.Errorf("%q was written with the bare byte %#x", s, b)
		}
	}
	if !utf8.Valid(written) || strings.ContainsAny(string(written), "\u2028\u2029") {
		t.Errorf("%q was written as %q", s, written)
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
	want := `"\"\\\n\r\t\u0000\u001f\u007f\u2028\u2029\ufffd«ø»😀</>&"`
	if got := appendString(nil, "\"\\\n\r\t\x00\x1f\x7f\u2028\u2029\xff«ø»😀</>&"); string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestStringsAtRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkString(t, string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")))
		checkString(t, rapid.String().Draw(t, "text"))
	})
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "Ærlig talt", "\u2028\xff\"\\", "a\x00b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) { checkString(t, s) })
}
