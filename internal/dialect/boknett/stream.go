package boknett

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/jsontext"
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

	// streamPage is how many changes are sent in one write: some 70 kB.
	streamPage = 100

	// mostPassed is how many changes in a row are passed over without sending
	// the listener its position: so many are read again, in some 20 ms, when it was
	// cut off.
	mostPassed = 1000

	// mostSigns is how many signs of life in a row are comments: an hour of
	// them, in 3 kB.
	mostSigns = 240
)

// stream is one listener's live stream. It holds no goroutine but the one of
// its request.
type stream struct {
	*surface
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  []byte

	party      order.PartyID
	credential auth.Digest // of what the stream ends with
	filter     webhook.Filter
	at         position // the last change that was sent or passed over
	fromNow    bool     // whether the listener came without a place
	passed     int      // how many changes were passed over since the listener was sent a position
	signs      int      // how many signs of life were given since the last event
	sent       int
	resent     *webhook.Listener // nil where nothing is sent again
}

// errLeft ends a stream whose listener is gone, or too slow to serve.
var errLeft = errors.New("the listener is gone")

// errRestored ends a stream beneath which the store has begun another epoch: the
// numbers of the new one are not positions in the old. The listener resumes from the
// restored point when it connects again.
var errRestored = errors.New("the store was restored")

// run sends until the listener leaves, its ticket ends or the server stops, and
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
	rec.Note(fmt.Sprintf("stream ended after %d events", s.sent))
	switch {
	case errors.Is(err, errLeft) || ctx.Err() != nil && auth.Ended(ctx) == nil:
		rec.Note("the listener left")
		return
	case errors.Is(err, order.ErrShutdown):
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
	_ = s.flush() // a failure has no reader
}

// begin says how long to wait before connecting again. A listener that came
// without a place gets one: it would begin anew at the wrong change if it were
// cut off before its first event. One that has a place sends it again.
func (s *stream) begin() (err error) {
	s.buffer = appendRetry(s.buffer, problem.ReconnectWait)
	if s.fromNow {
		err = s.sendPosition()
	}
	return errors.Join(err, s.flush())
}

// turn sends what there is, then waits. fresh says whether there may be
// changes.
func (s *stream) turn(ctx context.Context, fresh bool) (bool, error) {
	if _, err := s.auth.CheckDigest(ctx, s.credential); err != nil {
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
		if more, err = s.sendChanges(ctx); err != nil {
			return false, err
		}
	}
	if err := s.sendResent(); err != nil || more {
		return more, err
	}
	return s.wait(ctx)
}

// sendChanges sends a page of changes; more says that another is ready. What is
// hidden or not wanted is passed over. The id of the next event is behind it; when
// that takes long an event of its own has the position: a client that resumes would
// have all of it read again.
func (s *stream) sendChanges(ctx context.Context) (more bool, err error) {
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
			err = s.sendPosition()
		default:
			s.passed++
		}
		if err != nil {
			return false, err
		}
	}
	return page.More, s.flush()
}

// sendPosition sends the listener its position, as an event.
func (s *stream) sendPosition() (err error) {
	s.buffer, err = appendPosition(s.buffer, s.at, s.now())
	s.passed, s.signs = 0, 0
	return err
}

// deliveryOf returns a change as a delivery, so that stream and webhook report the
// same. ok is false for a change that is not reported.
func deliveryOf(c order.Change, epoch string) (d webhook.Delivery, ok bool) {
	t, ok := webhook.TypeOf(c.Kind, c.To)
	return webhook.Delivery{Type: t,
		Event: webhook.Event{Change: c.Number, Epoch: epoch, Order: c.Order, Number: c.OrderNumber, Event: c.Event,
			At: c.At, Line: c.Line, From: c.From, To: c.To, Role: c.Side}}, ok
}

// resendEvent names an event that a client had sent again. Its type is in the body,
// and it has no id, for the position of the listener stays.
const resendEvent = "resend"

func (s *stream) sendResent() error {
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
	case errors.Is(err, order.ErrShutdown):
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
		err = s.sendPosition()
	}
	return errors.Join(err, s.flush())
}

// append appends the event of a delivery; without an id the listener stays where
// it is.
func (s *stream) append(id *position, name string, d webhook.Delivery) error {
	body, err := webhook.StandardBody(s.public, d)
	s.buffer = appendEvent(s.buffer, id, name, body)
	if s.sent, s.signs = s.sent+1, 0; id != nil {
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
	if s.buffer = s.buffer[:0]; cap(s.buffer) > retainedBuffer {
		s.buffer = nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errLeft, err)
	}
	return nil
}

// retainedBuffer is how much a waiting stream retains of its buffer: enough for one
// event, where a page would cost thousands of streams hundreds of megabytes.
const retainedBuffer = 4 << 10

// lastEventID is the header in which a client of Server-Sent Events says how
// far it had come when the connection was cut.
const lastEventID = "Last-Event-ID"

// lastEventIDParameter is where the EventSource of npm event-source-polyfill
// says it, which may set no header over another origin. Parameters are read in
// lower case.
const lastEventIDParameter = "lasteventid"

// eventQuery is what a stream is to send.
type eventQuery struct {
	after  position // in whatever epoch the reader had it
	resume bool     // whether after counts; without it the stream begins now
	filter webhook.Filter
	odd    string // of Last-Event-ID, for the record
}

// readEventQuery reads the parameters of the stream. The header wins over
// after: a client that connects anew sends its first address again.
func readEventQuery(r *http.Request) (q eventQuery, err error) {
	asked, err := parameters(r.URL.RawQuery)
	if err != nil {
		return q, err
	}
	if q.after, q.resume, err = readAfter(asked); err != nil {
		return q, err
	}
	q.readLastEventID(append([]string{asked[lastEventIDParameter]}, r.Header.Values(lastEventID)...))
	for pattern := range strings.SplitSeq(asked["events"], ",") {
		if pattern = strings.TrimSpace(pattern); pattern != "" {
			q.filter = append(q.filter, pattern)
		}
	}
	return q, q.filter.Check()
}

// readAfter reads the place in the address: the id of an event, or a change
// number with the epoch that it is of in a parameter of its own.
func readAfter(asked map[string]string) (after position, ok bool, err error) {
	written, ok := asked["after"]
	if !ok {
		return position{}, false, nil
	}
	if after, ok = parseEventID(written); !ok {
		return position{}, false, order.Errorf(order.Malformed, "parameter-invalid",
			"after is %q, which is neither the id of an event nor a change number.", order.Truncate(written)).
			WithHint("Send the id of the last event unchanged, 0 for everything, or leave after out to begin now.").
			WithField(order.Field{Parameter: "after", Value: written})
	}
	if after.epoch == "" {
		after.epoch = asked["epoch"]
	}
	return after, true, nil
}

// readLastEventID reads the place in the header, of several the last one. It
// never refuses: EventSource ends for good on a refusal, and its user cannot mend
// the header. What is not an id of ours says that the caller heard something, and
// not what: the stream begins behind after where the address has one, else at the
// beginning, so that nothing is missed.
func (q *eventQuery) readLastEventID(values []string) {
	written := ""
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") { // as a proxy joins two fields
			if one = strings.TrimSpace(one); one != "" {
				written = one
			}
		}
	}
	if written == "" {
		return
	}
	at, ok := parseEventID(written)
	switch {
	case ok:
		q.after, q.resume = at, true
	case q.resume:
		q.odd = lastEventID + " is no id of an event; after counts"
	default:
		q.resume, q.odd = true, lastEventID+" is no id of an event; the stream begins at the first change"
	}
}

// events answers GET /v2/events: what happens, as it happens, as Server-Sent
// Events.
func (f *surface) events(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.beginEvents(r, by)
	if err != nil {
		return err
	}
	epoch, err := f.exchange.Epoch(r.Context())
	if err != nil {
		return err
	}
	credential, err := f.streamCredential(r)
	if err != nil {
		return err
	}
	if p, ok := w.(waiter); ok {
		if err := p.WaitSlot(); err != nil {
			return err
		}
	}
	s := &stream{surface: f, w: w, control: http.NewResponseController(w), party: by.Party, credential: credential,
		at: position{q.after.change, epoch}, fromNow: !q.resume, filter: q.filter}
	if f.webhooks != nil {
		s.resent = f.webhooks.Listen(by.Party)
		defer s.resent.Close()
	}
	problem.StreamHeader(w.Header())
	held, release, err := f.hold(w, r)
	if err != nil {
		return err
	}
	defer release()
	s.run(held)
	problem.Cut(w, r)
	return nil
}

// eventsHead answers HEAD /v2/events, which has no stream to wait for.
func (f *surface) eventsHead(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	if _, err := f.beginEvents(r, by); err != nil {
		return err
	}
	problem.StreamHeader(w.Header())
	return nil
}

// beginEvents finds out behind which number a stream begins, and refuses what
// cannot be sent while there is still a status to say so.
func (f *surface) beginEvents(r *http.Request, by order.Actor) (eventQuery, error) {
	q, err := readEventQuery(r)
	if err != nil {
		return q, err
	}
	if q.odd != "" {
		reqlog.From(r.Context()).Note(q.odd)
	}
	q.after.change, err = f.resumeEvents(r.Context(), by.Party, q)
	return q, err
}

// resumeEvents returns the change number behind which a stream begins here. A
// number without an epoch may be from before a restore, and counts in the
// store's first epoch: where there was a restore the listener hears some again.
func (f *surface) resumeEvents(ctx context.Context, party order.PartyID, q eventQuery) (int64, error) {
	if !q.resume {
		return f.exchange.Head(ctx, party)
	}
	return f.exchange.Resume(ctx, party, q.after.epoch, q.after.change)
}

// The bytes of a stream, as "Server-sent events" of the HTML standard (9.2.6)
// has them. No block goes out without data: clients exist that hand an empty
// one on as an event, and their users parse its data as JSON.

// appendEvent appends an event of the stream. body is JSON on one line; without
// an id the listener's place stays as it is.
func appendEvent(dst []byte, id *position, name string, body []byte) []byte {
	if id != nil {
		dst = append(appendEventID(append(dst, "id: "...), *id), '\n')
	}
	dst = append(append(dst, "event: "...), name...)
	dst = append(append(dst, "\ndata: "...), body...)
	return append(dst, "\n\n"...)
}

// appendEventID appends a place as the id of an event: EPOCH-NUMBER, such as
// k3v9x2ab-17. After a restore the numbers are given out again; with its epoch
// an id from before is known as such.
func appendEventID(dst []byte, at position) []byte {
	if at.epoch != "" {
		dst = append(append(dst, at.epoch...), eventIDMark...)
	}
	return strconv.AppendInt(dst, at.change, 10)
}

// positionEvent names the event that only moves the listener's place on.
const positionEvent = "place"

// positionBody is the body of a place. It has the shape of the other bodies, so
// that a program that reads their members meets none that is missing above.
type positionBody struct {
	Type      string       `json:"type"`
	Timestamp hal.Time     `json:"timestamp"`
	Data      positionData `json:"data"`
}

type positionData struct {
	Change int64  `json:"change"`
	Epoch  string `json:"epoch"`
}

// appendPosition appends a place as an event.
func appendPosition(dst []byte, at position, now time.Time) ([]byte, error) {
	body, err := jsontext.Marshal(positionBody{positionEvent, hal.NewTime(now), positionData{at.change, at.epoch}})
	if err != nil {
		return dst, fmt.Errorf("write a place: %w", err)
	}
	return appendEvent(dst, &at, positionEvent, body), nil
}

// appendRetry asks the listener to wait before it connects again. The field
// counts as soon as it is read, so it needs no block.
func appendRetry(dst []byte, wait time.Duration) []byte {
	return append(strconv.AppendInt(append(dst, "retry: "...), wait.Milliseconds(), 10), '\n')
}

// appendComment appends words that programs pass over: a line, and no block.
func appendComment(dst []byte, words string) []byte {
	return append(append(append(dst, ": "...), words...), '\n')
}
