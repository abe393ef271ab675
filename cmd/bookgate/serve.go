package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // the zones of fromDate must be there on any machine

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/boknett"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/server/metrics"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// serverCommands are those that run the exchange.
func serverCommands(a app) []*cobra.Command {
	return []*cobra.Command{newDemo(a), newServe(a), newConfig(a), newLicenses(a)}
}

// newServe runs the exchange.
func newServe(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the exchange",
		Long: `serve runs the exchange over the store in the data folder, which it makes when
it is not there, and brings up to date when an older bookgate wrote it (see
bookgate db migrate). It stops on SIGTERM or Ctrl-C after finishing the requests at
hand. Every flag can also be given in the environment, as BOOKGATE_DATA,
BOOKGATE_LISTEN and so on, or in an env-file.

Everything is kept for ever unless --retain-documents or --retain-orders say
otherwise. Book-keeping laws ask for years: check those of your own country.`,
		Example: `  bookgate serve --data ./bookgate-data
  bookgate serve --data /var/lib/bookgate --listen :8080 --public-url https://orders.example.no
  BOOKGATE_DATABASE=postgres://bookgate@db/bookgate bookgate serve --listen :8080`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := loadConfig(c, a)
			if err != nil {
				return err
			}
			s, err := readServeConfig(a, conf)
			if err != nil {
				return err
			}
			return withLog(a, s, func(a app, s serveConfig, log *slog.Logger) error { return serve(c.Context(), a.err, s, log) })
		},
	}
	addSettings(c)
	return c
}

// serve opens the store and the sockets and runs until ctx ends, or until another
// process has taken over.
func serve(ctx context.Context, w io.Writer, s serveConfig, log *slog.Logger) error {
	start := time.Now()
	if s.shownPassword {
		log.WarnContext(ctx,
			"the password of the database stands in the command line, which other accounts of this machine can read",
			"next", "give the address in "+variable(databaseSetting)+" or in an env-file")
	}
	reportSecretFiles(log, s.secretFiles)
	g, release, err := s.follow(ctx, w, log)
	if err != nil {
		return err
	}
	defer release()
	g.ready = func() { fmt.Fprintf(w, "ready in %.1f s\n", time.Since(start).Seconds()) }
	return g.run(ctx)
}

// follow makes a gateway that takes over from the process that serves the store,
// where it is to and there is one. A process that cannot be asked and has the folder's
// lock is just about to begin, or to end: then it looks again.
func (s serveConfig) follow(ctx context.Context, w io.Writer, log *slog.Logger) (*gateway, func(), error) {
	for end := time.Now().Add(askAgain); ; time.Sleep(askPause) {
		before, err := findServing(s, log)
		if err != nil {
			return nil, nil, err
		}
		g, release, err := assemble(ctx, w, s, before, log)
		if err == nil {
			g.predecessor = before
			return g, release, nil
		}
		if before != nil {
			before.Refuse(err.Error())
		}
		if !s.handover.ask || before != nil || order.CodeOf(err) != "store-locked" || time.Now().After(end) {
			return nil, nil, err
		}
	}
}

// assemble makes the gateway ready to run, with the sockets and the lock of the
// process before where there is one.
func assemble(ctx context.Context, w io.Writer, s serveConfig, before *handover.Predecessor, log *slog.Logger) (*gateway, func(), error) {
	db, lock, err := openBeside(ctx, s.where, before, log)
	if err != nil {
		return nil, nil, err
	}
	release := func() { closeStore(db, lock, log) }
	g, err := s.open(ctx, db, lock, before, log)
	if err != nil {
		release()
		return nil, nil, err
	}
	printBanner(w, db, s, g)
	return g, release, nil
}

// open opens the sockets and wires the gateway.
func (s serveConfig) open(ctx context.Context, db *store.DB, lock *store.FolderLock, before *handover.Predecessor, log *slog.Logger) (g *gateway, err error) {
	if s.inherited, err = s.inherit(before, log); err != nil {
		return nil, err
	}
	api := s.inherited.api
	if len(api) == 0 {
		l, err := listen(s.listen, "--listen 127.0.0.1:8081")
		if err != nil {
			s.inherited.close()
			return nil, err
		}
		api = []net.Listener{l}
	}
	if g, err = wireAll(ctx, db, api[0], s, log); err != nil {
		s.inherited.close()
		api[0].Close()
		return nil, err
	}
	g.beside, g.lock, g.handover = api[1:], lock, s.handover
	g.offer = handover.Offer{Version: s.version, Process: os.Getpid(), Schema: db.SchemaVersion(), Listen: s.listen, Metrics: s.metrics.address}
	if g.offer.Store, err = db.Epoch(ctx); err == nil && before != nil {
		err = g.checkBefore(ctx, before.Offer)
	}
	if err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

// openStore opens the store for serving and brings an older one up to date:
// nobody else may serve it meanwhile.
func openStore(ctx context.Context, where string, log *slog.Logger) (*store.DB, func(), error) {
	db, lock, err := openBeside(ctx, where, nil, log)
	if err != nil {
		return nil, nil, err
	}
	return db, func() { closeStore(db, lock, log) }, nil
}

// openBeside opens the store as openStore does or, where a process serves it that
// this one follows, beside that: then it changes no schema, and shares the lock.
func openBeside(ctx context.Context, where string, before *handover.Predecessor, log *slog.Logger) (*store.DB, *store.FolderLock, error) {
	now, steady := plant.Clock()
	db, err := store.Open(ctx, where, store.Options{Now: now, Steady: steady, Log: log, Upgrade: before == nil})
	if err != nil {
		return nil, nil, err
	}
	var lock *store.FolderLock
	if before == nil {
		lock, err = db.LockFolder()
	} else {
		lock, err = shareLock(db, before)
	}
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	if before == nil {
		freeDeliveries(ctx, db, log)
	}
	return db, lock, nil
}

// freeDeliveries has what a process before this one was about to send sent at once.
func freeDeliveries(ctx context.Context, db *store.DB, log *slog.Logger) {
	if err := db.FreeDeliveries(ctx); err != nil { // what is leased is sent when the lease ends
		log.WarnContext(ctx, "deliveries that the process before this one left wait for the end of their lease", "err", err)
	}
}

func closeStore(db *store.DB, lock *store.FolderLock, log *slog.Logger) {
	lock.Release()
	if err := db.Close(); err != nil {
		log.Error("close the store", "err", err)
	}
}

// listen opens the address, and says in plain words why it cannot. instead is
// what to try then.
func listen(address, instead string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s\n  Choose another address: %s", address, instead)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s\n  Ports below 1024 need rights; choose a higher one: %s", address, instead)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
}

// gateway is the wired program.
type gateway struct {
	server     *server.Server
	listener   net.Listener   // whose address links have
	beside     []net.Listener // further ones
	store      *store.DB
	exchange   *order.Exchange
	desk       *auth.Desk
	deliveries *webhook.Dispatcher
	remind     time.Duration // until a reminder by mail; 0 is never
	metrics    *metrics.Metrics
	scraped    net.Listener // where the metrics are served; nil for nowhere
	retention  retention
	public     string
	version    string
	log        *slog.Logger

	lock        *store.FolderLock
	handover    handoverConfig
	offer       handover.Offer        // for the process that follows
	predecessor *handover.Predecessor // that this process takes over from; nil for none
	ready       func()                // called when the gateway serves; nil for nothing
}

// wire puts the rooms together; it decides nothing.
func wire(ctx context.Context, db *store.DB, l net.Listener, s serveConfig, log *slog.Logger) (*gateway, error) {
	key, err := db.Secret(ctx, "cursor")
	if err != nil {
		return nil, fmt.Errorf("cursor key: %w", err)
	}
	public := s.public
	if public == "" {
		public = publicOf(l)
	}
	if s.overlap == storesOverlap {
		s.overlap = db.Overlap()
	}
	m := metrics.New()
	var deliveries *webhook.Dispatcher // is there before anything changes: its formats read orders from the exchange
	ring := func() { deliveries.Ring() }
	exchange := order.NewExchange(db, db, order.Config{Now: db.Now, Delay: s.delay, Rules: rules(), Changed: ring, Observe: m.OrderChanged,
		Fits: editx.CheckExtent, Log: log})
	sender, err := newMail(ctx, public, s, log)
	if err != nil {
		return nil, err
	}
	letters, err := newLetters(ctx, db, exchange, public, s.zone, sender)
	if err != nil {
		return nil, err
	}
	leaseLetters, err := newLeaseLetters(ctx, db, exchange, public, s.zone, sender)
	if err != nil {
		return nil, err
	}
	guard := webhook.NewGuard(s.webhookNets...)
	deliveries = webhook.NewDispatcher(webhook.Config{Store: db, Sender: webhook.NewSender(guard, nil, "bookgate/"+s.version),
		Formats: slices.Concat(letters.Formats(), leaseLetters.Formats(), []webhook.Format{webhook.Standard(public)}, formats(db)), Observe: m.Delivered, Now: db.Now, Log: log})
	webhooks := webhook.NewDesk(webhook.DeskConfig{Store: db, Guard: guard, Names: net.DefaultResolver, Formats: choosable(db), Now: db.Now, Ring: ring})
	desk := auth.NewDesk(db, hostOf(public), db.Now)
	desk.Observe(m.LoginRefused)
	m.Watch(sources(db, exchange, s, log))
	api := boknett.New(boknett.Config{Exchange: exchange, Desk: desk, Webhooks: webhooks, Public: public, Zone: s.zone,
		Skew: s.skew, Skewed: m.DateSkewed, Overlap: s.overlap, CursorKey: key,
		Now: db.Now, Readings: db.Readings, Shown: db.Shown, Running: db.Running})
	devices, err := hark.New(hark.Config{Exchange: exchange, Desk: desk, Webhooks: webhooks, Now: db.Now})
	if err != nil {
		return nil, err
	}
	installations := installer.New(installer.Config{Exchange: exchange, Desk: desk, PhoneRules: s.phones, Now: db.Now})
	dialects := []server.Dialect{api, letters, devices, installations, newLeases(db, exchange, desk, leaseLetters, s.leases)}
	srv := server.New(server.Config{Public: public, Version: s.version, Log: log, Ready: db.Ready,
		Clock: db.ClockDoubt, ClockSet: db.ClockFault, Now: db.Now, Room: db.RoomDoubt, LogTrouble: s.logTrouble,
		Dialects: dialects, Proxies: s.proxies, Origins: s.corsOrigins, InFlight: s.maxInFlight, Metrics: m, Drain: drain(s.drain), OnStop: exchange.Dismiss, OnResume: exchange.Readmit})
	desk.Yield(srv.Working)
	return &gateway{server: srv, listener: l, store: db, exchange: exchange, desk: desk, deliveries: deliveries, metrics: m,
		remind: s.mail.remind, retention: s.retention, public: public, version: s.version, log: log}, nil
}

// drain tells the server how long to drain; there 0 means its own choice, and
// less than 0 not at all.
func drain(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

// hostOf gives the name that tickets end with.
func hostOf(public string) string {
	if u, err := url.Parse(public); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "bookgate"
}

// run serves until ctx ends or another process has taken over, then lets the
// requests at hand finish before the background stops.
func (g *gateway) run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	d, err := g.begin(ctx, background)
	if err != nil {
		g.close()
		return err
	}
	defer g.closeMetrics()
	var wg sync.WaitGroup
	wg.Go(func() { g.exchange.Run(background) })
	wg.Go(func() { g.desk.Run(background) })
	wg.Go(func() { g.store.Upkeep(background, g.chores()...) })
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

// duty is what a process begins when it serves, and leaves to the one that follows.
type duty struct {
	rest func() // begins nothing more, and is seen draining by the others
	end  func() // waits for the end of what was begun
}

// begin takes the duty up. Nothing new is sent while the requests at hand finish.
func (g *gateway) begin(ctx, background context.Context) (*duty, error) {
	sending, rest := context.WithCancel(ctx)
	leave, err := g.store.Join(sending, g.replica())
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
func (g *gateway) replica() store.Replica {
	host, _ := os.Hostname() // without one the process and the address still tell
	return store.Replica{Host: host, Process: os.Getpid(), Address: g.listener.Addr().String(), Version: g.version}
}

// Ended logins are dropped a few times an hour; that takes moments.
const (
	loginsEvery = 5 * time.Minute
	loginsLease = 2 * time.Minute
)

// Deliveries are kept for a month after their end, so that a party can look at
// them and send them again. They are dropped in pieces small enough not to
// hold up the orders.
const (
	deliveriesKept  = 30 * 24 * time.Hour
	deliveriesEvery = 10 * time.Minute
	deliveriesLease = 5 * time.Minute
	deliveriesPiece = 500
)

// A callback is registered just before its order is kept. One without an order
// a day later was left by a process that died between the two.
const (
	callbacksAlone = 24 * time.Hour
	callbacksEvery = time.Hour
)

// chores are what one replica does for all.
func (g *gateway) chores() []store.Chore {
	logins := store.Chore{Name: "ended-logins", Final: true, Every: loginsEvery, Lease: loginsLease, Do: func(ctx context.Context, _ int64) (int64, error) {
		return 0, g.desk.Sweep(ctx)
	}}
	deliveries := store.Chore{Name: "old-deliveries", Final: true, Every: deliveriesEvery, Lease: deliveriesLease, Do: func(ctx context.Context, _ int64) (int64, error) {
		return 0, g.trimDeliveries(ctx)
	}}
	callbacks := store.Chore{Name: "stray-callbacks", Final: true, Every: callbacksEvery, Lease: deliveriesLease, Do: g.trimCallbacks}
	return slices.Concat(g.store.Chores(), []store.Chore{logins, deliveries, callbacks}, reminders(g.store, g.remind), g.retention.chores(g.store))
}

// trimDeliveries drops the deliveries that ended long ago.
func (g *gateway) trimDeliveries(ctx context.Context) error {
	for {
		n, err := g.store.Trim(ctx, g.store.Now().Add(-deliveriesKept), deliveriesPiece)
		if err != nil || n < deliveriesPiece {
			return err
		}
	}
}

// trimCallbacks drops the callbacks without an order. place is the time, in
// microseconds, before which all that were made have been looked at.
func (g *gateway) trimCallbacks(ctx context.Context, place int64) (next int64, err error) {
	before := g.store.Now().Add(-callbacksAlone)
	for {
		n, err := g.store.TrimCallbacks(ctx, time.UnixMicro(place), before, deliveriesPiece)
		if err != nil {
			return place, err
		}
		if n < deliveriesPiece {
			return before.UnixMicro(), nil
		}
	}
}

// printBanner tells a person where everything is.
func printBanner(w io.Writer, db *store.DB, s serveConfig, g *gateway) {
	public := g.public
	fmt.Fprintf(w, "bookgate %s\n", s.version)
	fmt.Fprintf(w, "  Storage      %s, %s, schema %d\n", db.EngineVersion(), db.Path(), db.SchemaVersion())
	note := ""
	if s.public == "" {
		note = "      public URL not set, links use this address"
	}
	fmt.Fprintf(w, "  API          %s/orders%s\n", public, note)
	fmt.Fprintf(w, "  Log in       %s/v1/tickets   or   %s/oauth/token\n", public, public)
	fmt.Fprintf(w, "  Health       %s/healthz   %s/readyz\n", public, public)
	if at := g.metricsURL(); at != "" {
		fmt.Fprintf(w, "  Metrics      %s\n", at)
	}
	if dir, ok := db.Folder(); ok {
		fmt.Fprintf(w, "  Parties      bookgate party list --data %s\n", dir)
	}
}
