package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// requestIDHeader names the request in both directions.
const requestIDHeader = "X-Request-Id"

// maxRequestID bounds a request id that a client sends: longer than every
// tracing format in use, short enough for a log line.
const maxRequestID = 128

// logRequests puts a record with an id into the request, and writes the log line
// when it has ended, however it ended.
func (s *Server) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &reqlog.Event{ID: requestID(r.Header), Start: time.Now()}
		h := w.Header()
		h.Set(requestIDHeader, rec.ID)
		// Clients poll by Date: it must be of the clock that stamps changes.
		if at := s.config.Now(); at.Sub(rec.Start).Abs() >= time.Second {
			h.Set("Date", at.UTC().Format(http.TimeFormat))
		}
		h.Set("X-Content-Type-Options", "nosniff")
		out := s.newResponseWriter(w, rec)
		defer s.ended(out, r, rec)
		ctx, join, end := attached(r.Context())
		defer end()
		defer out.end()
		out.body, out.join = out.incomingOf(r), join
		r = s.nameClient(r.WithContext(reqlog.With(ctx, rec)), rec)
		out.address = addressOf(r) // after nameClient: shares are of clients, not of proxies
		if out.body != nil {
			// Without w, which would close the connection: readUnread judges that.
			r.Body = http.MaxBytesReader(nil, out.body, bodyBytes)
		}
		next.ServeHTTP(out, r)
		if !out.begun() {
			out.WriteHeader(http.StatusOK)
		}
		out.linger()
	})
}

// attached returns a context that ends with the client once join is called, and
// until then with the request alone. net/http takes a client that has closed its
// sending side for one that is gone, and would break off the work of one that
// sends all, says that it is done, and waits for the answer.
func attached(client context.Context) (ctx context.Context, join, end context.CancelFunc) {
	ctx, end = context.WithCancel(context.WithoutCancel(client))
	return ctx, func() { context.AfterFunc(client, end) }, end
}

// ended counts a request and writes its log line.
func (s *Server) ended(out *responseWriter, r *http.Request, rec *reqlog.Event) {
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

// logRequest writes the one line of a request. It has the route's template
// and never the path or the query, which may hold tickets and numbers.
func (s *Server) logRequest(out *responseWriter, r *http.Request, rec *reqlog.Event, took time.Duration) {
	attrs := []slog.Attr{
		slog.String("method", cmp.Or(methodName(r.Method), "other")), // a word that is not a method is not repeated
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
	if plant.Enabled && plant.On(plant.LogAuthorization) {
		text("authorization", r.Header.Get("Authorization"))
	}
	text("client", order.Truncate(rec.Client))
	text("party", string(rec.Party))
	text("actor", order.Truncate(rec.Actor)) // at a refused login it is what the client wrote
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
// events counted under 200.
func statusOf(out *responseWriter, rec *reqlog.Event) int {
	if rec.Meant != 0 {
		return rec.Meant
	}
	return out.statusSent()
}

// levelOf keeps the questions of a balancer out of the usual log and lifts
// what an operator should see.
func levelOf(out *responseWriter, rec *reqlog.Event) slog.Level {
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
	rec := reqlog.From(r.Context())
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

// normalizePath brings a request's path into the one form that the route table
// knows: single slashes, none at the end, nothing percent-encoded that need
// not be. It never redirects, because clients in the field follow none and
// join base address and path blindly.
//
// A path with a dot segment or a control character names nothing here and is not
// found: a client that sends one wants to be misread. So does an encoded slash, but
// where a dialect has names that may hold one; there it stays encoded, so that
// the route table takes it for a part of the name.
func (s *Server) normalizePath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, raw := cleanSlashes(r.URL.Path), ""
		if hasEncodedSlash(r.URL) {
			path, raw = cleanEncodedSlashes(r.URL.RawPath)
		}
		if invalidPath(r.URL) || raw != "" && !s.slashed(raw) {
			s.writeNotFound(w, r)
			return
		}
		if path != r.URL.Path || raw != r.URL.RawPath {
			u := *r.URL
			u.Path, u.RawPath = path, raw
			r.URL = &u // r is the copy that logRequests made
		}
		next.ServeHTTP(w, r)
	})
}

// SlashedNames is a dialect that has names with slashes in its paths, such as
// the order 2026/11. A client that encodes it as one part of the path, as
// encodeURIComponent does, sends /orders/2026%2F11.
type SlashedNames interface {
	// TakesSlash reports whether a name below an escaped path may hold a slash.
	TakesSlash(path string) bool
}

// slashed reports whether an encoded slash may stand in a path.
func (s *Server) slashed(path string) bool {
	for _, d := range s.config.Dialects {
		if names, ok := d.(SlashedNames); ok && names.TakesSlash(path) {
			return true
		}
	}
	return false
}

// hasEncodedSlash reports whether a slash in the path is part of a name. RawPath
// is set whenever there is one.
func hasEncodedSlash(u *url.URL) bool { return strings.Contains(strings.ToLower(u.RawPath), "%2f") }

// cleanEncodedSlashes is cleanSlashes for a path with encoded slashes, which it
// leaves encoded, and everything else as little as can be. It returns the path
// decoded and encoded.
func cleanEncodedSlashes(raw string) (path, escaped string) {
	var plain, encoded strings.Builder
	for part := range strings.SplitSeq(raw, "/") {
		name, err := url.PathUnescape(part)
		if part == "" || err != nil { // net/http lets no bad escape through
			continue
		}
		plain.WriteString("/" + name)
		encoded.WriteString("/" + url.PathEscape(name))
	}
	return plain.String(), encoded.String()
}

// invalidPath reports whether a path tries to be more than names between slashes.
func invalidPath(u *url.URL) bool {
	if plant.Enabled && plant.On(plant.PanicOnMagic) && strings.Contains(u.Path, "b00m") {
		panic("the planted fault")
	}
	for i := range len(u.Path) {
		if c := u.Path[i]; c < ' ' || c == 0x7f || c == '\\' {
			return true
		}
	}
	if !strings.Contains(u.Path, "/.") {
		return false
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// cleanSlashes makes one slash of several and takes the last one off. The path of
// an address without one is the root.
func cleanSlashes(path string) string {
	if !strings.Contains(path, "//") {
		if path != "/" {
			path = strings.TrimSuffix(path, "/")
		}
		return orRoot(path)
	}
	var b strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	return orRoot(b.String())
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// protect keeps a panic inside its request. When nothing has been sent, the
// client gets a 500 that shows nothing of us; when something has, the
// connection is cut, for half an answer must not look like a whole one.
func (s *Server) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				s.recovered(w.(*responseWriter), r, v)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// recovered deals with the value of a panic. A handler that has written down
// why it aborts is not a fault of the program and leaves no stack.
func (s *Server) recovered(out *responseWriter, r *http.Request, v any) {
	rec := reqlog.From(r.Context())
	if v == http.ErrAbortHandler {
		rec.Note("answer cut off")
		panic(v)
	}
	rec.Failure = fmt.Errorf("panic: %v", v)
	s.log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", rec.ID), slog.String("route", rec.Route),
		slog.Any("value", v), slog.String("stack", string(debug.Stack())))
	if out.begun() {
		rec.Note("answer cut off")
		panic(http.ErrAbortHandler)
	}
	keepOnly(out.Header(), append(corsHeaders(), requestIDHeader, "X-Content-Type-Options", "Connection")...)
	s.refuse(out, r, rec.Failure)
}

// keepOnly drops what the failed handler had prepared for another answer.
func keepOnly(h http.Header, names ...string) {
	stays := make(map[string][]string, len(names))
	for _, name := range names {
		if v, ok := h[name]; ok {
			stays[name] = v
		}
	}
	clear(h)
	for name, v := range stays {
		h[name] = v
	}
}

// admit turns a request away that would be one too many, that comes when the
// server is stopping, or that announces a body beyond the limit. Health is
// always answered: a busy server is alive.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if exempt(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if s.phase.Load() == stopping {
			s.refuse(w, r, errStopping())
			return
		}
		if r.ContentLength > bodyBytes {
			s.refuse(w, r, errBody(r.ContentLength))
			return
		}
		out := w.(*responseWriter)
		out.share(r)
		if err := out.work(); err != nil {
			s.refuse(w, r, err)
			return
		}
		out.admitted = true
		defer out.Leave()
		next.ServeHTTP(w, r)
	})
}

func errStopping() error {
	e := order.Errorf(order.Unavailable, "stopping", "The server is being stopped and takes no new work. Nothing was saved.").
		WithHint("Send the request again over a new connection.")
	e.RetryAfter = busyRetry
	return e
}

func errBody(length int64) error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has %d bytes; %d are taken.", length, bodyBytes).
		WithHint("Split the order into several, each under its own OrderNumber.")
}

// Pages of other origins (Fetch Standard, CORS protocol). rs/cors is not used:
// it answers a preflight only where the names of headers come in lower case and
// sorted, and knows one list of methods for all paths.

// corsLife is how long a browser may keep the answer to a preflight: two hours,
// the most that Chromium keeps.
const corsLife = 2 * time.Hour

// corsRequestHeaders are what clients of some dialect send. A page may send
// others too: its origin was named by the operator, and no header counts for
// anything without a credential.
func corsRequestHeaders() []string {
	return []string{"Accept", "Accept-Language", "Authorization", "Content-Encoding", "Content-Type", "Date",
		"Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", "Prefer", "X-API-KEY", requestIDHeader}
}

// corsAnswerHeaders are those that a page can do something with, beside those
// that it may read anyway.
const corsAnswerHeaders = "Accept-Encoding, Allow, Boknett-TGT, Content-Disposition, Content-Length, Date, ETag, Idempotency-Replayed, " +
	"Link, Location, Missing-Lines, Next, Repr-Digest, Retry-After, WWW-Authenticate, " + requestIDHeader

// corsHeaders are those that a failed handler's answer keeps.
func corsHeaders() []string {
	return []string{"Access-Control-Allow-Origin", "Access-Control-Expose-Headers"}
}

// cors lets the pages of the origins in Config read answers, refusals among
// them, and answers their preflights. Cookies are not part of it: every request
// brings its credential itself. A preflight from any other origin is answered
// with our own origin, the only one that is allowed then: a browser reports
// that the two differ, where without the header it would only miss one.
func (s *Server) cors(next http.Handler) http.Handler {
	preflight := s.normalizePath(http.HandlerFunc(s.preflight))
	own := originOf(s.config.Public)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(*responseWriter).varies = len(s.config.Origins) > 0
		h, origin := w.Header(), r.Header.Get("Origin")
		asks := r.Method == http.MethodOptions && origin != "" && r.Header.Get("Access-Control-Request-Method") != ""
		if !slices.Contains(s.config.Origins, origin) {
			if asks && own != "" {
				h.Set("Access-Control-Allow-Origin", own)
			}
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if asks {
			preflight.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Expose-Headers", corsAnswerHeaders)
		next.ServeHTTP(w, r)
	})
}

// preflight answers a browser what a page may send to a path: the methods of the
// route table. Where there is no route, it is all of them, for the page should
// read that there is none.
func (s *Server) preflight(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if len(allowed) == 1 { // OPTIONS
		allowed = s.methods
	}
	reqlog.From(r.Context()).Note("preflight")
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
	h.Set("Allow", strings.Join(allowed, ", "))
	h.Set("Access-Control-Allow-Methods", strings.Join(allowed, ", "))
	h.Set("Access-Control-Allow-Headers", strings.Join(requestHeaders(r.Header.Values("Access-Control-Request-Headers")), ", "))
	h.Set("Access-Control-Max-Age", strconv.Itoa(int(corsLife.Seconds())))
	w.WriteHeader(http.StatusNoContent)
}

// requestHeaders are the usual headers and those that are asked for.
func requestHeaders(asked []string) []string {
	all := corsRequestHeaders()
	for name := range strings.SplitSeq(strings.Join(asked, ","), ",") {
		name = strings.TrimSpace(name)
		known := slices.ContainsFunc(all, func(k string) bool { return strings.EqualFold(k, name) })
		if !known && isHeaderName(name) {
			all = append(all, name)
		}
	}
	return all
}

// isHeaderName reports whether a text is a token (RFC 9110, 5.6.2).
func isHeaderName(text string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	for i := range len(text) {
		c := text[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(marks, c) >= 0) {
			return false
		}
	}
	return text != ""
}

// originOf is the origin of an address (Fetch Standard, 3.1): scheme, host and
// port, without a path.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
