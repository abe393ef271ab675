package order

import (
	"context"
	"errors"
	"sync"
	"time"
)

// lookEvery is how long a change made by another replica or by a command may
// wait before those who wait for it hear of it. One question to the store
// serves all of them, however many they are.
const lookEvery = time.Second

// ErrDismissed ends a wait because the server is being stopped.
var ErrDismissed = errors.New("nobody waits any more: the server is being stopped")

// watch knows who waits for changes, by party.
type watch struct {
	mu        sync.Mutex
	bells     map[PartyID]*bell
	closed    bool
	dismissed chan struct{} // closed when nobody is to wait any more
}

// bell wakes those who wait for one party's next change.
type bell struct {
	waiters int
	rings   int           // how often it has rung
	seen    int64         // the newest number that anybody has seen, or unseen
	rung    chan struct{} // closed at the next ring
}

const unseen int64 = -1

func newWatch() *watch {
	return &watch{bells: map[PartyID]*bell{}, dismissed: make(chan struct{})}
}

// Await waits until the party has a change behind the given number and gives
// the party's newest number. It ends with an error when ctx does, and with
// [ErrDismissed] when [Exchange.Dismiss] lets everybody go.
//
// A change made through this Exchange is heard of at once, one made elsewhere
// while [Exchange.Run] runs.
func (x *Exchange) Await(ctx context.Context, party PartyID, after int64) (head int64, err error) {
	b := x.watch.join(party)
	defer x.watch.leave(party)
	for {
		rings := x.watch.rings(b)
		head, err = x.store.Head(ctx, party)
		if err != nil || head > after {
			return head, err
		}
		rung := x.watch.listen(b, rings, head)
		if rung == nil {
			continue // something happened while the head was read
		}
		select {
		case <-ctx.Done():
			return head, ctx.Err()
		case <-x.watch.dismissal():
			return head, ErrDismissed
		case <-rung:
		}
	}
}

// Dismiss lets everybody go who waits for a change, and nobody wait any more.
// It is for a server that stops: whoever waits holds a connection.
func (x *Exchange) Dismiss() {
	w := x.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		close(w.dismissed)
	}
}

// Readmit lets callers wait again after [Exchange.Dismiss], for a server that
// goes on after all.
func (x *Exchange) Readmit() {
	w := x.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		w.closed, w.dismissed = false, make(chan struct{})
	}
}

// dismissal is closed when no caller is to wait any more.
func (w *watch) dismissal() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dismissed
}

func (w *watch) join(party PartyID) *bell {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.bells[party]
	if b == nil {
		b = &bell{seen: unseen, rung: make(chan struct{})}
		w.bells[party] = b
	}
	b.waiters++
	return b
}

func (w *watch) leave(party PartyID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.bells[party]
	if b.waiters--; b.waiters == 0 {
		delete(w.bells, party)
	}
}

func (w *watch) rings(b *bell) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return b.rings
}

// listen gives what is closed at the next ring, to one who has read head after
// the bell had rung that often. It gives nil when head may be out of date,
// because the bell has rung since or somebody has seen more. What was seen
// counts once: a database that fails over can go back behind it.
func (w *watch) listen(b *bell, rings int, head int64) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if newer := b.seen > head; newer || b.rings != rings {
		if newer {
			b.seen = head
		}
		return nil
	}
	b.saw(head)
	return b.rung
}

// ring wakes those who wait for one of the parties.
func (w *watch) ring(parties []PartyID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range parties {
		if b := w.bells[p]; b != nil {
			b.ring()
		}
	}
}

// saw takes in the newest numbers of some parties.
func (w *watch) saw(heads map[PartyID]int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, head := range heads {
		if b := w.bells[p]; b != nil {
			b.saw(head)
		}
	}
}

// awaited lists the parties that somebody waits for.
func (w *watch) awaited() []PartyID {
	w.mu.Lock()
	defer w.mu.Unlock()
	parties := make([]PartyID, 0, len(w.bells))
	for p := range w.bells {
		parties = append(parties, p)
	}
	return parties
}

// saw rings when a number is newer than what those who wait have seen.
func (b *bell) saw(head int64) {
	if head <= b.seen {
		return
	}
	if b.seen != unseen {
		b.ring()
	}
	b.seen = head
}

func (b *bell) ring() {
	b.rings++
	close(b.rung)
	b.rung = make(chan struct{})
}

// tell wakes those who wait for a change of an order that was just kept, and
// tells who observes.
func (x *Exchange) tell(o *Order, events []Event) {
	x.watch.ring(o.Audience())
	x.config.Changed()
	if len(events) > 0 {
		x.config.Observe(o, events)
	}
}

// Listening tells how many wait for a change just now.
func (x *Exchange) Listening() int {
	w := x.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, b := range w.bells {
		n += b.waiters
	}
	return n
}

// lookOut asks the store every so often what is new for the parties that are
// waited for, until ctx ends.
func (x *Exchange) lookOut(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := x.look(ctx); err != nil {
			x.logFailure(ctx, "look for changes made elsewhere", err)
		}
	}
}

// look asks once. Where nobody waits nothing is asked.
func (x *Exchange) look(ctx context.Context) error {
	parties := x.watch.awaited()
	if len(parties) == 0 {
		return nil
	}
	heads, err := x.store.Heads(ctx, parties)
	if err == nil {
		x.watch.saw(heads)
	}
	return err
}
