package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/bookgate/bookgate/internal/record"
)

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
	rec := record.Of(r.Context())
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
	kept := make(map[string][]string, len(names))
	for _, name := range names {
		if v, ok := h[name]; ok {
			kept[name] = v
		}
	}
	clear(h)
	for name, v := range kept {
		h[name] = v
	}
}
