package server

import (
	"cmp"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// requestIDHeader names the request in both directions.
const requestIDHeader = "X-Request-Id"

// maxRequestID bounds a request id that a client gives: longer than every
// tracing format in use, short enough for a log line.
const maxRequestID = 128

// logRequests gives the request its record and its id, and writes the log line
// when it has ended, however it ended.
func (s *Server) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &record.Record{ID: requestID(r.Header), Start: time.Now()}
		h := w.Header()
		h.Set(requestIDHeader, rec.ID)
		if at := s.config.Now(); at.Sub(rec.Start).Abs() >= time.Second { // clients poll by it: it must be of the clock that stamps changes
			h.Set("Date", at.UTC().Format(http.TimeFormat))
		}
		h.Set("X-Content-Type-Options", "nosniff")
		out := s.newResponseWriter(w, rec)
		defer s.ended(out, r, rec)
		ctx, join, end := attached(r.Context())
		defer end()
		defer out.end()
		out.body, out.join = out.incomingOf(r), join
		r = s.nameClient(r.WithContext(record.With(ctx, rec)), rec)
		out.address = addressOf(r) // after nameClient: shares are of clients, not of proxies
		if out.body != nil {
			r.Body = http.MaxBytesReader(nil, out.body, bodyBytes) // without w, which would close the connection: readUnread judges that
		}
		next.ServeHTTP(out, r)
		if !out.begun() {
			out.WriteHeader(http.StatusOK)
		}
		out.linger()
	})
}

// ended counts a request and writes its log line.
func (s *Server) ended(out *responseWriter, r *http.Request, rec *record.Record) {
	took := time.Since(rec.Start)
	s.measure(statusOf(out, rec), r, rec.Route, took)
	s.logRequest(out, r, rec, took)
}

// requestID takes the client's id when it can stand in a log and a header
// unchanged, else it makes one.
func requestID(h http.Header) string {
	if given := h.Values(requestIDHeader); len(given) == 1 && safeID(given[0]) {
		return given[0]
	}
	return rand.Text()
}

func safeID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		plain := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-._~:+/=@", c) >= 0
		if !plain {
			return false
		}
	}
	return true
}

// logRequest writes the one line of a request. It tells the route's template
// and never the path or the query, which may hold tickets and numbers.
func (s *Server) logRequest(out *responseWriter, r *http.Request, rec *record.Record, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("method", cmp.Or(methodName(r.Method), "other")), // a word that is no method is not repeated
		slog.String("route", rec.Route),
		slog.Int("status", out.statusSent()),
		slog.Int64("bytes", out.sentTo(r)),
		slog.Float64("ms", float64(took.Microseconds())/1000),
		slog.String("request", rec.ID),
	}
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	if plant.On(plant.LogAuthorization) {
		text("authorization", r.Header.Get("Authorization"))
	}
	text("client", order.Cut(rec.Client))
	text("party", string(rec.Party))
	text("actor", order.Cut(rec.Actor)) // at a refused login it is what the client wrote
	text("order", string(rec.Order))
	text("code", rec.Code)
	if rec.Meant != 0 {
		attrs = append(attrs, slog.Int("meant", rec.Meant))
	}
	text("notes", strings.Join(rec.Notes, "; "))
	if out.err != nil {
		text("cut", out.err.Error())
	}
	if rec.Failure != nil {
		text("failure", rec.Failure.Error())
	}
	s.log.LogAttrs(r.Context(), levelOf(out, rec), "request", attrs...)
}

// statusOf is the status that counts: that of a refusal, though a stream of
// events told of it under 200.
func statusOf(out *responseWriter, rec *record.Record) int {
	if rec.Meant != 0 {
		return rec.Meant
	}
	return out.statusSent()
}

// levelOf keeps the questions of a balancer out of the usual log and lifts
// what an operator should see.
func levelOf(out *responseWriter, rec *record.Record) slog.Level {
	switch status := statusOf(out, rec); {
	case rec.Failure != nil || status == http.StatusInternalServerError:
		return slog.LevelError
	case status > http.StatusInternalServerError:
		return slog.LevelWarn
	case exempt(rec.Route):
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// refuse answers with err, as a problem, or in the form of the dialect that the
// path belongs to, and writes it down.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	rec := record.Of(r.Context())
	p := problem.Of(err, s.config.Public, rec.ID)
	rec.Code = p.Code
	if order.KindOf(err) == order.Internal {
		rec.Failure = err
	}
	if p.Retryable && problem.WantsStream(r) {
		rec.Meant = p.Status
		p.WriteStream(w, r)
	}
	if f := s.refuser(r); f == nil || !f.Refuse(w, r, err) {
		p.Write(w)
	}
}
