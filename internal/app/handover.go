package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/systemd"
	"github.com/bookgate/bookgate/store"
)

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

// askAgain is how long a process that is asked may be about to end: then another is
// there in its place, or none.
const (
	askAgain = 10 * time.Second
	askPause = 50 * time.Millisecond
)

// askServing asks the process that serves, as long as it ends before it answers.
func (s Config) askServing() (*handover.Predecessor, error) {
	for end := time.Now().Add(askAgain); ; time.Sleep(askPause) {
		before, err := handover.Ask(s.Handover.Path, handover.Hello{Version: s.Version, Process: os.Getpid()})
		if !errors.Is(err, handover.ErrEnded) || time.Now().After(end) {
			return before, err
		}
	}
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

// relay lets other processes take over.
type relay struct {
	gateway    *Gateway
	ctx        context.Context // ends when the gateway is to stop
	background context.Context
	making     sync.Mutex // a hand-over; stays locked when that is through

	mu      sync.Mutex // over the rest
	duty    *duty
	socket  *handover.Socket // nil before there is one
	stopped bool
}

// follow takes over from the process before, if there is one, and is there to be
// followed by others from then on.
func (g *Gateway) follow(ctx, background context.Context, d *duty) *relay {
	f := &relay{gateway: g, ctx: ctx, background: background, duty: d}
	context.AfterFunc(ctx, f.reportStop)
	if g.predecessor == nil {
		f.notify(systemd.Ready)
		f.offer()
		return f
	}
	f.takeOver(g.predecessor)
	return f
}

// takeOver informs the process before that this one serves. As soon as that has ended
// this one can be followed itself, and sends what was left unsent.
func (f *relay) takeOver(p *handover.Predecessor) {
	g := f.gateway
	if err := p.Ready(); err != nil {
		g.log.Warn("the bookgate that served did not say that it drains; this one serves", "process", p.Offer.Process,
			"err", err)
	} else {
		g.log.Info("took over", "process", p.Offer.Process, "version", p.Offer.Version)
	}
	f.sign()
	f.notify(systemd.Ready)
	gone := p.Gone()
	go func() {
		select {
		case <-gone:
			g.log.Info("the bookgate before this one has ended", "process", p.Offer.Process)
			freeDeliveries(f.background, g.store, g.log)
			f.offer()
		case <-f.background.Done():
		}
	}()
}

// reportStop reports to the service manager that the service stops: not where another
// process is about to go on with it.
func (f *relay) reportStop() {
	if f.making.TryLock() {
		defer f.making.Unlock()
		f.notify(systemd.Stopping)
	}
}

// sign writes down whose the data folder is.
func (f *relay) sign() {
	if err := f.gateway.lock.Sign(); err != nil {
		f.gateway.log.Warn("the lock of the data folder does not name this process", "err", err)
	}
}

// notify reports a state to the service manager, if there is one.
func (f *relay) notify(state func() error) {
	if err := state(); err != nil {
		f.gateway.log.Warn("the service manager could not be notified", "err", err)
	}
}

// offer makes the socket file at which another process can ask. One that has just
// been killed may still answer there for a moment.
func (f *relay) offer() {
	if f.gateway.handover.Path == "" || f.tryOffer() == nil {
		return
	}
	go func() {
		var err error
		for end := time.Now().Add(askAgain); time.Now().Before(end); time.Sleep(askPause) {
			if err = f.tryOffer(); err == nil {
				return
			}
		}
		f.gateway.log.Warn("this process cannot be taken over from without a stop",
			"socket", f.gateway.handover.Path, "err", err)
	}()
}

func (f *relay) tryOffer() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return nil
	}
	s, err := handover.Listen(f.gateway.handover.Path)
	if err != nil {
		return err
	}
	f.socket = s
	go f.accept(s)
	return nil
}

// accept hands over to each process that asks, until one has taken over.
func (f *relay) accept(s *handover.Socket) {
	for {
		p, err := s.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			f.gateway.log.Warn("a hand-over was refused", "err", err)
			time.Sleep(askPause) // an error of the socket itself comes again at once
			continue
		case f.ctx.Err() != nil:
			p.Refuse("it is being stopped; start this one without a hand-over when it has ended")
			continue
		case !f.making.TryLock():
			p.Refuse("another process is taking over; try again when that serves")
			continue
		}
		go func() {
			if !f.handOver(p) {
				f.making.Unlock()
			}
		}()
	}
}

// handOver lets p take over, and reports whether it did. Whatever p does before it
// serves, this process serves on; and when p ends before this process has, this one
// serves again.
func (f *relay) handOver(p *handover.Successor) bool {
	g := f.gateway
	log := g.log.With("process", p.Hello.Process, "version", p.Hello.Version)
	files, names, err := g.files()
	if err != nil {
		log.Error("a hand-over failed", "err", err)
		p.Refuse(err.Error())
		return false
	}
	log.Info("another process is getting ready to take over")
	f.notify(systemd.Reloading)
	offer := g.offer
	offer.Names = names
	if err := p.Send(offer, files); err != nil {
		log.Warn("the other process did not take over; this one serves on", "err", err)
		f.notify(systemd.Ready)
		return false
	}
	gone := p.Draining()
	log.Info("the other process serves; this one drains")
	f.current().rest()
	if g.server.HandOver(gone) {
		return true // with the connection open until this process ends
	}
	log.Error("the other process has ended while this one drained; this one serves again")
	p.Close()
	f.resume()
	return false
}

func (f *relay) current() *duty {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.duty
}

// resume takes the duty up again.
func (f *relay) resume() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return
	}
	g := f.gateway
	f.duty.end()
	freeDeliveries(f.background, g.store, g.log)
	d, err := g.begin(f.ctx, f.background)
	if err != nil {
		g.log.Error("deliveries are not sent, and metrics not served, until this process is started anew", "err", err)
		return
	}
	f.duty = d
	f.sign()
	f.notify(systemd.Ready)
}

// files are what another process needs: sockets and lock.
func (g *Gateway) files() (files []syscall.RawConn, names []string, err error) {
	add := func(name string, of syscall.Conn) {
		raw, errRaw := of.SyscallConn()
		err = errors.Join(err, errRaw)
		files, names = append(files, raw), append(names, name)
	}
	for _, l := range append([]net.Listener{g.listener}, g.beside...) {
		c, ok := l.(syscall.Conn)
		if !ok {
			return nil, nil, fmt.Errorf("the listener on %s has no descriptor", l.Addr())
		}
		add(apiFile, c)
	}
	if c, ok := g.scraped.(syscall.Conn); ok {
		add(metricsFile, c)
	}
	if f := g.lock.File(); f != nil {
		add(lockFile, f)
	}
	return files, names, err
}

// stop ends the hand-overs, and returns the duty that is left to end. The file goes
// unless it is another process's.
func (f *relay) stop() *duty {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	if f.socket != nil {
		f.socket.Remove()
	}
	return f.duty
}

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
