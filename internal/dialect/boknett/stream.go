package boknett

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

const (
	// usualHeartbeat is how often a stream on which nothing happens shows that
	// it lives: often enough for the proxies in the field, which cut silence
	// after a minute, and for a client to notice within one that it is alone.
	usualHeartbeat = 15 * time.Second

	// reconnectWait is what clients are asked to wait before they connect
	// again: a restarted server is back by then.
	reconnectWait = 3 * time.Second

	// streamPage is how many changes are told in one write: some 70 kB.
	streamPage = 100
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
	after      int64 // the last number that was told or passed over
	told       int
	resent     *webhook.Listener // nil where nothing is sent again
}

// errLeft ends a stream whose listener is gone, or too slow to be kept.
var errLeft = errors.New("the listener is gone")

// run tells until the listener leaves, its ticket ends or the server stops, and
// says at the end why.
func (s *stream) run(ctx context.Context) {
	err := s.begin()
	for fresh := true; err == nil; {
		fresh, err = s.turn(ctx, fresh)
	}
	rec := record.Of(ctx)
	rec.Note(fmt.Sprintf("stream ended after %d events", s.told))
	switch {
	case errors.Is(err, errLeft) || ctx.Err() != nil:
		rec.Note("the listener left")
		return
	case errors.Is(err, order.ErrDismissed):
		s.buffer = appendComment(s.buffer, "the server is being stopped; connect again")
	case order.KindOf(err) == order.Unauthenticated:
		s.buffer = appendComment(s.buffer, "the ticket has ended; fetch a new one and connect again")
	default:
		note(rec, err, order.CodeOf(err))
		s.buffer = appendComment(s.buffer, "the stream cannot go on; connect again")
	}
	_ = s.flush() // nobody is left to be told that nobody is there
}

// begin says where the stream stands, so that a client that is cut off before
// the first event resumes here.
func (s *stream) begin() error {
	s.buffer = append(s.buffer, "retry: "+strconv.FormatInt(reconnectWait.Milliseconds(), 10)+"\n"...)
	s.buffer = appendPlace(s.buffer, s.after)
	return s.flush()
}

// turn tells what there is, then waits. fresh says whether there may be
// changes.
func (s *stream) turn(ctx context.Context, fresh bool) (bool, error) {
	if _, err := s.desk.CheckDigest(ctx, s.credential); err != nil {
		return false, err // a ticket that has ended or was logged out ends the stream
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
// is hidden or not wanted is passed over, and its number sent alone, so that a
// client that resumes does not ask for it again.
func (s *stream) tellChanges(ctx context.Context) (more bool, err error) {
	page, err := s.exchange.Feed(ctx, order.FeedQuery{Party: s.party, After: s.after, Limit: streamPage}, 0)
	if err != nil || len(page.Changes) == 0 {
		return false, err
	}
	passed := false
	for _, c := range page.Changes {
		s.after = c.Number
		d, ok := deliveryOf(c)
		if passed = !ok || !s.filter.Wants(d.Type); passed {
			continue
		}
		if err := s.append(c.Number, string(d.Type), d); err != nil {
			return false, err
		}
	}
	if passed {
		s.buffer = appendPlace(s.buffer, s.after)
	}
	return page.More, s.flush()
}

// deliveryOf is a change as a delivery tells it, so that stream and webhook say
// the same. ok is false for one that nobody is told of.
func deliveryOf(c order.Change) (d webhook.Delivery, ok bool) {
	t, ok := webhook.TypeOf(c.Kind, c.To)
	return webhook.Delivery{Type: t, Event: webhook.Event{Change: c.Number, Order: c.Order, Number: c.OrderNumber, Event: c.Event,
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
		if err := s.append(0, resendEvent, d); err != nil {
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
	_, err = s.exchange.Await(waiting, s.party, s.after)
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, errLeft
	case errors.Is(err, order.ErrDismissed):
		return false, err
	case errors.Is(waiting.Err(), context.Canceled):
		return false, nil
	case waiting.Err() != nil:
		s.buffer = appendComment(s.buffer, "still here")
		return false, s.flush()
	}
	return false, err
}

func (s *stream) append(id int64, name string, d webhook.Delivery) error {
	body, err := webhook.StandardBody(s.public, d)
	s.buffer = appendEvent(s.buffer, id, name, body)
	s.told++
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
