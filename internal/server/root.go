package server

import (
	"net/http"

	"github.com/gorilla/mux"
)

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
