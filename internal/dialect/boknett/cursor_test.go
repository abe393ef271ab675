package boknett

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

func TestCursor(t *testing.T) {
	s := signer{key: []byte("one key")}
	for _, epoch := range []string{"", "x", "k3j9x2pq", strings.Repeat("e", maxEpoch)} {
		for _, change := range []int64{0, 1, 999, math.MaxInt64} {
			at := position{change, epoch}
			c := s.cursor("7045", order.SentToMe, at)
			if got, err := s.parseCursor("7045", order.SentToMe, c); got != at || err != nil {
				t.Errorf("%v came back as %v, %v", at, got, err)
			}
			if strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
				t.Errorf("the cursor %q needs escaping in an address", c)
			}
		}
	}
}

func TestCursorRefused(t *testing.T) {
	s := signer{key: []byte("one key")}
	seventeen := position{17, "k3j9x2pq"}
	good := s.cursor("7045", order.SentToMe, seventeen)
	refused := map[string]string{
		"empty":               "",
		"garbage":             "garbage",
		"cut short":           good[:len(good)-1],
		"longer":              good + "A",
		"with a line break":   good[:10] + "\n" + good[10:],
		"of another party":    s.cursor("7046", order.SentToMe, seventeen),
		"of another key":      signer{key: []byte("another")}.cursor("7045", order.SentToMe, seventeen),
		"an ETag of the list": s.sign(signedEnd, seventeen, cursorFor("7045", order.SentToMe)),
		"negative":            s.cursor("7045", order.SentToMe, position{-1, "k3j9x2pq"}),
		"with a long epoch":   s.cursor("7045", order.SentToMe, position{17, strings.Repeat("e", maxEpoch+1)}),
	}
	for i := range good {
		flipped := []byte(good)
		flipped[i] = map[bool]byte{true: 'B', false: 'A'}[flipped[i] == 'A']
		refused[fmt.Sprintf("changed at %d", i)] = string(flipped)
	}
	for name, c := range refused {
		if _, err := s.parseCursor("7045", order.SentToMe, c); order.CodeOf(err) != "cursor-invalid" || order.KindOf(err) != order.Malformed {
			t.Errorf("a cursor %s (%q) gave %v", name, c, err)
		}
	}
	_, err := s.parseCursor("7045", order.SentByMe, good)
	if order.CodeOf(err) != "cursor-invalid" || !strings.Contains(err.Error(), "mode=SENT_TO_ME") {
		t.Errorf("a cursor of another mode gave %v", err)
	}
}

// FuzzCursor: nothing opens that was not sealed for the same purpose.
func FuzzCursor(f *testing.F) {
	s := signer{key: []byte("one key")}
	f.Add(s.cursor("7045", order.SentToMe, position{17, ""}))
	f.Add(s.cursor("7045", order.SentToMe, position{17, "k3j9x2pq"}))
	f.Add("")
	f.Add(strings.Repeat("A", 32))
	f.Fuzz(func(t *testing.T, written string) {
		at, err := s.parseCursor("7045", order.SentToMe, written)
		if err != nil {
			if order.CodeOf(err) != "cursor-invalid" {
				t.Fatalf("%q: %v", written, err)
			}
			return
		}
		if s.cursor("7045", order.SentToMe, at) != written {
			raw, _ := base64.RawURLEncoding.DecodeString(written)
			t.Fatalf("%q (%x) opens as %v, which is sealed otherwise", written, raw, at)
		}
	})
}

func TestEventID(t *testing.T) {
	for _, c := range []struct {
		written string
		want    position
		ok      bool
	}{
		{"0", position{0, ""}, true},
		{"17", position{17, ""}, true},
		{"k3v9x2ab-17", position{17, "k3v9x2ab"}, true},
		{"k3v9x2ab-0", position{0, "k3v9x2ab"}, true},
		{"9223372036854775807", position{9223372036854775807, ""}, true},
		{"9223372036854775808", position{}, false},
		{"", position{}, false},
		{"-17", position{}, false},
		{"k3v9x2ab-", position{}, false},
		{"k3v9x2ab-+1", position{}, false},
		{"k3v9x2ab--1", position{}, false},
		{"K3V9-1", position{}, false},
		{"a-b-1", position{}, false},
		{"1.5", position{}, false},
		{"undefined", position{}, false},
		{"msg_1", position{}, false},
		{"٣", position{}, false},
		{strings.Repeat("a", maxEpoch+1) + "-1", position{}, false},
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
