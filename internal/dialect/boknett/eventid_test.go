package boknett

import (
	"strings"
	"testing"
)

func TestEventID(t *testing.T) {
	for _, c := range []struct {
		written string
		want    place
		ok      bool
	}{
		{"0", place{0, ""}, true},
		{"17", place{17, ""}, true},
		{"k3v9x2ab-17", place{17, "k3v9x2ab"}, true},
		{"k3v9x2ab-0", place{0, "k3v9x2ab"}, true},
		{"9223372036854775807", place{9223372036854775807, ""}, true},
		{"9223372036854775808", place{}, false},
		{"", place{}, false},
		{"-17", place{}, false},
		{"k3v9x2ab-", place{}, false},
		{"k3v9x2ab-+1", place{}, false},
		{"k3v9x2ab--1", place{}, false},
		{"K3V9-1", place{}, false},
		{"a-b-1", place{}, false},
		{"1.5", place{}, false},
		{"undefined", place{}, false},
		{"msg_1", place{}, false},
		{"٣", place{}, false},
		{strings.Repeat("a", maxEpoch+1) + "-1", place{}, false},
	} {
		if got, ok := parseEventID(c.written); ok != c.ok || got != c.want {
			t.Errorf("%q: got %+v, %t", c.written, got, ok)
		}
	}
}

// FuzzEventID: what is read is written again as a place of the same meaning.
func FuzzEventID(f *testing.F) {
	for _, seed := range []string{"0", "17", "k3v9x2ab-17", "-", "a-1", "a-01", "null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, written string) {
		at, ok := parseEventID(written)
		if !ok {
			return
		}
		id := string(appendEventID(nil, at))
		if again, ok := parseEventID(id); !ok || again != at {
			t.Errorf("%q is %+v, written as %q, read as %+v", written, at, id, again)
		}
	})
}
