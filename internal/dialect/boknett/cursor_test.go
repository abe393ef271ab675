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
	s := sealer{key: []byte("one key")}
	for _, epoch := range []string{"", "x", "k3j9x2pq", strings.Repeat("e", maxEpoch)} {
		for _, change := range []int64{0, 1, 999, math.MaxInt64} {
			at := place{change, epoch}
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
	s := sealer{key: []byte("one key")}
	seventeen := place{17, "k3j9x2pq"}
	good := s.cursor("7045", order.SentToMe, seventeen)
	refused := map[string]string{
		"empty":               "",
		"garbage":             "garbage",
		"cut short":           good[:len(good)-1],
		"longer":              good + "A",
		"with a line break":   good[:10] + "\n" + good[10:],
		"of another party":    s.cursor("7046", order.SentToMe, seventeen),
		"of another key":      sealer{key: []byte("another")}.cursor("7045", order.SentToMe, seventeen),
		"an ETag of the list": s.close(sealedEnd, seventeen, cursorFor("7045", order.SentToMe)),
		"negative":            s.cursor("7045", order.SentToMe, place{-1, "k3j9x2pq"}),
		"with a long epoch":   s.cursor("7045", order.SentToMe, place{17, strings.Repeat("e", maxEpoch+1)}),
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
	s := sealer{key: []byte("one key")}
	f.Add(s.cursor("7045", order.SentToMe, place{17, ""}))
	f.Add(s.cursor("7045", order.SentToMe, place{17, "k3j9x2pq"}))
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
