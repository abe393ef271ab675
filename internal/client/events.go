package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// Types of events that are not changes: Resent of one that was sent
// again, whose own type stands in the body, and Place of one that only moves the
// place on.
const (
	Resent = "resend"
	Place  = "place"
)

// EventQuery says what to listen for.
type EventQuery struct {
	After   string   // the id of the last event that the caller has; "0" is before the first
	FromNow bool     // begin with what happens next; After does not count
	Events  []string // filters such as order.line.*; none means all
}

// StreamHandler handles what comes of listening. OnEvent gets every event, also those that
// only move the place on, and may end it with an error.
// OnDisconnect and OnReconnect are called when the stream is lost and found again; they may be
// nil.
type StreamHandler struct {
	OnEvent      func(Event) error
	OnDisconnect func(err error)
	OnReconnect  func()
}

const (
	// streamSilence is how long a stream may say nothing. The server sends a
	// sign of life every 15 s, so after three of them it is gone: so looks a
	// connection after a laptop has slept.
	streamSilence = 45 * time.Second

	// firstBack and longestBack bound the pause before a stream is opened
	// again.
	firstBack   = time.Second
	longestBack = 30 * time.Second
)

// Listen hears what happens until ctx ends, which is the normal end and no
// error. A stream that is cut off is opened again behind the last event, so
// that every change is heard once. What waiting cannot heal ends it.
func (c *Client) Listen(ctx context.Context, q EventQuery, handler StreamHandler) error {
	back := firstBack
	for away := false; ctx.Err() == nil; {
		err := c.stream(ctx, &q, func() {
			if away && handler.OnReconnect != nil {
				handler.OnReconnect()
			}
			away, back = false, firstBack
		}, handler.OnEvent)
		var stopped stopError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &stopped):
			return stopped.error
		case err != nil && !passing(err):
			return err
		}
		if !away && handler.OnDisconnect != nil {
			handler.OnDisconnect(err)
		}
		away = true
		c.rest(ctx, max(back, askedPause(err)))
		back = min(2*back, longestBack)
	}
	return nil
}

// stopError carries the listener's own error out of the stream.
type stopError struct{ error }

// passing reports whether a failure may be over in a while.
func passing(err error) bool {
	kind := order.KindOf(err)
	return kind == order.Unavailable || kind == order.TooMany
}

func askedPause(err error) time.Duration {
	var e *order.Error
	if errors.As(err, &e) {
		return min(e.RetryAfter, longestBack)
	}
	return 0
}

// rest waits before the stream is opened again.
func (c *Client) rest(ctx context.Context, d time.Duration) {
	if c.config.Pause != nil {
		c.config.Pause(d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// stream opens the stream and hears it to its end, which is an error that
// passes. q follows, so that the next one goes on behind it.
func (c *Client) stream(ctx context.Context, q *EventQuery, opened func(), heard func(Event) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(streamSilence, cancel)
	defer silence.Stop()
	resp, err := c.openStream(ctx, *q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	opened()
	r := newEventReader(resp.Body, func() { silence.Reset(streamSilence) })
	for {
		e, err := r.next()
		if errors.Is(err, errStream) {
			return c.unreadable(answer{status: resp.StatusCode, header: resp.Header})
		}
		if err != nil {
			return c.streamEnded(err)
		}
		if err := heard(e); err != nil {
			return stopError{err}
		}
		if e.ID != "" {
			q.After, q.FromNow = e.ID, false
		}
	}
}

// streamEnded is the error that the stream is over: by the server's will, by a cut, or
// by silence.
func (c *Client) streamEnded(err error) error {
	if errors.Is(err, io.EOF) {
		return order.Errorf(order.Unavailable, "unreachable", "%s has ended the stream.", c.base).WithHint("%s", hintRunning)
	}
	words, hint := networkText(err)
	return order.Errorf(order.Unavailable, "unreachable", "The stream from %s was cut off: %s.", c.base, words).WithHint("%s", hint)
}

// openStream asks for the stream with a ticket, and once more with another when
// the first is refused.
func (c *Client) openStream(ctx context.Context, q EventQuery) (*http.Response, error) {
	ticket, err := c.validTicket(ctx, "")
	if err != nil {
		return nil, err
	}
	resp, err := c.askStream(ctx, q, ticket)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return c.checkedStream(resp, err)
	}
	resp.Body.Close()
	if ticket, err = c.validTicket(ctx, ticket); err != nil {
		return nil, err
	}
	return c.checkedStream(c.askStream(ctx, q, ticket))
}

func (c *Client) askStream(ctx context.Context, q EventQuery, ticket string) (*http.Response, error) {
	path := hal.EventsPath
	if len(q.Events) > 0 {
		path += "?events=" + url.QueryEscape(strings.Join(q.Events, ","))
	}
	req, err := c.newRequest(ctx, request{method: http.MethodGet, path: path, accept: "text/event-stream, application/problem+json"}, ticket)
	if err != nil {
		return nil, order.Errorf(order.Malformed, "address-invalid", "%s cannot be asked for %s.", c.base, order.Truncate(path))
	}
	if !q.FromNow {
		req.Header.Set("Last-Event-ID", q.After)
	}
	resp, err := c.http.Do(req.Request)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return resp, nil
}

// checkedStream turns an answer that is not a stream into an error.
func (c *Client) checkedStream(resp *http.Response, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	a := answer{status: resp.StatusCode, header: resp.Header}
	if a.status == http.StatusOK && mediaType(a) == "text/event-stream" {
		return resp, nil
	}
	defer resp.Body.Close()
	if a.status/100 == 2 {
		return nil, c.unreadable(a)
	}
	if a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return nil, c.streamEnded(errors.Join(errCut, err))
	}
	return nil, c.refusal(a)
}

// Event is an event of the live stream.
type Event struct {
	ID   string // the place to resume behind; "" leaves the place as it is
	Type string
	Data []byte // the body that a webhook has
}

// maxEventLine bounds a line of the stream; a body has under 1 KiB.
const maxEventLine = 1 << 20

// maxEventID bounds the id of an event.
const maxEventID = 100

// safeID reports whether a text can be the id of an event: a change number, and
// before it the epoch. It goes into a header and a file.
func safeID(text string) bool {
	return text != "" && len(text) <= maxEventID && text[0] != '-' && text[len(text)-1] != '-' &&
		!strings.ContainsFunc(text, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r == '-') })
}

// errStream marks what is not a stream of events.
var errStream = errors.New("no stream of events")

// eventReader reads Server-Sent Events.
type eventReader struct {
	lines *bufio.Scanner
	alive func() // is called with every line
}

func newEventReader(r io.Reader, alive func()) *eventReader {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4<<10), maxEventLine)
	return &eventReader{lines: s, alive: alive}
}

// next returns the next event that has an id or data. At the end of the stream
// the error is io.EOF: an event that was cut off counts for nothing.
func (r *eventReader) next() (Event, error) {
	e := Event{}
	for r.lines.Scan() {
		r.alive()
		line := r.lines.Text()
		if line != "" {
			if err := e.field(line); err != nil {
				return Event{}, err
			}
			continue
		}
		if e.ID != "" || e.Data != nil {
			return e, nil
		}
		e = Event{}
	}
	if err := r.lines.Err(); err != nil {
		return Event{}, errors.Join(errCut, err)
	}
	return Event{}, io.EOF
}

// field takes in one line of a block. Names that are not known are passed over,
// and so are comments.
func (e *Event) field(line string) error {
	name, text, _ := strings.Cut(line, ":")
	text = strings.TrimPrefix(text, " ")
	switch name {
	case "id":
		if !safeID(text) {
			return errStream
		}
		e.ID = text
	case "event":
		e.Type = text
	case "data":
		if e.Data != nil {
			e.Data = append(e.Data, '\n')
		}
		e.Data = append(bytes.Clone(e.Data), text...)
	}
	return nil
}
