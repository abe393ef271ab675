package boknett

import (
	"context"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// lastEventID is the header in which a client of Server-Sent Events says how
// far it had come when the connection was cut.
const lastEventID = "Last-Event-ID"

// lastEventIDParameter is where the EventSource of npm event-source-polyfill
// says it, which may set no header over another origin. Parameters are read in
// lower case.
const lastEventIDParameter = "lasteventid"

// eventQuery is what a stream is to tell.
type eventQuery struct {
	after  place // in whatever epoch the reader had it
	resume bool  // whether after counts; without it the stream begins now
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
func readAfter(asked map[string]string) (after place, ok bool, err error) {
	written, ok := asked["after"]
	if !ok {
		return place{}, false, nil
	}
	if after, ok = parseEventID(written); !ok {
		return place{}, false, order.Errorf(order.Malformed, "parameter-invalid", "after is %q, which is neither the id of an event nor a change number.", order.Cut(written)).
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
// the header. What is no id of ours says that the caller heard something, and
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
func (f *front) events(w http.ResponseWriter, r *http.Request, by order.Actor) error {
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
	if p, ok := w.(parker); ok {
		if err := p.Park(); err != nil {
			return err
		}
	}
	s := &stream{front: f, w: w, control: http.NewResponseController(w), party: by.Party, credential: credential,
		at: place{q.after.change, epoch}, fromNow: !q.resume, filter: q.filter}
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
func (f *front) eventsHead(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	if _, err := f.beginEvents(r, by); err != nil {
		return err
	}
	problem.StreamHeader(w.Header())
	return nil
}

// beginEvents finds out behind which number a stream begins, and refuses what
// cannot be told while there is still a status to say so.
func (f *front) beginEvents(r *http.Request, by order.Actor) (eventQuery, error) {
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
func (f *front) resumeEvents(ctx context.Context, party order.PartyID, q eventQuery) (int64, error) {
	if !q.resume {
		return f.exchange.Head(ctx, party)
	}
	return f.exchange.Resume(ctx, party, q.after.epoch, q.after.change)
}
