package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/systemd"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// Serve opens the store and the sockets and runs until ctx ends, or until another
// process has taken over.
func Serve(ctx context.Context, w io.Writer, s Config, log *slog.Logger) error {
	start := time.Now()
	if s.ShownPassword {
		log.WarnContext(ctx,
			"the password of the database is in the command line, which other accounts of this machine can read",
			"next", "set the address in "+settings.Variable(settings.Database)+" or in an env-file")
	}
	reportSecretFiles(log, s.SecretFiles)
	g, release, err := s.follow(ctx, w, log)
	if err != nil {
		return err
	}
	defer release()
	g.ready = func() { fmt.Fprintf(w, "ready in %.1f s\n", time.Since(start).Seconds()) }
	return g.Run(ctx)
}

// follow makes a gateway that takes over from the process that serves the store,
// where it is to and there is one. A process that cannot be asked and has the folder's
// lock is just about to begin, or to end: then it looks again.
func (s Config) follow(ctx context.Context, w io.Writer, log *slog.Logger) (*Gateway, func(), error) {
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
		if !s.Handover.Ask || before != nil || order.CodeOf(err) != "store-locked" || time.Now().After(end) {
			return nil, nil, err
		}
	}
}

// findServing asks the process that serves the store for its sockets, where this one
// is to take over. nil means that none does.
func findServing(s Config, log *slog.Logger) (*handover.Predecessor, error) {
	if !s.Handover.Ask {
		return nil, nil
	}
	before, err := s.askServing()
	switch {
	case errors.Is(err, handover.ErrUnserved):
		log.Debug("no bookgate is there to take over from; starting as usual", "socket", s.Handover.Path)
		return nil, nil
	case err != nil:
		return nil, cli.WithExit(cli.ExitUnavailable, fmt.Errorf("the bookgate that serves did not hand over: %w", err))
	}
	if err := s.checkOffer(before.Offer); err != nil {
		before.Refuse(err.Error())
		return nil, cli.WithExit(cli.ExitConflict, err)
	}
	return before, nil
}

// checkOffer refuses what cannot be taken over while the other process serves.
func (s Config) checkOffer(o handover.Offer) error {
	schema, err := store.Wanted(s.Store)
	switch {
	case err != nil:
		return err
	case o.Schema != schema:
		return fmt.Errorf("the bookgate that serves (version %s) has schema %d, and this one (version %s) needs "+
			"schema %d\n  A schema is not changed while it is used. Stop that one (process %d), then start this one, "+
			"which brings the store up to date",
			o.Version, o.Schema, s.Version, schema, o.Process)
	case o.Listen != s.Listen:
		return fmt.Errorf("the bookgate that serves was started with --listen %s, and this one with %s\n"+
			"  Start this one with the same address, or stop that one (process %d) first",
			o.Listen, s.Listen, o.Process)
	}
	return nil
}

// askServing asks the process that serves, as long as it ends before it answers.
func (s Config) askServing() (*handover.Predecessor, error) {
	for end := time.Now().Add(askAgain); ; time.Sleep(askPause) {
		before, err := handover.Ask(s.Handover.Path, handover.Hello{Version: s.Version, Process: os.Getpid()})
		if !errors.Is(err, handover.ErrEnded) || time.Now().After(end) {
			return before, err
		}
	}
}

// assemble makes the gateway ready to run, with the sockets and the lock of the
// process before where there is one.
func assemble(ctx context.Context, w io.Writer, s Config, before *handover.Predecessor, log *slog.Logger) (
	*Gateway, func(), error) {
	db, lock, err := openBeside(ctx, s.Store, before, log)
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
func (s Config) open(ctx context.Context, db *store.DB, lock *store.FolderLock, before *handover.Predecessor,
	log *slog.Logger) (g *Gateway, err error) {
	if s.inherited, err = s.inherit(before, log); err != nil {
		return nil, err
	}
	api := s.inherited.api
	if len(api) == 0 {
		l, err := Listen(s.Listen, "--listen 127.0.0.1:8081")
		if err != nil {
			s.inherited.close()
			return nil, err
		}
		api = []net.Listener{l}
	}
	if g, err = New(ctx, db, api[0], s, log); err != nil {
		s.inherited.close()
		api[0].Close()
		return nil, err
	}
	g.beside, g.lock, g.handover = api[1:], lock, s.Handover
	g.offer = handover.Offer{Version: s.Version, Process: os.Getpid(), Schema: db.SchemaVersion(), Listen: s.Listen,
		Metrics: s.Metrics.Address}
	if g.offer.Store, err = db.Epoch(ctx); err == nil && before != nil {
		err = g.checkBefore(ctx, before.Offer)
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// inherit takes the sockets of the service manager and those of the process before.
// All are served: clients of each wait for an answer.
func (s Config) inherit(before *handover.Predecessor, log *slog.Logger) (got sockets, err error) {
	passed, err := systemd.Inherited()
	if err != nil {
		return got, cli.WithExit(cli.ExitConfig, err)
	}
	got.api = passed.API
	if len(passed.Metrics) > 0 {
		got.metrics = passed.Metrics[0]
	}
	if len(passed.Metrics) > 1 {
		passed.Close()
		return got, cli.WithExit(cli.ExitConfig, fmt.Errorf("systemd passed %d sockets of the name %s\n"+
			"  Wanted: one at most", len(passed.Metrics), systemd.MetricsName))
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
func (s Config) takeSockets(before *handover.Predecessor, got *sockets) error {
	api, err := listeners(before.Take(apiFile))
	if err != nil {
		return err
	}
	got.api = append(got.api, api...)
	if before.Offer.Metrics != s.Metrics.Address || got.metrics != nil {
		return nil
	}
	scraped, err := listeners(before.Take(metricsFile))
	if len(scraped) > 0 {
		got.metrics = scraped[0]
	}
	return err
}

// checkBefore refuses to follow a process that serves another store, and to serve
// what does not work.
func (g *Gateway) checkBefore(ctx context.Context, o handover.Offer) error {
	if o.Store != g.offer.Store {
		return cli.WithExit(cli.ExitConflict,
			fmt.Errorf("the bookgate at %s (process %d) serves another store than %s\n"+
				"  Start both with the same --data or --database", g.handover.Path, o.Process, g.store.Path()))
	}
	return g.store.Ready(ctx)
}

// OpenStore opens the store for serving and brings an older one up to date:
// no other process may serve it meanwhile.
func OpenStore(ctx context.Context, where string, log *slog.Logger) (*store.DB, func(), error) {
	db, lock, err := openBeside(ctx, where, nil, log)
	if err != nil {
		return nil, nil, err
	}
	return db, func() { closeStore(db, lock, log) }, nil
}

// openBeside opens the store as OpenStore does or, where a process serves it that
// this one follows, beside that: then it changes no schema, and shares the lock.
func openBeside(ctx context.Context, where string, before *handover.Predecessor, log *slog.Logger) (
	*store.DB, *store.FolderLock, error) {
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

// shareLock takes the lock of the data folder over.
func shareLock(db *store.DB, before *handover.Predecessor) (*store.FolderLock, error) {
	files := before.Take(lockFile)
	if _, ok := db.Folder(); !ok {
		return nil, nil
	}
	if len(files) != 1 {
		return nil, errors.New("the bookgate that serves did not hand over the lock of the data folder")
	}
	return db.ShareLock(files[0])
}

// freeDeliveries has what a process before this one was about to send sent at once.
func freeDeliveries(ctx context.Context, db *store.DB, log *slog.Logger) {
	if err := db.FreeDeliveries(ctx); err != nil { // what is leased is sent when the lease ends
		log.WarnContext(ctx, "deliveries that the process before this one left wait for the end of their lease",
			"err", err)
	}
}

func closeStore(db *store.DB, lock *store.FolderLock, log *slog.Logger) {
	lock.Release()
	if err := db.Close(); err != nil {
		log.Error("close the store", "err", err)
	}
}

// Listen opens the address, and says in plain words why it cannot. instead is
// what to try then.
func Listen(address, instead string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("another program listens on %s\n  Choose another address: %s", address, instead)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s\n"+
			"  Ports below 1024 need rights; choose a higher one: %s", address, instead)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
}

// printBanner prints the addresses of the gateway.
func printBanner(w io.Writer, db *store.DB, s Config, g *Gateway) {
	public := g.Public
	fmt.Fprintf(w, "bookgate %s\n", s.Version)
	fmt.Fprintf(w, "  Storage      %s, %s, schema %d\n", db.EngineVersion(), db.Path(), db.SchemaVersion())
	note := ""
	if s.Public == "" {
		note = "      public URL not set, links use this address"
	}
	fmt.Fprintf(w, "  API          %s/orders%s\n", public, note)
	fmt.Fprintf(w, "  Log in       %s/v1/tickets   or   %s/oauth/token\n", public, public)
	fmt.Fprintf(w, "  Health       %s/healthz   %s/readyz\n", public, public)
	if at := g.MetricsURL(); at != "" {
		fmt.Fprintf(w, "  Metrics      %s\n", at)
	}
	if dir, ok := db.Folder(); ok {
		fmt.Fprintf(w, "  Parties      bookgate party list --data %s\n", dir)
	}
}
