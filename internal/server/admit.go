package server

import (
	"net/http"

	"github.com/bookgate/bookgate/order"
)

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
