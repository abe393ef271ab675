package server

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"
)

// ownRoutes is the dialect, in the metrics, of what the server answers itself.
const ownRoutes = "server"

// count prepares the counters of the routes that were registered since it was
// last called.
func (s *Server) count(r *mux.Router, dialect string) {
	_ = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template := templateOf(route)
		if _, ok := s.counts[template]; !ok && template != "" {
			s.counts[template] = s.config.Metrics.Route(dialect, template)
		}
		return nil
	})
}

// measure counts a request that has ended, under its route.
func (s *Server) measure(status int, r *http.Request, template string, took time.Duration) {
	counts, ok := s.counts[template]
	if !ok {
		counts = s.unmatched
	}
	counts.Observe(r.Method, status, took)
}
