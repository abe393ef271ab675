package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"
)

// hand is a clock that a test moves.
type hand struct{ at time.Time }

func newHand() *hand { return &hand{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)} }

func (h *hand) now() time.Time           { return h.at }
func (h *hand) advance(by time.Duration) { h.at = h.at.Add(by) }

func numbered(n int) (d [sha256.Size]byte) {
	binary.BigEndian.PutUint64(d[:], uint64(n))
	return d
}

func TestCacheForgetsSoonAndIsBounded(t *testing.T) {
	clock := newHand()
	c := newCache[Ticket](clock.now)
	c.put(numbered(1), Ticket{Holder: "skole"})
	if got, ok := c.get(numbered(1)); !ok || got.Holder != "skole" {
		t.Errorf("got %v, %v", got, ok)
	}
	clock.advance(cacheFor)
	if _, ok := c.get(numbered(1)); ok {
		t.Errorf("a ticket is remembered for %s", cacheFor)
	}
	for i := range 3 * cacheMost {
		c.put(numbered(i), Ticket{})
	}
	if len(c.entries) > cacheMost {
		t.Errorf("%d entries", len(c.entries))
	}
}
