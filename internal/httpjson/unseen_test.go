package httpjson

import "testing"

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
