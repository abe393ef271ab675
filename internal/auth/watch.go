package auth

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// watchEvery is how often the store is asked whether the tickets and tokens of
// requests that wait are still good: a credential that was ended by a command or on
// another replica ends what was begun with it within a second. One question serves
// all that wait.
const watchEvery = 400 * time.Millisecond

// watch holds the requests that go on for as long as their ticket or token does.
type watch struct {
	mu   sync.Mutex
	held map[Digest]map[*heldRequest]bool
}

// heldRequest is one of these requests.
type heldRequest struct{ end context.CancelCauseFunc }

// Hold returns a context that ends when the ticket or token with a digest does, with
// the refusal that [Service.Check] returns from then on as its cause. One that is ended
// through this Service ends it at once, one that is ended elsewhere or whose time is
// over within a second, while [Service.Run] runs. release frees what it takes.
func (d *Service) Hold(ctx context.Context, digest Digest) (held context.Context, release func()) {
	ctx, end := context.WithCancelCause(ctx)
	leave := d.watch.join(digest, end)
	return ctx, func() {
		leave()
		end(nil)
	}
}

// Run looks after the requests of [Service.Hold] until ctx ends.
func (d *Service) Run(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d.look(ctx)
	}
}

// look asks once. A store that does not answer ends nothing: it is asked again.
func (d *Service) look(ctx context.Context) {
	digests := d.watch.digests()
	if len(digests) == 0 || plant.On(plant.NoLookOut) {
		return
	}
	good, err := d.store.Tickets(ctx, digests)
	if err != nil {
		return
	}
	for _, digest := range digests {
		t, ok := good[digest]
		if !ok {
			d.ended(digest, errUnknown())
		} else if err := d.expired(t); err != nil {
			d.ended(digest, err)
		}
	}
}

// ended ends what was begun with a ticket or token, because of why.
func (d *Service) ended(digest Digest, why error) {
	d.known.drop(digest)
	d.watch.end(digest, why)
}

func (w *watch) join(digest Digest, end context.CancelCauseFunc) (leave func()) {
	h := &heldRequest{end}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held[digest] == nil {
		w.held[digest] = map[*heldRequest]bool{}
	}
	w.held[digest][h] = true
	return func() { w.leave(digest, h) }
}

func (w *watch) leave(digest Digest, h *heldRequest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if delete(w.held[digest], h); len(w.held[digest]) == 0 {
		delete(w.held, digest)
	}
}

func (w *watch) digests() []Digest {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.held))
}

func (w *watch) end(digest Digest, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for h := range w.held[digest] {
		h.end(why)
	}
}

// Ended returns why a context of [Service.Hold] has ended, if its ticket or token has,
// else nil.
func Ended(ctx context.Context) error {
	if why := context.Cause(ctx); order.KindOf(why) == order.Unauthenticated {
		return why
	}
	return nil
}
