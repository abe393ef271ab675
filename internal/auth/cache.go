package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// A cache remembers tickets for a moment, so that a poller costs one map
// look-up instead of one read of the store. cacheFor bounds how long a ticket
// revoked by another process is still taken; cacheMost bounds the memory.
const (
	cacheFor  = time.Second
	cacheMost = 10_000
)

type cache struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[[sha256.Size]byte]cached
}

type cached struct {
	ticket Ticket
	until  time.Time
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, entries: map[[sha256.Size]byte]cached{}}
}

func (c *cache) get(digest [sha256.Size]byte) (Ticket, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[digest]
	return e.ticket, ok && c.now().Before(e.until)
}

// put remembers t. A full cache starts anew: refilling it costs a read each.
func (c *cache) put(t Ticket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheMost {
		clear(c.entries)
	}
	c.entries[t.Digest] = cached{ticket: t, until: c.now().Add(cacheFor)}
}

func (c *cache) drop(digest [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, digest)
}
