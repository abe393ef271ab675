package auth

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
)

func numbered(n int) (d [sha256.Size]byte) {
	binary.BigEndian.PutUint64(d[:], uint64(n))
	return d
}

func TestCacheForgetsSoonAndIsBounded(t *testing.T) {
	clock := newHand()
	c := newCache(clock.now)
	c.put(Ticket{Digest: numbered(1), Holder: "skole"})
	if got, ok := c.get(numbered(1)); !ok || got.Holder != "skole" {
		t.Errorf("got %v, %v", got, ok)
	}
	clock.advance(cacheFor)
	if _, ok := c.get(numbered(1)); ok {
		t.Errorf("a ticket is remembered for %s", cacheFor)
	}
	for i := range 3 * cacheMost {
		c.put(Ticket{Digest: numbered(i)})
	}
	if len(c.entries) > cacheMost {
		t.Errorf("%d entries", len(c.entries))
	}
}
