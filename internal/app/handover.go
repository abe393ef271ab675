package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/bookgate/bookgate/internal/handover"
	"github.com/bookgate/bookgate/internal/systemd"
)

// askAgain is how long a process that is asked may be about to end: then another is
// there in its place, or none.
const (
	askAgain = 10 * time.Second
	askPause = 50 * time.Millisecond
)

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
