package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// nameRoute writes the template of the route into the request's record.
func nameRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record.Of(r.Context()).Route = templateOf(mux.CurrentRoute(r))
		next.ServeHTTP(w, r)
	})
}

func templateOf(route *mux.Route) string {
	if route == nil {
		return ""
	}
	t, err := route.GetPathTemplate()
	if err != nil {
		return "" // a route without a path, as for a host
	}
	return t
}

// tableMethods collects the methods of all routes.
func tableMethods(r *mux.Router) []string {
	var all []string
	_ = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		methods, err := route.GetMethods()
		if err == nil {
			all = append(all, methods...)
		}
		return nil
	})
	all = append(all, http.MethodHead, http.MethodOptions) // made for every table
	slices.Sort(all)
	return slices.Compact(all)
}

// methodNotAllowed answers a request whose path is in the table and whose method is
// not: HEAD is served by the route of GET, without its body; OPTIONS tells the
// methods; any other is refused with them.
func (s *Server) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if r.Method == http.MethodHead && slices.Contains(allowed, http.MethodGet) {
		s.router.ServeHTTP(w, withMethod(r, http.MethodGet)) // the connection drops the body of a HEAD
		return
	}
	allow := strings.Join(allowed, ", ")
	w.Header().Set("Allow", allow)
	if r.Method == http.MethodOptions {
		if slices.ContainsFunc(allowed, takesBody) {
			w.Header().Set("Accept-Encoding", body.AcceptEncoding)
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	method := cmp.Or(methodName(r.Method), "This method")
	s.refuse(w, r, order.Errorf(order.NotAllowed, "method-not-allowed", "%s is not taken here; %s are.", method, allow).
		WithHint("Use one of the methods in the Allow header."))
}

// methodName returns a method as it may be repeated and logged, "" for a word
// that is none: such a word is what a client sends behind a body whose length it
// counted wrong, and can be the rest of a password.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
		http.MethodTrace, http.MethodConnect, "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "QUERY", "PURGE", "BREW", "PRI":
		return method
	}
	return ""
}

func takesBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// allowed asks the route table which methods the path of r takes.
func (s *Server) allowed(r *http.Request) []string {
	allowed := []string{http.MethodOptions}
	for _, method := range s.methods {
		if route := s.routeOf(withMethod(r, method)); route != nil {
			record.Of(r.Context()).Route = templateOf(route)
			allowed = append(allowed, method)
		}
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	return slices.Compact(allowed)
}

// routeOf gives the route that answers a request, or nil.
func (s *Server) routeOf(r *http.Request) *mux.Route {
	var match mux.RouteMatch
	if s.router.Match(r, &match) && match.MatchErr == nil {
		return match.Route
	}
	return nil
}

func withMethod(r *http.Request, method string) *http.Request {
	other := *r
	other.Method = method
	return &other
}

// notFound answers for a path that is not in the table. mux forgets in some
// tables that a path was there with another method, so the table is asked.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	if len(s.allowed(r)) > 1 { // more than OPTIONS
		s.methodNotAllowed(w, r)
		return
	}
	s.writeNotFound(w, r)
}

// writeNotFound does not repeat the path, which may hold a ticket. OPTIONS *
// asks for the server as a whole.
func (s *Server) writeNotFound(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions && r.RequestURI == "*" {
		w.Header().Set("Allow", strings.Join(s.methods, ", "))
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.refuse(w, r, order.Errorf(order.NotFound, "not-found", "There is nothing at this path.").
		WithHint("Compare it with the list at %s/; orders are at /orders, tickets at /v1/tickets.", s.config.Public))
}
