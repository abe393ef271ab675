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
	spare      bool // beyond each, an owner may have as many as are free

	mu    sync.Mutex
	taken int64
	of    map[owner]int64
	lines []*line // of the owners that wait, in the order of their turns
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
	m.queue(w)
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
	m.unqueue(w)
	m.serve() // it may have stood before others
	return false
}

// give gives bytes back.
func (m *memory) give(o owner, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(o, bytes)
	m.serve()
}

// serve hands out what there is, with mu held. The owners take turns. Who waits for
// others of the same owner is passed over; who waits for the whole is not, or a large
// body would wait for as long as small ones come.
func (m *memory) serve() {
	for next := 0; next < len(m.lines); {
		l := m.lines[next]
		w := l.waiting[0]
		if !m.within(w.owner, w.bytes) {
			next++
			continue
		}
		if m.taken+w.bytes > m.most {
			return
		}
		m.taken += w.bytes
		m.of[w.owner] += w.bytes
		close(w.got)
		m.lines = slices.Delete(m.lines, next, next+1)
		if l.waiting = l.waiting[1:]; len(l.waiting) > 0 {
			m.lines = append(m.lines, l)
		}
		next = 0 // what was passed over may fit into what is free now
	}
}

// line is what the requests of one owner wait for, the oldest first.
type line struct {
	owner   owner
	waiting []*wanted
}

// queue appends to the line of an owner, with mu held.
func (m *memory) queue(w *wanted) {
	for _, l := range m.lines {
		if l.owner == w.owner {
			l.waiting = append(l.waiting, w)
			return
		}
	}
	m.lines = append(m.lines, &line{w.owner, []*wanted{w}})
}

// unqueue takes one out of its line, with mu held.
func (m *memory) unqueue(w *wanted) {
	for i, l := range m.lines {
		if l.owner != w.owner {
			continue
		}
		if at := slices.Index(l.waiting, w); at >= 0 {
			l.waiting = slices.Delete(l.waiting, at, at+1)
		}
		if len(l.waiting) == 0 {
			m.lines = slices.Delete(m.lines, i, i+1)
		}
		return
	}
}

// within reports whether an owner may have so many more by its own share, with mu
// held. Beyond each it may have no more than it then leaves to others.
func (m *memory) within(o owner, bytes int64) bool {
	held := m.of[o] + bytes
	return o == unchecked || held <= m.each || m.spare && (m.taken+bytes > m.most || held <= m.most-m.taken)
}

// full reports whether it is the owner's own share that has nothing left.
func (m *memory) full(o owner) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.taken < m.most && !m.within(o, 1)
}

// heldBy is how many bytes an owner has.
func (m *memory) heldBy(o owner) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of[o]
}

// move makes one unit that an owner has another's, if that one's share allows.
func (m *memory) move(from, to owner) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(from, 1)
	if m.within(to, 1) {
		m.of[to]++
		m.taken++
		m.serve() // from may be one that waits
		return true
	}
	m.of[from]++
	m.taken++
	return false
}

// drop takes bytes out of the books, with mu held.
func (m *memory) drop(o owner, bytes int64) {
	m.taken -= bytes
	if m.of[o] -= bytes; m.of[o] <= 0 {
		delete(m.of, o)
	}
}

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
