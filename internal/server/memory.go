package server

import (
	"slices"
	"sync"
	"time"
)

// memory is a number of bytes that the bodies of all requests may have together,
// of which each owner may have some. Who finds none left waits for it.
type memory struct {
	most, each int64

	mu     sync.Mutex
	taken  int64
	of     map[owner]int64
	queued []*wanted
}

// wanted is what one request waits for.
type wanted struct {
	owner owner
	bytes int64
	got   chan struct{} // closed when it has them
}

func newMemory(most, each int64) *memory {
	return &memory{most: most, each: each, of: map[owner]int64{}}
}

// take waits for bytes, until some time has passed or gone is closed; false says
// that it has none.
func (m *memory) take(o owner, bytes int64, patience time.Duration, gone <-chan struct{}) bool {
	w := &wanted{o, bytes, make(chan struct{})}
	m.mu.Lock()
	m.queued = append(m.queued, w)
	m.serve()
	served := w.served()
	m.mu.Unlock()
	if served {
		return true
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.got:
		return true
	case <-timer.C:
	case <-gone:
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if w.served() { // in between
		return true
	}
	m.queued = slices.DeleteFunc(m.queued, func(q *wanted) bool { return q == w })
	m.serve() // it may have stood before others
	return false
}

// give gives bytes back.
func (m *memory) give(o owner, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken -= bytes
	if m.of[o] -= bytes; m.of[o] <= 0 {
		delete(m.of, o)
	}
	m.serve()
}

// serve hands out what there is, with mu held. Who waits for others of the same
// owner is passed over; who waits for the whole is not, or a large body would
// wait for as long as small ones come.
func (m *memory) serve() {
	blocked := map[owner]bool{}
	m.queued = slices.DeleteFunc(m.queued, func(w *wanted) bool {
		switch {
		case blocked[everyone]:
			return false
		case blocked[w.owner] || m.of[w.owner]+w.bytes > m.each:
			blocked[w.owner] = true
			return false
		case m.taken+w.bytes > m.most:
			blocked[everyone] = true
			return false
		}
		m.taken += w.bytes
		m.of[w.owner] += w.bytes
		close(w.got)
		return true
	})
}

// everyone stands for all owners; none has this name.
const everyone owner = ""

// served reports whether a request has what it waited for.
func (w *wanted) served() bool {
	select {
	case <-w.got:
		return true
	default:
		return false
	}
}

// inHand is how many bytes are taken.
func (m *memory) inHand() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken
}
