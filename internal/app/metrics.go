package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/server/metrics"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// listen opens the address of the metrics. One that the operator has chosen
// must be free. The usual one may be taken, as by a second gateway on the same
// machine: then a warning is logged, and orders are served without metrics.
func (p Metrics) listen(log *slog.Logger) (net.Listener, error) {
	if p.Address == "" {
		return nil, nil
	}
	l, err := Listen(p.Address, "--metrics-listen 127.0.0.1:9465, or --metrics-listen off")
	switch {
	case err == nil:
		return l, nil
	case p.Chosen:
		return nil, fmt.Errorf("metrics: %w", err)
	}
	log.Warn("no metrics are served: the default address cannot be used; choose another one with "+
		"--metrics-listen, or off", "address", p.Address)
	return nil, nil
}

func (g *Gateway) closeMetrics() {
	if g.scraped != nil {
		g.scraped.Close()
	}
}

// serveMetrics answers scrapes until ctx ends, longer than requests are
// answered, so that the last of them are seen. The socket stays open.
func (g *Gateway) serveMetrics(ctx context.Context) {
	if g.scraped == nil {
		return
	}
	l, err := handover.Copy(g.scraped)
	if err == nil {
		err = g.metrics.Serve(ctx, l, g.log)
	}
	if err != nil {
		g.log.Error("the metrics are served no longer", "err", err)
	}
}

// MetricsURL returns the address of the metrics, or "" where there are none.
func (g *Gateway) MetricsURL() string {
	if g.scraped == nil {
		return ""
	}
	return publicOf(g.scraped) + metrics.Path
}

// sources lets the metrics ask the store and the exchange.
func sources(db *store.DB, x *order.Exchange, c Config, log *slog.Logger) metrics.Sources {
	return metrics.Sources{
		Version: c.Version, Engine: db.EngineVersion(), Schema: db.SchemaVersion(),
		Orders:    db.CountOrders,
		Figures:   func(ctx context.Context) (metrics.Figures, error) { return figures(ctx, db) },
		Traffic:   func() metrics.Traffic { return metrics.Traffic(db.Traffic()) },
		LogBytes:  db.LogBytes,
		Space:     db.Space,
		LogLost:   c.logLost,
		Listening: x.Waiters,
		Log:       log,
	}
}

// figures gathers what the store knows.
func figures(ctx context.Context, db *store.DB) (f metrics.Figures, err error) {
	own, err := db.Figures(ctx)
	if err != nil {
		return f, err
	}
	standing, err := db.QueueStats(ctx)
	if err != nil {
		return f, err
	}
	replicas, err := db.Replicas(ctx)
	if err != nil {
		return f, err
	}
	f = metrics.Figures{
		Waiting: own.Waiting, Damaged: own.Damaged, Verified: own.Verified,
		Pending: standing.Pending, Oldest: standing.Oldest, Endpoints: map[string]int64{},
		Replicas: map[string]int64{store.Serving: 0, store.Draining: 0, store.Stale: 0},
	}
	for _, s := range []webhook.State{webhook.Active, webhook.Failing, webhook.Paused, webhook.Disabled} {
		f.Endpoints[string(s)] = standing.Endpoints[s]
	}
	for _, r := range replicas {
		f.Replicas[r.State]++
	}
	return f, nil
}
