package boknett

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	// usualHeartbeat is how often a stream on which nothing happens shows that
	// it lives: often enough for the proxies in the field, which cut silence
	// after a minute, and for a client to notice within one that it is alone.
	usualHeartbeat = 15 * time.Second

	// streamPage is how many changes are told in one write: some 70 kB.
	streamPage = 100

	// mostPassed is how many changes in a row are passed over without telling
	// the listener its place: so many are read again, in some 20 ms, when it was
	// cut off.
	mostPassed = 1000

	// mostSigns is how many signs of life in a row are comments: an hour of
	// them, in 3 kB.
	mostSigns = 240
)

// stream is one listener's live stream. It holds no goroutine but the one of
// its request.
type stream struct {
	*front
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  []byte

	party      order.PartyID
	credential auth.Digest // of what the stream ends with
	filter     webhook.Filter
	at         place // the last change that was told or passed over
	fromNow    bool  // whether the listener came without a place
	passed     int   // how many changes were passed over since the listener was told a place
	signs      int   // how many signs of life were given since the last event
	told       int
	resent     *webhook.Listener // nil where nothing is sent again
}

// errLeft ends a stream whose listener is gone, or too slow to be kept.
var errLeft = errors.New("the listener is gone")

// errRestored ends a stream beneath which the store has begun another epoch: the
// numbers of the new one are no places in the old. The listener resumes from the
// restored point when it connects again.
var errRestored = errors.New("the store was restored")

// run tells until the listener leaves, its ticket ends or the server stops, and
// says at the end why. The caller cuts the connection behind it.
func (s *stream) run(ctx context.Context) {
	err := s.begin()
	for fresh := true; err == nil; {
		fresh, err = s.turn(ctx, fresh)
	}
	if why := auth.Ended(ctx); why != nil && !errors.Is(err, errLeft) {
		err = why
	}
	rec := reqlog.From(ctx)
	rec.Note(fmt.Sprintf("stream ended after %d events", s.told))
	switch {
	case errors.Is(err, errLeft) || ctx.Err() != nil && auth.Ended(ctx) == nil:
		rec.Note("the listener left")
		return
	case errors.Is(err, order.ErrDismissed):
		rec.Note("the server is being stopped")
		s.buffer = appendComment(s.buffer, "the server is being stopped; connect again")
	case errors.Is(err, errRestored):
		rec.Note("the store was restored")
		s.buffer = appendComment(s.buffer, "the exchange was restored from a backup; connect again")
	case order.KindOf(err) == order.Unauthenticated:
		rec.Note("the ticket has ended")
		s.buffer = appendComment(s.buffer, "the ticket has ended; fetch a new one and connect again")
	default:
		note(rec, err, order.CodeOf(err))
		s.buffer = appendComment(s.buffer, "the stream cannot go on; connect again")
	}
	_ = s.flush() // nobody is left to be told that nobody is there
}

// begin says how long to wait before connecting again. A listener that came
// without a place gets one: it would begin anew at the wrong change if it were
// cut off before its first event. One that has a place sends it again.
func (s *stream) begin() (err error) {
	s.buffer = appendRetry(s.buffer, problem.ReconnectWait)
	if s.fromNow {
		err = s.place()
	}
	return errors.Join(err, s.flush())
}

// turn tells what there is, then waits. fresh says whether there may be
// changes.
func (s *stream) turn(ctx context.Context, fresh bool) (bool, error) {
	if _, err := s.desk.CheckDigest(ctx, s.credential); err != nil {
		return false, err // a ticket that has ended or was logged out ends the stream
	}
	if epoch, err := s.exchange.Epoch(ctx); err != nil {
		return false, err
	} else if epoch != s.at.epoch {
		return false, errRestored
	}
	more := false
	if fresh {
		var err error
		if more, err = s.tellChanges(ctx); err != nil {
			return false, err
		}
	}
	if err := s.tellResent(); err != nil || more {
		return more, err
	}
	return s.wait(ctx)
}

// tellChanges tells a page of changes; more says that another is ready. What
// is hidden or not wanted is passed over. The next event tells the place behind
// it, or a place of its own when that takes long: a client that resumes would
// have all of it read again.
func (s *stream) tellChanges(ctx context.Context) (more bool, err error) {
	page, err := s.exchange.Feed(ctx, order.FeedQuery{Party: s.party, After: s.at.change, Limit: streamPage}, 0)
	if err != nil || len(page.Changes) == 0 {
		return false, err
	}
	for _, c := range page.Changes {
		s.at.change = c.Number
		d, ok := deliveryOf(c, s.at.epoch)
		switch {
		case ok && s.filter.Wants(d.Type):
			err = s.append(&s.at, string(d.Type), d)
		case s.passed+1 >= mostPassed:
			err = s.place()
		default:
			s.passed++
		}
		if err != nil {
			return false, err
		}
	}
	return page.More, s.flush()
}

// place tells the listener where it is, as an event.
func (s *stream) place() (err error) {
	s.buffer, err = appendPlace(s.buffer, s.at, s.now())
	s.passed, s.signs = 0, 0
	return err
}

// deliveryOf is a change as a delivery tells it, so that stream and webhook say
// the same. ok is false for one that nobody is told of.
func deliveryOf(c order.Change, epoch string) (d webhook.Delivery, ok bool) {
	t, ok := webhook.TypeOf(c.Kind, c.To)
	return webhook.Delivery{Type: t, Event: webhook.Event{Change: c.Number, Epoch: epoch, Order: c.Order, Number: c.OrderNumber, Event: c.Event,
		At: c.At, Line: c.Line, From: c.From, To: c.To, Side: c.Side}}, ok
}

// resendEvent names what is told once more because somebody had it sent again.
// Its type stands in the body, and it has no id, for it is no step forward.
const resendEvent = "resend"

func (s *stream) tellResent() error {
	if s.resent == nil {
		return nil
	}
	for _, d := range s.resent.Take() {
		if !s.filter.Wants(d.Type) {
			continue
		}
		if err := s.append(nil, resendEvent, d); err != nil {
			return err
		}
	}
	return s.flush()
}

// wait ends when there is a change (fresh) or something sent again, or with a
// sign of life when the heartbeat is due.
func (s *stream) wait(ctx context.Context) (fresh bool, err error) {
	waiting, stop := context.WithTimeout(ctx, s.heartbeat)
	defer stop()
	if s.resent != nil {
		s.resent.Wake(stop)
	}
	_, err = s.exchange.Await(waiting, s.party, s.at.change)
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, order.ErrDismissed):
		return false, err
	case errors.Is(waiting.Err(), context.Canceled):
		return false, nil
	case waiting.Err() != nil:
		return false, s.signOfLife()
	}
	return false, err
}

// signOfLife shows that the stream lives: a comment, and now and then a place.
// A comment ends no block, and clients exist that gather a block in a buffer of
// 64 KiB and give up when it is full, which comments alone do within a day.
func (s *stream) signOfLife() (err error) {
	if s.signs++; s.signs < mostSigns {
		s.buffer = appendComment(s.buffer, "still here")
	} else {
		err = s.place()
	}
	return errors.Join(err, s.flush())
}

// append appends what a delivery tells; without an id the listener stays where
// it is.
func (s *stream) append(id *place, name string, d webhook.Delivery) error {
	body, err := webhook.StandardBody(s.public, d)
	s.buffer = appendEvent(s.buffer, id, name, body)
	if s.told, s.signs = s.told+1, 0; id != nil {
		s.passed = 0
	}
	return err
}

// flush sends what has been written. Every write has a deadline of its own, so
// a listener that does not read is dropped; it resumes where it was.
func (s *stream) flush() error {
	if len(s.buffer) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buffer)
	if err == nil {
		err = s.control.Flush()
	}
	if s.buffer = s.buffer[:0]; cap(s.buffer) > keptBuffer {
		s.buffer = nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errLeft, err)
	}
	return nil
}

// keptBuffer is how much a waiting stream keeps of its buffer: room for one
// event, where a page would cost thousands of streams hundreds of megabytes.
const keptBuffer = 4 << 10
