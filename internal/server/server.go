package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/server/metrics"
)

// Dialect is a way into the exchange, mounted on the root router. Its name
// labels its requests in the metrics.
type Dialect interface {
	Name() string
	Register(r *mux.Router)
}

// Refuser is a dialect that writes refusals in a form of its own. What the
// server refuses by itself at the dialect's paths it hands over: a method that a
// path does not have, a body that is too large, a request that is one too many
// or met a fault. false leaves the answer to the server.
type Refuser interface {
	Refuse(w http.ResponseWriter, r *http.Request, err error) bool
}

// Config is what a Server is made from.
type Config struct {
	Public     string                      // public address without trailing slash
	Version    string                      //
	Log        *slog.Logger                // nil throws the log away
	Ready      func(context.Context) error // asked by /readyz; nil is always ready
	Clock      func() string               // why the clock is not believed, or ""; nil believes it
	Space      func() string               // why the disk of the store is nearly full, or ""; nil is never
	LogTrouble func() string               // why the log cannot be written, or ""; nil is never
	ClockSet   func() string               // what else is wrong with the clock, in sentences, or ""; nil is nothing
	Now        func() time.Time            // the clock of the Date header; nil means time.Now
	Dialects   []Dialect                   //
	Proxies    []netip.Prefix              // networks of the proxies that are believed about their clients' addresses; empty believes none
	Origins    []string                    // whose pages may use the API from a browser, as browsers send them; empty allows none
	InFlight   int                         // requests at once; 0 is the default of 256
	MaxWaiting int                         // requests that wait for something to happen; 0 is the default of 4096
	OnStop     func()                      // ends the waiting of requests, once the listener is about to close; nil is nothing to end
	Metrics    *metrics.Metrics            // where requests are counted; nil throws the counts away
	OnResume   func()                      // undoes OnStop when a hand-over failed after all; nil is nothing to undo
	Drain      time.Duration               // time between being unready and closing the listener; 0 is the default of 5 s, less is none
}

// Server answers HTTP for the dialects that are mounted on it.
type Server struct {
	config    Config
	limits    limits
	log       *slog.Logger
	router    *mux.Router
	methods   []string                  // every method that some route takes
	counts    map[string]*metrics.Route // by the route's template
	owners    map[*mux.Route]int        // the place in Config.Dialects, from 1, of whose route it is
	unmatched *metrics.Route            // requests that fit no route
	proxies   proxies
	handler   http.Handler
	work      *quota  // places, one for each request that works
	waiting   *shares // for those that wait
	bodies    *shares // for those whose body is on its way
	unread    *shares // for those whose refused body is discarded
	sending   *shares // for those whose answer is read slowly
	memory    *quota  // for bodies
	phase     atomic.Int32

	connections *connections
	relief      chan relief   // asks Serve for a hand-over
	over        chan struct{} // closed when Serve has returned
}

// The phases of a server's life.
const (
	serving  int32 = iota
	draining       // unready, and still answering
	stopping       // about to cut off what is in flight, so nothing is begun
)

// New makes a server and mounts the dialects.
func New(c Config) *Server { return newServer(c, defaultLimits()) }

func newServer(c Config, l limits) *Server {
	c.Public = strings.TrimRight(c.Public, "/")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.InFlight <= 0 {
		c.InFlight = defaultInFlight
	}
	if c.MaxWaiting <= 0 {
		c.MaxWaiting = maxWaiting
	}
	for _, why := range []*func() string{&c.Clock, &c.ClockSet, &c.Space, &c.LogTrouble} {
		if *why == nil {
			*why = func() string { return "" }
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnStop == nil {
		c.OnStop = func() {}
	}
	if c.OnResume == nil {
		c.OnResume = func() {}
	}
	if c.Drain == 0 {
		c.Drain = defaultDrain
	}
	if c.Metrics == nil {
		c.Metrics = metrics.New()
	}
	s := &Server{config: c, limits: l, log: c.Log, work: newWork(c.InFlight),
		waiting: newShares(c.MaxWaiting, waitingShare), bodies: newShares(bodyPlaces, bodyShare),
		unread: newShares(unreadPlaces, unreadShare), sending: newShares(sendingPlaces, sendingShare),
		memory: newQuota(bodyMemory, bodyMemoryShare), proxies: newProxies(c.Proxies),
		connections: newConnections(l.header), relief: make(chan relief), over: make(chan struct{})}
	s.waiting.spare = true
	s.counts, s.unmatched = map[string]*metrics.Route{}, c.Metrics.NoRoute()
	s.owners = map[*mux.Route]int{}
	c.Metrics.WatchRequests(s.Working, s.waiting.len, s.bodies.len, func() int { return int(s.memory.inHand()) })
	s.router = s.routes()
	s.methods = tableMethods(s.router)
	s.handler = s.logRequests(s.cors(s.protect(s.normalizePath(s.admit(s.router)))))
	return s
}

// routes builds the route table: ours first, so that no dialect hides health.
func (s *Server) routes() *mux.Router {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.NotFoundHandler = http.HandlerFunc(s.notFound)
	r.MethodNotAllowedHandler = http.HandlerFunc(s.methodNotAllowed)
	r.Use(nameRoute)
	s.registerHealth(r)
	s.registerPages(r)
	s.setOwner(r, serverOwner)
	s.count(r, ownRoutes)
	for i, d := range s.config.Dialects {
		d.Register(r)
		s.setOwner(r, i+1)
		s.count(r, d.Name())
	}
	s.registerRoot(r)
	s.count(r, ownRoutes)
	return r
}

// Handler is everything behind the listener, for tests without one.
func (s *Server) Handler() http.Handler { return s.handler }

// Working returns how many requests are worked on.
func (s *Server) Working() int { return int(s.work.inHand()) }

// Serve answers on the listeners until ctx ends. Then it calls itself unready,
// goes on answering for the drain, each answer the last of its connection, stops
// accepting, ends the waiting of those that wait, lets the requests in flight
// finish and returns nil; it returns an error when some had to be cut off, or when
// a listener fails. A connection that is idle is closed when it has been so for
// the drain's time, and one on which a request arrives not before the answer.
//
// Serve also returns when [Server.HandOver] is through. It can be called once.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	defer close(s.over)
	hs := s.httpServer()
	failed := make(chan error, len(listeners))
	shared := make([]*sharedListener, len(listeners))
	for i, l := range listeners {
		shared[i] = newSharedListener(l, s.connections)
		go func() {
			failed <- fmt.Errorf("listen on %s: %w", l.Addr(), hs.Serve(proxied{shared[i], s.proxies, s.limits.header}))
		}()
	}
	for ctx.Err() == nil {
		select {
		case err := <-failed:
			return err
		case r := <-s.relief:
			if s.relieve(hs, shared, r.lost) {
				err := s.finish(hs, s.limits.finish/lastPart)
				r.through <- true
				return err
			}
			r.through <- false
		case <-ctx.Done():
		}
	}
	s.beginDrain(hs)
	select {
	case err := <-failed:
		return err
	case <-time.After(s.config.Drain):
	}
	s.config.OnStop()
	for _, l := range shared {
		l.end()
	}
	return s.finish(hs, s.limits.finish)
}

// beginDrain makes the server unready, and each answer the last of its connection.
func (s *Server) beginDrain(hs *http.Server) {
	s.connections.begin()
	s.phase.Store(draining)
	if plant.Enabled && plant.On(plant.NoLameDuck) {
		hs.Close()
	}
}

// finish waits for the requests in flight, and cuts off what has not ended within
// the limit. What comes so late that it would be cut off is refused.
func (s *Server) finish(hs *http.Server, limit time.Duration) error {
	defer hs.Close()
	defer s.connections.cut()
	last := limit / lastPart
	if s.connections.drain(s.grace(), limit-last, nil) {
		return nil
	}
	s.phase.Store(stopping)
	if s.connections.drain(0, last, nil) {
		return nil
	}
	cut := s.Working() + s.waiting.len() + s.bodies.len() + s.sending.len()
	return fmt.Errorf("stop: %d requests still ran after %s and were cut off", cut, s.limits.finish)
}

// grace is how long a connection may be idle in a drain.
func (s *Server) grace() time.Duration { return max(s.config.Drain, 0) }

// httpServer speaks HTTP/1.1 only: HTTP/2 writes header names in lower case,
// and clients in the field look for Boknett-TGT as it is spelled.
func (s *Server) httpServer() *http.Server {
	only1 := new(http.Protocols)
	only1.SetHTTP1(true)
	hs := &http.Server{
		Handler:           s.handler,
		Protocols:         only1,
		ReadHeaderTimeout: s.limits.header,
		ReadTimeout:       s.limits.read,
		WriteTimeout:      s.limits.write,
		IdleTimeout:       s.limits.idle,
		MaxHeaderBytes:    headerBytes,
		ConnState:         s.connections.observe,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),

		DisableGeneralOptionsHandler: true, // OPTIONS * is ours, with its request id
	}
	if plant.Enabled && plant.On(plant.NoTimeouts) {
		hs.ReadHeaderTimeout, hs.ReadTimeout = 0, 0
	}
	return hs
}

// relief asks a server to leave its listeners to another process.
type relief struct {
	lost    <-chan struct{} // closed when the other process has ended
	through chan<- bool     // whether it was not
}

// HandOver leaves the listeners to another process, which accepts on the same
// sockets already: this one stops accepting, ends the waiting of those that wait,
// and answers on the connections that it has, each answer the last of its
// connection. It returns true when Serve has nothing more to do; and false when lost
// was closed before, because the other process has ended: then this one serves on as
// if nothing had been.
func (s *Server) HandOver(lost <-chan struct{}) bool {
	through := make(chan bool, 1)
	select {
	case s.relief <- relief{lost, through}:
		return <-through
	case <-s.over: // it was to stop meanwhile
		return true
	}
}

// relieve drains for another process, and reports whether that is still there.
func (s *Server) relieve(hs *http.Server, shared []*sharedListener, lost <-chan struct{}) bool {
	s.beginDrain(hs)
	for _, l := range shared {
		if !l.pause() {
			s.log.Error("a listener does not stop accepting while it is handed over", "address", l.Addr().String())
		}
	}
	s.config.OnStop()
	s.connections.drain(s.grace(), s.grace()+s.limits.finish-s.limits.finish/lastPart, lost)
	if !over(lost) || plant.Enabled && plant.On(plant.NoTakeBack) {
		return true
	}
	s.config.OnResume()
	s.connections.resume()
	s.phase.Store(serving)
	for _, l := range shared {
		l.resume()
	}
	return false
}

// over reports whether a channel is closed.
func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
