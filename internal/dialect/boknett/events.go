package boknett

import (
	"math"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// lastEventID is the header in which a client of Server-Sent Events says how
// far it had come when the connection was cut.
const lastEventID = "Last-Event-ID"

// eventQuery is what a stream is to tell.
type eventQuery struct {
	after  int64
	resume bool // whether after was given; without it the stream begins now
	filter webhook.Filter
}

// readEventQuery reads the parameters of the stream. The header wins over
// after: a client that connects anew sends its first address again.
func readEventQuery(r *http.Request) (q eventQuery, err error) {
	asked, err := parameters(r.URL.RawQuery)
	if err != nil {
		return q, err
	}
	name := "after"
	if last := strings.TrimSpace(r.Header.Get(lastEventID)); last != "" {
		name, asked[lastEventID] = lastEventID, last
	}
	_, q.resume = asked[name]
	if q.after, err = wholeNumber(asked, name, 0, 0, math.MaxInt64); err != nil {
		return q, err
	}
	for pattern := range strings.SplitSeq(asked["events"], ",") {
		if pattern = strings.TrimSpace(pattern); pattern != "" {
			q.filter = append(q.filter, pattern)
		}
	}
	return q, q.filter.Check()
}

// events answers GET /v2/events: what happens, as it happens, as Server-Sent
// Events.
func (f *front) events(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.beginEvents(r, by)
	if err != nil {
		return err
	}
	credential, err := f.streamCredential(r)
	if err != nil {
		return err
	}
	if p, ok := w.(parker); ok {
		if err := p.Park(); err != nil {
			return err
		}
	}
	s := &stream{front: f, w: w, control: http.NewResponseController(w), party: by.Party, credential: credential, after: q.after, filter: q.filter}
	if f.webhooks != nil {
		s.resent = f.webhooks.Listen(by.Party)
		defer s.resent.Close()
	}
	streamHeader(w.Header())
	s.run(r.Context())
	return nil
}

// eventsHead answers HEAD /v2/events, which has no stream to wait for.
func (f *front) eventsHead(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	if _, err := f.beginEvents(r, by); err != nil {
		return err
	}
	streamHeader(w.Header())
	return nil
}

// beginEvents finds out behind which number a stream begins, and refuses what
// cannot be told while there is still a status to say so.
func (f *front) beginEvents(r *http.Request, by order.Actor) (eventQuery, error) {
	q, err := readEventQuery(r)
	if err != nil {
		return q, err
	}
	if !q.resume {
		q.after, err = f.exchange.Head(r.Context(), by.Party)
		return q, err
	}
	_, err = f.exchange.Feed(r.Context(), order.FeedQuery{Party: by.Party, After: q.after, Limit: 1}, 0)
	return q, err
}

func streamHeader(h http.Header) {
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects what it passes on would hold events back
}
