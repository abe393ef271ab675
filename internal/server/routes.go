package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// nameRoute writes the template of the route into the request's record.
func nameRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reqlog.From(r.Context()).Route = templateOf(mux.CurrentRoute(r))
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
// not: HEAD is served by the route of GET, without its body; OPTIONS lists the
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
			w.Header().Set("Accept-Encoding", httpjson.AcceptEncoding)
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
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect, "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",
		"LOCK", "UNLOCK", "REPORT", "SEARCH", "QUERY", "PURGE", "BREW", "PRI":
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
			reqlog.From(r.Context()).Route = templateOf(route)
			allowed = append(allowed, method)
		}
	}
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	return slices.Compact(allowed)
}

// routeOf returns the route that answers a request, or nil.
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

// refuser returns the dialect in whose form a request is refused, or nil.
func (s *Server) refuser(r *http.Request) Refuser {
	owner := s.ownerOf(r)
	if owner == serverOwner {
		return nil
	}
	f, _ := s.config.Dialects[owner-1].(Refuser)
	return f
}

// ownerOf returns whose a request is, by its route, or where its method has none by
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

// root is the HAL document at /: where everything is.
type root struct {
	Links   map[string]any `json:"_links"`
	Name    string         `json:"name"`
	Version string         `json:"version"`
}

// link is a HAL link object.
type link struct {
	Href      string `json:"href"`
	Name      string `json:"name,omitempty"`
	Title     string `json:"title,omitempty"`
	Templated bool   `json:"templated,omitempty"`
}

// rootLink is a resource that the root shows when the route table has it.
type rootLink struct {
	rel, method, path, query, title string
}

const listQuery = "{?mode,fromDate,next,pagesize}"

// legacyQuery has what the legacy list requires, so that the link can be
// followed without values as well.
const legacyQuery = "?mode=ALL&fromDate=19700101000000&pagesize=100{&next}"

func rootLinks() []rootLink {
	return []rootLink{
		{"bk:orders", http.MethodGet, "/v2/orders", listQuery, "Orders: list, and submit with POST"},
		{"bk:orders", http.MethodGet, "/orders", listQuery, "Orders: list, and submit with POST"},
		{"bk:orders-v2", http.MethodGet, "/v2/orders", listQuery, "Orders as clean HAL, under the first name of this link"},
		{"bk:orders-legacy", http.MethodGet, "/orders", legacyQuery, "Orders in the documents of the Boknett API: a plain array"},
		{"bk:feed", http.MethodGet, "/v2/feed", "{?after,epoch,wait,limit}", "Every change, numbered without a hole"},
		{"bk:events", http.MethodGet, "/v2/events", "{?after,epoch,events}", "What happens, as it happens: Server-Sent Events"},
		{"bk:webhooks", http.MethodGet, "/v2/webhooks", "", "Addresses to which events are sent: list, and add with POST"},
		{"bk:tickets", http.MethodPost, "/v1/tickets", "", "Log in with user and password"},
		{"bk:token", http.MethodPost, "/oauth/token", "", "Access token for a client (OAuth 2.0)"},
		{"bk:devices", http.MethodPost, "/graphql", "", "Device orders (GraphQL, with an API key)"},
		{"bk:installations", http.MethodPost, "/api/v1/order", "", "Installation orders (JSON, with an API key)"},
		{"bk:leases", http.MethodPost, "/v1/orders", "", "Lease orders (JSON, with an API key)"},
		{"bk:problems", http.MethodGet, "/problems", "", "What each problem means"},
	}
}

// registerRoot comes last: it shows of the entrances what is mounted by then, of
// two under one relation the first. bk:orders leads to documents that a client
// of HAL can read, and may be followed without values.
func (s *Server) registerRoot(r *mux.Router) {
	base := s.config.Public
	links := map[string]any{
		"self":   link{Href: base + "/"},
		"curies": []link{{Name: "bk", Href: base + "/rels/{rel}", Templated: true}},
	}
	for _, e := range rootLinks() {
		if _, there := links[e.rel]; !there && takes(r, e.method, e.path) {
			links[e.rel] = link{Href: base + e.path + e.query, Title: e.title, Templated: e.query != ""}
		}
	}
	doc := root{Links: links, Name: "bookgate", Version: s.config.Version}
	r.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, "application/hal+json", http.StatusOK, doc)
	}).Methods(http.MethodGet)
}

// takes reports whether the table has a route for a method and path.
func takes(r *mux.Router, method, path string) bool {
	req, err := http.NewRequest(method, path, nil)
	if err != nil {
		return false
	}
	var match mux.RouteMatch
	return r.Match(req, &match) && match.MatchErr == nil
}

// ownRoutes is the dialect, in the metrics, of what the server answers itself.
const ownRoutes = "server"

// count prepares the counters of the routes that were registered since it was
// last called.
func (s *Server) count(r *mux.Router, dialect string) {
	_ = r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template := templateOf(route)
		if _, ok := s.counts[template]; !ok && template != "" {
			s.counts[template] = s.config.Metrics.Route(dialect, template)
		}
		return nil
	})
}

// measure counts a request that has ended, under its route.
func (s *Server) measure(status int, r *http.Request, template string, took time.Duration) {
	counts, ok := s.counts[template]
	if !ok {
		counts = s.unmatched
	}
	counts.Observe(r.Method, status, took)
}
