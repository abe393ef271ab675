package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/reach"
	"github.com/bookgate/bookgate/order"
)

// retryAfter reads how long the answer asks us to wait: seconds or a date, 0
// for none and for what is neither. Only those two answers may ask.
func retryAfter(resp *http.Response, now time.Time) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	text := strings.TrimSpace(resp.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return clampWait(time.Duration(min(seconds, uint64(longestWait/time.Second))) * time.Second)
	}
	if at, ok := readWhen(text); ok {
		return clampWait(at.Sub(now))
	}
	return 0
}

// readWhen reads a date as RFC 9110 has it, and as programs write GMT otherwise.
// net/http takes every other name of a zone for GMT too, which would be hours
// wrong; such a date says nothing.
func readWhen(text string) (at time.Time, ok bool) {
	for _, name := range []string{"UTC", "UT", "Z", "+0000", "gmt"} {
		if rest, cut := strings.CutSuffix(text, " "+name); cut {
			text = rest + " GMT"
		}
	}
	at, err := http.ParseTime(text)
	if err != nil {
		at, err = time.Parse(time.RFC1123Z, text)
		return at, err == nil
	}
	zone, _ := at.Zone()
	return at, zone == "GMT" || zone == "UTC"
}

// The wish of a receiver is obeyed within these bounds: a mistake in it must
// neither become a storm nor an end.
const (
	shortestWait = time.Second
	longestWait  = 24 * time.Hour
)

func clampWait(d time.Duration) time.Duration { return min(max(d, shortestWait), longestWait) }

// shown reports whether a header of an answer is kept as it is; of all others
// the name alone is, for they may hold cookies or keys.
func shown(name string) bool {
	switch name {
	case "Allow", "Cf-Ray", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Location",
		"Retry-After", "Server", "Via", "X-Correlation-Id", "X-Powered-By", "X-Request-Id":
		return true
	}
	return false
}

// maxShownHeaders bounds what is kept of an answer's headers.
const maxShownHeaders = 50

// masked copies headers for keeping.
func masked(h http.Header) http.Header {
	kept := http.Header{}
	for name, values := range h {
		if len(kept) == maxShownHeaders {
			break
		}
		if shown(name) {
			kept.Set(name, order.Cut(strings.Join(values, ", ")))
		} else {
			kept.Set(order.Cut(name), redacted)
		}
	}
	return kept
}

// writeError is a message that could not be written: nothing left this machine.
// Its cause is for the operator's log.
type writeError struct{ cause error }

func (e *writeError) Error() string {
	return "the message could not be written; the operator's log says why"
}

func (e *writeError) Unwrap() error { return e.cause }

// resultText tells a party why a try did not count.
func resultText(r Result) string {
	switch {
	case r.Err != nil:
		return failureText(r.Err)
	case r.Status >= 300 && r.Status < 400:
		return fmt.Sprintf("answered %d, and redirects are not followed: register the address itself", r.Status)
	case r.Status == http.StatusGone:
		return "answered 410 Gone, which ends the endpoint"
	}
	return strings.TrimSpace(fmt.Sprintf("answered %d %s", r.Status, http.StatusText(r.Status)))
}

func failureText(err error) string {
	var refused *addressError
	var told Fault
	var ours *writeError
	switch {
	case errors.As(err, &ours):
		return ours.Error()
	case errors.As(err, &told):
		return told.Error()
	case errors.As(err, &refused):
		return refused.Error()
	case errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS"
	}
	_, words := reach.Sort(err)
	return words
}
