package server

import (
	"net/http"

	"github.com/bookgate/bookgate/internal/plant"
)

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
	if !over(lost) || plant.On(plant.NoTakeBack) {
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
