package document

import (
	"strings"
	"testing"
)

// TestWindow holds what is shown of lines that are long, of another encoding,
// or made to move a terminal's cursor.
func TestWindow(t *testing.T) {
	long := strings.Repeat("a", 5000)
	for _, c := range []struct {
		name, line string
		at         int
		want       string
		caret      int
	}{
		{"short", "<A>1</A>", 0, "<A>1</A>", 0},
		{"indented", "\t\t<A>1</A>", 2, "<A>1</A>", 0},
		{"in the middle", "  <A><B/></A>", 5, "<A><B/></A>", 3},
		{"long", long + "<B/>" + long, 5000, "…" + strings.Repeat("a", shownBefore) + "<B/>" + strings.Repeat("a", shownWidth-shownBefore-4) + "…", shownBefore + 1},
		{"characters of two bytes", "øøø<B/>", 6, "øøø<B/>", 3},
		{"ISO-8859-1", "\xf8\xf8<B/>", 2, "øø<B/>", 2},
		{"escape sequences", "a\x1b[2J\tb<B/>", 7, "a [2J b<B/>", 7},
		{"turned writing", "\u202ea<B/>", 4, "a<B/>", 1},
		{"behind the end", "<A>", 3, "<A>", 3},
	} {
		got, caret := window([]byte(c.line), c.at)
		if got != c.want || caret != c.caret {
			t.Errorf("%s: %q with the caret at %d, want %q at %d", c.name, got, caret, c.want, c.caret)
		}
	}
}
