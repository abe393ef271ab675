package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the zones of fromDate must be there on any machine

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/app/dialects"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/dialect/boknett"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/server/metrics"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// Gateway is the wired program.
type Gateway struct {
	server     *server.Server
	listener   net.Listener   // whose address links have
	beside     []net.Listener // further ones
	store      *store.DB
	exchange   *order.Exchange
	logins     *auth.Service
	deliveries *webhook.Dispatcher
	remind     time.Duration // until a reminder by mail; 0 is never
	metrics    *metrics.Metrics
	scraped    net.Listener // where the metrics are served; nil for nowhere
	retention  Retention
	Public     string
	version    string
	log        *slog.Logger

	lock        *store.FolderLock
	handover    Handover
	offer       handover.Offer        // for the process that follows
	predecessor *handover.Predecessor // that this process takes over from; nil for none
	ready       func()                // called when the gateway serves; nil for nothing
}

// New wires a gateway and opens the listener of the metrics.
func New(ctx context.Context, db *store.DB, l net.Listener, s Config, log *slog.Logger) (*Gateway, error) {
	scraped := s.inherited.metrics
	if scraped == nil {
		var err error
		if scraped, err = s.Metrics.listen(log); err != nil {
			return nil, err
		}
	}
	g, err := wire(ctx, db, l, s, log)
	if err != nil {
		if scraped != nil {
			scraped.Close()
		}
		return nil, err
	}
	g.scraped = scraped
	return g, nil
}

// wire connects the packages; it decides nothing.
func wire(ctx context.Context, db *store.DB, l net.Listener, s Config, log *slog.Logger) (*Gateway, error) {
	key, err := db.Secret(ctx, "cursor")
	if err != nil {
		return nil, fmt.Errorf("cursor key: %w", err)
	}
	public := s.Public
	if public == "" {
		public = publicOf(l)
	}
	if s.Overlap == OverlapAuto {
		s.Overlap = db.Overlap()
	}
	m := metrics.New()
	var deliveries *webhook.Dispatcher // set before anything changes: its formats read orders from the exchange
	ring := func() { deliveries.Ring() }
	exchange := order.NewExchange(db, db, order.Config{
		Now: db.Now, Delay: s.Delay, Rules: dialects.Rules(), Changed: ring, Observe: m.OrderChanged,
		Fits: editx.CheckExtent, Log: log,
	})
	email, leaseMail, err := newMails(ctx, db, exchange, public, s, log)
	if err != nil {
		return nil, err
	}
	guard := webhook.NewGuard(s.WebhookNets...)
	deliveries = webhook.NewDispatcher(webhook.Config{
		Store: db, Sender: webhook.NewSender(guard, nil, "bookgate/"+s.Version),
		Formats: slices.Concat(email.Formats(), leaseMail.Formats(), []webhook.Format{webhook.Standard(public)},
			formats(db)),
		Observe: m.Delivered, Now: db.Now, Log: log,
	})
	webhooks := webhook.NewService(webhook.ServiceConfig{
		Store: db, Guard: guard, Names: net.DefaultResolver, Formats: choosable(db), Now: db.Now, Ring: ring,
	})
	logins := auth.New(db, hostOf(public), db.Now)
	logins.Observe(m.LoginRefused)
	m.Watch(sources(db, exchange, s, log))
	api := boknett.New(boknett.Config{
		Exchange: exchange, Auth: logins, Webhooks: webhooks, Public: public, Zone: s.Zone,
		Skew: s.Skew, Skewed: m.DateSkewed, Overlap: s.Overlap, CursorKey: key,
		Now: db.Now, Readings: db.Readings, Shown: db.Shown, Running: db.Running,
	})
	devices, err := hark.New(hark.Config{Exchange: exchange, Auth: logins, Webhooks: webhooks, Now: db.Now})
	if err != nil {
		return nil, err
	}
	installations := installer.New(installer.Config{
		Exchange: exchange, Auth: logins, PhoneRules: s.Phones, Now: db.Now,
	})
	leases := newLeases(db, exchange, logins, leaseMail, s.Leases)
	srv := server.New(server.Config{
		Public: public, Version: s.Version, Log: log, Metrics: m,
		Dialects: []server.Dialect{api, email, devices, installations, leases},
		Ready:    db.Ready, Clock: db.ClockDoubt, ClockSet: db.ClockFault, Now: db.Now, Space: db.SpaceDoubt,
		LogTrouble: s.logTrouble,
		Proxies:    s.Proxies, Origins: s.CORSOrigins, InFlight: s.MaxInFlight,
		Drain: drain(s.Drain), OnStop: exchange.Shutdown, OnResume: exchange.Readmit,
	})
	logins.Yield(srv.Working)
	return &Gateway{
		server: srv, listener: l, store: db, exchange: exchange, logins: logins, deliveries: deliveries, metrics: m,
		remind: s.Mail.Remind, retention: s.Retention, Public: public, version: s.Version, log: log,
	}, nil
}

// drain returns the drain time of the server, where 0 means the default and less
// than 0 none.
func drain(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// hostOf returns the name that tickets end with.
func hostOf(public string) string {
	if u, err := url.Parse(public); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "bookgate"
}

// Run serves until ctx ends or another process has taken over, then lets the
// requests at hand finish before the background stops.
func (g *Gateway) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	d, err := g.begin(ctx, background)
	if err != nil {
		g.Close()
		return err
	}
	defer g.closeMetrics()
	var wg sync.WaitGroup
	wg.Go(func() { g.exchange.Run(background) })
	wg.Go(func() { g.logins.Run(background) })
	wg.Go(func() { g.store.RunJobs(background, g.jobs()...) })
	served := make(chan error, 1)
	go func() { served <- g.server.Serve(ctx, append([]net.Listener{g.listener}, g.beside...)...) }()
	f := g.follow(ctx, background, d)
	if g.ready != nil {
		g.ready()
	}
	err = <-served
	left := f.stop()
	stop()
	wg.Wait()
	left.end()
	return err
}

// Close ends the listeners of a gateway that is not going to run.
func (g *Gateway) Close() {
	for _, l := range append([]net.Listener{g.listener}, g.beside...) {
		l.Close()
	}
	g.closeMetrics()
}

// duty is what a process begins when it serves, and leaves to the one that follows.
type duty struct {
	rest func() // begins nothing more, and is seen draining by the others
	end  func() // waits for the end of what was begun
}

// begin takes the duty up. Nothing new is sent while the requests at hand finish.
func (g *Gateway) begin(ctx, background context.Context) (*duty, error) {
	sending, rest := context.WithCancel(ctx)
	leave, err := g.store.Register(sending, g.replica())
	if err != nil {
		rest()
		return nil, err
	}
	scraping, stopScraping := context.WithCancel(background)
	var wg sync.WaitGroup
	wg.Go(func() { g.deliveries.Run(sending) })
	wg.Go(func() { g.serveMetrics(scraping) })
	return &duty{
		rest: func() { rest(); stopScraping() },
		end:  func() { rest(); stopScraping(); wg.Wait(); leave() },
	}, nil
}

// replica is this process as the others see it.
func (g *Gateway) replica() store.Replica {
	host, _ := os.Hostname() // without one the process and the address still tell
	return store.Replica{Host: host, Process: os.Getpid(), Address: g.listener.Addr().String(), Version: g.version}
}

// publicOf makes the public address of a listener where none is set: one that
// a person on this machine can open, so never 0.0.0.0.
func publicOf(l net.Listener) string {
	at, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	if at.Addr().IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", at.Port())
	}
	return "http://" + at.String()
}

// formats are the webhook formats of the dialects.
func formats(db *store.DB) []webhook.Format { return append(choosable(db), hark.Format(db.Order)) }

// choosable are the formats that a party may choose for an endpoint.
func choosable(db *store.DB) []webhook.Format {
	return append(montly.Formats(db.Order), installer.Format(db))
}

// newLeases makes the API of lease orders.
func newLeases(db *store.DB, x *order.Exchange, logins *auth.Service, mails *montly.Mailer, c Lease) *montly.API {
	return montly.New(montly.Config{Exchange: x, Auth: logins, Tariffs: db, Mailer: mails, Finance: c.Finance,
		LegalOnly: c.LegalOnly, StrictSums: c.Sums, Now: db.Now})
}

// newMails returns the channel to parties that receive orders by e-mail, and the
// sender of e-mails to the customers of lease orders.
func newMails(ctx context.Context, db *store.DB, x *order.Exchange, public string, s Config, log *slog.Logger) (
	*email.Channel, *montly.Mailer, error) {
	sender, err := newMail(ctx, public, s, log)
	if err != nil {
		return nil, nil, err
	}
	key, err := db.Secret(ctx, "email")
	if err != nil {
		return nil, nil, fmt.Errorf("key of the e-mail channel: %w", err)
	}
	leaseKey, err := db.Secret(ctx, montly.Source)
	if err != nil {
		return nil, nil, fmt.Errorf("key of the e-mails of lease orders: %w", err)
	}
	c := actionmail.Config{Exchange: x, Store: db, Mail: sender, Public: public, Key: key, Zone: s.Zone, Now: db.Now}
	channel := email.New(c)
	c.Key = leaseKey
	return channel, montly.NewMailer(c), nil
}

// newMail returns the sender of all e-mail, or nil without a mail server: then the
// links in e-mails that were sent before still work, and new e-mails are queued.
func newMail(ctx context.Context, public string, s Config, log *slog.Logger) (*mail.Sender, error) {
	if s.Mail.Server.Address == "" {
		return nil, nil
	}
	sender, err := s.Mail.Sender()
	if err != nil {
		return nil, cli.WithExit(cli.ExitConfig, err)
	}
	if s.Public == "" {
		log.WarnContext(ctx, "links in e-mails lead to this machine only, because --public-url is not set",
			"address", public)
	}
	return sender, nil
}

// Sender reads the password and returns a sender of e-mail.
func (m Mail) Sender() (*mail.Sender, error) {
	if m.PasswordFile != "" {
		secret, err := settings.ReadSecretFile(m.PasswordFile)
		if err != nil {
			return nil, err
		}
		m.Server.Password = mail.Password(secret)
	}
	return mail.New(m.Server)
}

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

// logTrouble is what /readyz says of the log.
func (s Config) logTrouble() string {
	if s.Sink == nil {
		return ""
	}
	return s.Sink.Trouble()
}

// logLost is what the metrics count of the log.
func (s Config) logLost() int64 {
	if s.Sink == nil {
		return 0
	}
	return s.Sink.Lost()
}
