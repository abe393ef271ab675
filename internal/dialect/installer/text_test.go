package installer

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestPlainText reads descriptions of all kinds.
func TestPlainText(t *testing.T) {
	for in, want := range map[string]string{
		``:                                       "",
		`"one"`:                                  "one",
		`" one \r\n\r\n\ttwo\u2028three\u0085 "`: "one\ntwo\nthree",
		`{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Hello "},{"type":"text","marks":[{"type":"bold"}],"text":"world"}]},{"type":"paragraph"},{"type":"paragraph","content":[{"type":"text","text":"a"},{"type":"hardBreak"},{"type":"text","text":"b"}]}]}`:                                                                                                                                                     "Hello world\na\nb",
		`{"type":"doc","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"one"}]}]},{"type":"listItem","content":[{"type":"paragraph","content":[{"type":"text","text":"two"}]}]}]}]}`:                                                                                                                                                                                  "one\ntwo",
		`{"nodeType":"document","data":{},"content":[{"nodeType":"heading-1","data":{},"content":[{"nodeType":"text","value":"Title","marks":[],"data":{}}]},{"nodeType":"paragraph","data":{},"content":[{"nodeType":"text","value":"See ","marks":[],"data":{}},{"nodeType":"hyperlink","data":{"uri":"https://x"},"content":[{"nodeType":"text","value":"this","marks":[],"data":{}}]},{"nodeType":"text","value":".","marks":[],"data":{}}]}]}`: "Title\nSee this.",
		`{"type":"doc","content":"x"}`: "",
		`{"anything":1}`:               "",
		`{"type":"doc","content":[{"type":"text","text":"a\u0000b\ufffec\ud800"}]}`: "abc",
	} {
		if got := plainText(json.RawMessage(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// TestTitleOfAnOrderWithoutOffer takes the name, else how the description
// begins.
func TestTitleOfAnOrderWithoutOffer(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		change func(map[string]any)
		title  string
	}{
		"name":        {func(in map[string]any) { in["name"], in["description"] = "Charger", "x" }, "Charger"},
		"description": {func(in map[string]any) { in["name"], in["description"] = " ", "first\nsecond" }, "first"},
		"long":        {func(in map[string]any) { in["description"] = strings.Repeat("å", 300) }, strings.Repeat("å", 255)},
		"neither":     {nil, "installation"},
	} {
		o := w.core(w.place("good", c.change))
		l := o.Lines[0]
		if l.Detail.Title != c.title || len(o.Lines) != 1 || l.Quantity != 1 || l.Products[0].Value != "installation" || l.Products[0].Type != "Proprietary" || *o.Summary.Units != 1 {
			t.Errorf("%s: %+v", name, l)
		}
	}
}
