package problem

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// Problem is a problem document (RFC 9457) with our extensions.
type Problem struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	Code      string        `json:"code"`
	Hint      string        `json:"hint,omitempty"`
	Errors    []order.Field `json:"errors,omitempty"`
	Retryable bool          `json:"retryable"`
	RequestID string        `json:"requestId"`

	RetryAfter time.Duration `json:"-"`
}

// MediaType labels a problem document.
const MediaType = "application/problem+json"

// status is the HTTP status of each kind of error.
func status(k order.Kind) int {
	switch k {
	case order.Malformed:
		return http.StatusBadRequest
	case order.Invalid:
		return http.StatusUnprocessableEntity
	case order.Unauthenticated:
		return http.StatusUnauthorized
	case order.Forbidden:
		return http.StatusForbidden
	case order.NotFound:
		return http.StatusNotFound
	case order.Gone:
		return http.StatusGone
	case order.Conflict:
		return http.StatusConflict
	case order.Stale:
		return http.StatusPreconditionFailed
	case order.TooLarge:
		return http.StatusRequestEntityTooLarge
	case order.Unsupported:
		return http.StatusUnsupportedMediaType
	case order.NotAllowed:
		return http.StatusMethodNotAllowed
	case order.TooMany:
		return http.StatusTooManyRequests
	case order.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// Of makes the document of an error. What is not an order.Error, and what is
// Internal, shows nothing of itself. base is the public address of this
// server, under which the pages of the codes stand.
func Of(err error, base, requestID string) Problem {
	var e *order.Error
	if !errors.As(err, &e) || e.Kind == order.Internal {
		e = &order.Error{Code: CodeInternal, Detail: "Something went wrong on our side. Nothing was changed by this request unless a later answer says so.",
			Hint: "Try again. If it happens again, tell the operator this request id: " + requestID + "."}
	}
	return Problem{
		Type: base + "/problems/" + e.Code, Title: Lookup(e.Code).Title, Status: status(e.Kind),
		Detail: e.Detail, Code: e.Code, Hint: e.Hint, Errors: e.Fields,
		Retryable: e.Kind == order.TooMany || e.Kind == order.Unavailable || e.Kind == order.Internal,
		RequestID: requestID, RetryAfter: e.RetryAfter,
	}
}

// SetRetryAfter writes the Retry-After header where the problem has one, in
// whole seconds: clients in the field read nothing else.
func (p Problem) SetRetryAfter(h http.Header) {
	if p.Status != http.StatusTooManyRequests && p.Status != http.StatusServiceUnavailable {
		return
	}
	seconds := max(1, int(math.Ceil(p.RetryAfter.Seconds())))
	h.Set("Retry-After", strconv.Itoa(seconds))
}

// Write sends the document.
func (p Problem) Write(w http.ResponseWriter) {
	body, err := jsontext.Marshal(p)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	p.SetRetryAfter(h)
	w.WriteHeader(p.Status)
	w.Write(body)
}

// StreamType labels a stream of Server-Sent Events.
const StreamType = "text/event-stream"

// ReconnectWait is what clients of a stream are asked to wait before they
// connect again: a restarted server is back by then.
const ReconnectWait = 3 * time.Second

// cutWait is the time between the last bytes of a stream and its cut when the
// stream is begun only to say that there is none. Varnish answers 503 itself when
// what it asks breaks off before it has passed anything on.
const cutWait = 500 * time.Millisecond

// WantsStream reports whether a request can be answered with a stream of
// events and with nothing else, as EventSource asks. A client that also accepts
// a problem gets one.
func WantsStream(r *http.Request) bool {
	accept := strings.ToLower(strings.Join(r.Header.Values("Accept"), ","))
	return r.Method == http.MethodGet && strings.Contains(accept, StreamType) && !strings.Contains(accept, "json")
}

// StreamHeader sets the header of a stream.
func StreamHeader(h http.Header) {
	h.Set("Content-Type", StreamType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects what it passes on would hold events back
}

// WriteStream answers a request for a stream that cannot be had now: with a
// stream that says when to connect again, and is cut off. EventSource ends for
// good when the answer is a 503, whatever Retry-After says. It does not return.
func (p Problem) WriteStream(w http.ResponseWriter, r *http.Request) {
	StreamHeader(w.Header())
	fmt.Fprintf(w, "retry: %d\n: %s\n", max(p.RetryAfter, ReconnectWait).Milliseconds(), strings.Map(oneLine, p.Detail))
	_ = http.NewResponseController(w).Flush() // a client that is gone needs no answer
	if l, ok := w.(leaver); ok {
		l.Leave()
	}
	time.Sleep(cutWait)
	Cut(w, r)
}

// leaver is the writer of a server that has few places for requests.
type leaver interface{ Leave() }

func oneLine(r rune) rune {
	if r == '\n' || r == '\r' {
		return ' '
	}
	return r
}

// Cut ends an answer as a crash would: without the last chunk. Clients exist
// that take a tidy end of a stream for the end of all events, and every one
// connects again after a cut. It does not return.
func Cut(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) {
		reset(w)
	}
	panic(http.ErrAbortHandler)
}

// reset resets a connection of HTTP/1.0, which has no chunks: there only a
// reset differs from the end of the answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // no connection, as in a test
	}
	inner := conn
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // of TLS
		inner = t.NetConn()
	}
	if tcp, ok := inner.(interface{ SetLinger(sec int) error }); ok {
		_ = tcp.SetLinger(0) // where it fails, the connection is closed all the same
	}
	inner.Close()
}

// Lookup returns the entry of a code. A code that is missing from the catalogue
// is a fault that a test finds; it still gets a title.
func Lookup(code string) Entry {
	all := Catalogue()
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Code == code })
	if i < 0 {
		return Entry{Code: code, Title: code}
	}
	return all[i]
}

// Catalogue lists every code, by the package that answers with it, for the index of
// the pages.
func Catalogue() []Entry {
	return slices.Concat(serverCodes, loginCodes, requestCodes, documentCodes, orderCodes, webhookCodes, storeCodes,
		backupCodes, clientCodes)
}
