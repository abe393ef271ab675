package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/reqlog"
)

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

// The headers that a failed handler's answer keeps.
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
