package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// A cache remembers tickets or keys for a moment, so that a poller costs one map
// look-up instead of one read of the store. cacheFor bounds how long one
// revoked by another process is still taken; cacheMost bounds the memory.
const (
	cacheFor  = time.Second
	cacheMost = 10_000
)

type cache[T any] struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[[sha256.Size]byte]cached[T]
}

type cached[T any] struct {
	held  T
	since time.Time // an entry from a time to come was made before the clock was set back, and is of no use
}

func newCache[T any](now func() time.Time) *cache[T] {
	return &cache[T]{now: now, entries: map[[sha256.Size]byte]cached[T]{}}
}

func (c *cache[T]) get(digest [sha256.Size]byte) (T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[digest]
	age := c.now().Sub(e.since)
	return e.held, ok && age >= 0 && age < cacheFor
}

// put remembers what a digest stands for. A full cache starts anew: refilling it
// costs a read each.
func (c *cache[T]) put(digest [sha256.Size]byte, held T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= cacheMost {
		clear(c.entries)
	}
	c.entries[digest] = cached[T]{held: held, since: c.now()}
}

func (c *cache[T]) drop(digest [sha256.Size]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.entries, digest)
}
