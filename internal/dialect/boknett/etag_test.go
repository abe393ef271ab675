package boknett

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTags(t *testing.T) {
	for _, c := range []struct {
		values []string
		tags   []string
		all    bool
		ok     bool
	}{
		{nil, nil, false, true},
		{[]string{""}, nil, false, true},
		{[]string{"*"}, nil, true, true},
		{[]string{` "a" `}, []string{"a"}, false, true},
		{[]string{`W/"a", "b,c" ,, "d"`}, []string{"a", "b,c", "d"}, false, true},
		{[]string{`"a"`, `W/"b"`}, []string{"a", "b"}, false, true},
		{[]string{`W/W/"a"`}, []string{"a"}, false, true},
		{[]string{`""`}, []string{""}, false, true},
		{[]string{`"a"-gzip`, `W/"b";gzip, "c"--br`}, []string{"a", "b", "c"}, false, true},
		{[]string{`"a-gzip"`}, []string{"a-gzip"}, false, true},
		{[]string{`a`}, nil, false, false},
		{[]string{`"a`}, nil, false, false},
		{[]string{`"a", b, "c"`}, []string{"a", "c"}, false, false},
		{[]string{`b`, `"a"`}, []string{"a"}, false, false},
		{[]string{`w/"a"`}, nil, false, false},
		{[]string{`W/a`}, nil, false, false},
		{[]string{`"a"b`}, nil, false, false},
		{[]string{`"a", *`}, []string{"a"}, false, false},
	} {
		tags, all, ok := parseTags(c.values)
		if all != c.all || ok != c.ok || ok && !slices.Equal(tags, c.tags) {
			t.Errorf("%q: got %q, %t, %t", c.values, tags, all, ok)
		}
	}
}

// TestOrderTagIsReadAsWritten: as it was written, and with what proxies add.
func TestOrderTagIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag := orderTag{rapid.Int64Min(1).Draw(t, "revision"),
			rapid.SampledFrom([]string{repHAL, repV2, repV2Alone, repLine, repEDItX, repHistory, repHistory + "-3", repResponse, repStatusReport}).Draw(t, "representation"),
			rapid.StringMatching(`[a-z2-7]{8}`).Draw(t, "epoch")}
		suffix := rapid.SampledFrom([]string{"", "-gzip", "--gzip", ";gzip", "-br", "-zstd", "-GZIP", ":gzip", "-x-gzip", "-gzip-br", "+deflate"}).Draw(t, "suffix")
		if got, ok := parseOrderTag(tag.String()); !ok || got != tag {
			t.Fatalf("%s is read as %+v", tag, got)
		}
		if got, ok := parseOrderTag(tag.String() + suffix); !ok || got != tag || !sameTag(tag.String()+suffix, tag.String()) {
			t.Fatalf("%s%s is read as %+v", tag, suffix, got)
		}
	})
	for _, other := range []string{"", "r", "r2", "r2-hal", "r2-hal-gzip", "r-hal-k3j9x2pq", "r0-hal-k3j9x2pq", "r-1-hal-k3j9x2pq", "r+1-hal-k3j9x2pq",
		"2-hal-k3j9x2pq", "r2--k3j9x2pq", "r2-hal-", "sha256-abc-k3j9x2pq", "r99999999999999999999-hal-k3j9x2pq"} {
		if got, ok := parseOrderTag(other); ok {
			t.Errorf("%q is read as %+v", other, got)
		}
	}
}

// TestSameTag: a tag of any characters is known with what was added to it, also one
// that ends like that itself, and no other is.
func TestSameTag(t *testing.T) {
	for _, ours := range []string{"abc", "abc-", "abc--", "abc-gzip", "gzip", "-", "sha256-x_y-z", "AwAAAAAAAAAFzBEdPDKJA6_N7yi39r-n", "AwAAAAAAAAAFzBEdPDKJA6_N7yi39r--"} {
		for _, added := range []string{"", "-gzip", "--gzip", ";gzip", "-GZIP", "-br", "-gzip-br", "-x-gzip", ":zstd", "+dcb"} {
			if !sameTag(ours+added, ours) {
				t.Errorf("%q is not taken for %q", ours+added, ours)
			}
		}
		for _, added := range []string{"gzip", "x", "-", "-gz", "-gzipx", "-gzip-", "-gzip-x", "-other", ";"} {
			if sameTag(ours+added, ours) {
				t.Errorf("%q is taken for %q", ours+added, ours)
			}
		}
		if sameTag(ours[:len(ours)-1], ours) {
			t.Errorf("a part of %q is taken for it", ours)
		}
	}
}

func FuzzTags(f *testing.F) {
	for _, seed := range []string{"*", `"a"`, `W/"r2-hal2-k3j9x2pq", "b"`, `"r2-hal-k3j9x2pq-gzip"`, `"a"-gzip`, `"`, `W/`, `,`, `"a"b,"c`, `"a",*`, "\"\x00\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		tags, all, ok := parseTags([]string{header})
		if all && (len(tags) > 0 || !ok) {
			t.Fatalf("%q is everything and %q", header, tags)
		}
		for _, tag := range tags {
			if strings.Contains(tag, `"`) || !strings.Contains(header, `"`+tag+`"`) {
				t.Fatalf("%q does not have the tag %q", header, tag)
			}
			if o, ok := parseOrderTag(tag); ok && !strings.HasPrefix(tag, "r"+strings.TrimLeft(strconv.FormatInt(o.revision, 10), "0")) && !strings.HasPrefix(tag, "r0") {
				t.Fatalf("%q names revision %d", tag, o.revision)
			}
		}
		var quoted []string
		for _, tag := range tags {
			quoted = append(quoted, `"`+tag+`"`)
		}
		if again, _, ok := parseTags([]string{strings.Join(quoted, ", ")}); !ok || !slices.Equal(again, tags) {
			t.Fatalf("%q has the tags %q, which are read again as %q", header, tags, again)
		}
	})
}
