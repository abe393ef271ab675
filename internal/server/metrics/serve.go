package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Limits of the listener. Who asks is one Prometheus or two, near by.
const (
	headerTime = 5 * time.Second
	readTime   = 10 * time.Second
	writeTime  = 30 * time.Second // longer than any scrape may take
	idleTime   = 5 * time.Minute  // longer than the pause between two scrapes
	atOnce     = 4                // scrapes; one holds some 200 kB
)

// Path is where the figures are.
const Path = "/metrics"

// Handler serves the figures, and nothing else.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+Path, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: atOnce}))
	return mux
}

// Serve answers on l until ctx ends. It ends at once then: a scrape that is cut
// off is asked again in seconds. What the connections say goes to log.
func (m *Metrics) Serve(ctx context.Context, l net.Listener, log *slog.Logger) error {
	hs := &http.Server{Handler: m.Handler(), ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	defer context.AfterFunc(ctx, func() { hs.Close() })()
	if err := hs.Serve(l); ctx.Err() == nil {
		return fmt.Errorf("serve metrics on %s: %w", l.Addr(), err)
	}
	return nil
}
