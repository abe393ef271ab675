package order

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pollEvery is how long a change made by another replica or by a command may
// wait before those who wait for it hear of it. One question to the store
// serves all of them, however many they are.
const pollEvery = time.Second

// ErrShutdown ends a wait because the server is being stopped.
var ErrShutdown = errors.New("the wait has ended: the server is stopping")

// notifier knows who waits for changes, by party.
type notifier struct {
	mu      sync.Mutex
	topics  map[PartyID]*topic
	closed  bool
	stopped chan struct{} // closed when no caller may wait any more
}

// topic wakes those who wait for one party's next change.
type topic struct {
	waiters  int
	version  int           // how often it has rung
	observed int64         // the newest number that anybody has seen, or unseen
	changed  chan struct{} // closed at the next ring
}

const unknown int64 = -1

// Await waits until the party has a change behind the given number and returns
// the party's newest number. It ends with an error when ctx does, and with
// [ErrShutdown] when [Exchange.Shutdown] ends the waits.
//
// A change made through this Exchange is heard of at once, one made elsewhere
// while [Exchange.Run] runs.
func (x *Exchange) Await(ctx context.Context, party PartyID, after int64) (head int64, err error) {
	b := x.notifier.join(party)
	defer x.notifier.leave(party)
	for {
		rings := x.notifier.version(b)
		head, err = x.store.Head(ctx, party)
		if err != nil || head > after {
			return head, err
		}
		rung := x.notifier.wait(b, rings, head)
		if rung == nil {
			continue // something happened while the head was read
		}
		select {
		case <-ctx.Done():
			return head, ctx.Err()
		case <-x.notifier.shutdown():
			return head, ErrShutdown
		case <-rung:
		}
	}
}

// Shutdown ends every wait for a change, and lets no new one begin. It is for a
// server that stops: each wait holds a connection.
func (x *Exchange) Shutdown() {
	w := x.notifier
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		close(w.stopped)
	}
}

// Readmit lets callers wait again after [Exchange.Shutdown], for a server that
// goes on after all.
func (x *Exchange) Readmit() {
	w := x.notifier
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		w.closed, w.stopped = false, make(chan struct{})
	}
}

// shutdown is closed when no caller is to wait any more.
func (w *notifier) shutdown() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped
}

func (w *notifier) join(party PartyID) *topic {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.topics[party]
	if b == nil {
		b = &topic{observed: unknown, changed: make(chan struct{})}
		w.topics[party] = b
	}
	b.waiters++
	return b
}

func (w *notifier) leave(party PartyID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.topics[party]
	if b.waiters--; b.waiters == 0 {
		delete(w.topics, party)
	}
}

func (w *notifier) version(b *topic) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return b.version
}

// wait returns what is closed at the next ring, to one who has read head after
// the bell had rung that often. It returns nil when head may be out of date,
// because the topic has changed since or another caller has seen more. What was seen
// counts once: a database that fails over can go back behind it.
func (w *notifier) wait(b *topic, rings int, head int64) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if newer := b.observed > head; newer || b.version != rings {
		if newer {
			b.observed = head
		}
		return nil
	}
	b.observe(head)
	return b.changed
}

// notify wakes those who wait for one of the parties.
func (w *notifier) notify(parties []PartyID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range parties {
		if b := w.topics[p]; b != nil {
			b.notify()
		}
	}
}

// observe takes in the newest numbers of some parties.
func (w *notifier) observe(heads map[PartyID]int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, head := range heads {
		if b := w.topics[p]; b != nil {
			b.observe(head)
		}
	}
}

// watched lists the parties that callers wait for.
func (w *notifier) watched() []PartyID {
	w.mu.Lock()
	defer w.mu.Unlock()
	parties := make([]PartyID, 0, len(w.topics))
	for p := range w.topics {
		parties = append(parties, p)
	}
	return parties
}

// observe rings when a number is newer than what those who wait have seen.
func (b *topic) observe(head int64) {
	if head <= b.observed {
		return
	}
	if b.observed != unknown {
		b.notify()
	}
	b.observed = head
}

func (b *topic) notify() {
	b.version++
	close(b.changed)
	b.changed = make(chan struct{})
}

// publish wakes those who wait for a change of an order that was just stored, and
// calls the observer.
func (x *Exchange) publish(o *Order, events []Event) {
	x.notifier.notify(o.Audience())
	x.config.Changed()
	if len(events) > 0 {
		x.config.Observe(o, events)
	}
}

// Waiters returns how many callers wait for a change just now.
func (x *Exchange) Waiters() int {
	w := x.notifier
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, b := range w.topics {
		n += b.waiters
	}
	return n
}

// poll asks once. When no caller waits nothing is asked.
func (x *Exchange) poll(ctx context.Context) error {
	parties := x.notifier.watched()
	if len(parties) == 0 {
		return nil
	}
	heads, err := x.store.Heads(ctx, parties)
	if err == nil {
		x.notifier.observe(heads)
	}
	return err
}
