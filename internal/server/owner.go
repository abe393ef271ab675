package server

import (
	"net/http"

	"github.com/gorilla/mux"
)

// serverOwner is the owner of the server's own routes.
const serverOwner = 0

// setOwner notes whose the routes are that were registered since it was last called.
func (s *Server) setOwner(r *mux.Router, owner int) {
	_ = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if _, known := s.owners[route]; !known {
			s.owners[route] = owner
		}
		return nil
	})
}

// refuser gives the dialect in whose form a request is refused, or nil.
func (s *Server) refuser(r *http.Request) Refuser {
	owner := s.ownerOf(r)
	if owner == serverOwner {
		return nil
	}
	f, _ := s.config.Dialects[owner-1].(Refuser)
	return f
}

// ownerOf tells whose a request is, by its route, or where its method has none by
// its path. A path that several share, each with methods of its own, is ours.
func (s *Server) ownerOf(r *http.Request) int {
	if route := s.routeOf(r); route != nil {
		return s.owners[route]
	}
	owner, found := serverOwner, false
	for _, method := range s.methods {
		route := s.routeOf(withMethod(r, method))
		if route == nil {
			continue
		}
		if found && s.owners[route] != owner {
			return serverOwner
		}
		owner, found = s.owners[route], true
	}
	return owner
}
