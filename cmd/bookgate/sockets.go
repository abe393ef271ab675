package main

import (
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/systemd"
)

// sockets are those that serve did not open itself.
type sockets struct {
	api     []net.Listener
	metrics net.Listener
}

func (s sockets) close() {
	for _, l := range s.api {
		l.Close()
	}
	if s.metrics != nil {
		s.metrics.Close()
	}
}

// The names of the files of an offer.
const (
	apiFile     = "api"
	metricsFile = "metrics"
	lockFile    = "lock"
)

// inherit takes the sockets of the service manager and those of the process before.
// All are served: clients of each wait for an answer.
func (s serveConfig) inherit(before *handover.Predecessor, log *slog.Logger) (got sockets, err error) {
	passed, err := systemd.Inherited()
	if err != nil {
		return got, withExit(exitConfig, err)
	}
	got.api = passed.API
	if len(passed.Metrics) > 0 {
		got.metrics = passed.Metrics[0]
	}
	if len(passed.Metrics) > 1 {
		passed.Close()
		return got, withExit(exitConfig, fmt.Errorf("systemd passed %d sockets of the name %s\n  Wanted: one at most", len(passed.Metrics), systemd.MetricsName))
	}
	for _, l := range got.api {
		log.Info("serving a socket of systemd, and not --listen", "address", l.Addr().String())
	}
	if before != nil {
		err = s.takeSockets(before, &got)
	}
	if err != nil {
		got.close()
	}
	return got, err
}

// takeSockets takes those of the process before that this one would open itself.
func (s serveConfig) takeSockets(before *handover.Predecessor, got *sockets) error {
	api, err := listeners(before.Take(apiFile))
	if err != nil {
		return err
	}
	got.api = append(got.api, api...)
	if before.Offer.Metrics != s.metrics.address || got.metrics != nil {
		return nil
	}
	scraped, err := listeners(before.Take(metricsFile))
	if len(scraped) > 0 {
		got.metrics = scraped[0]
	}
	return err
}

func listeners(files []*os.File) (all []net.Listener, err error) {
	for _, f := range files {
		l, err := net.FileListener(f)
		f.Close()
		if err != nil {
			sockets{api: all}.close()
			return nil, fmt.Errorf("a socket that was handed over cannot be served: %w", err)
		}
		all = append(all, l)
	}
	return all, nil
}
