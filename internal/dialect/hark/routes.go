package hark

import (
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/mux"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// paths are where the endpoint is: at its own path, and at the root, which the
// original serves; and below the dialect's name, for hosts that have something
// else in these places.
func paths() []string { return []string{"/graphql", "/", "/" + Source, "/" + Source + "/graphql"} }

// Name is the dialect in the metrics.
func (a *API) Name() string { return Source }

// Register mounts the dialect. The root with GET is the exchange's own, unless
// a client asks a query there, as it would with POST.
func (a *API) Register(r *mux.Router) {
	for _, path := range paths() {
		r.HandleFunc(path, a.post).Methods(http.MethodPost)
		get := r.HandleFunc(path, a.get).Methods(http.MethodGet)
		if path == "/" {
			get.MatcherFunc(asksQuery)
		}
	}
}

// asksQuery reports whether a request at the root is of a GraphQL client: it has a
// key, and any of the parameters of GraphQL over HTTP. One that sends the name of a
// stored document learns that there are none; the root of the exchange would be an
// answer without orders to it.
func asksQuery(r *http.Request, _ *mux.RouteMatch) bool {
	if len(r.Header.Values(keyHeader)) == 0 {
		return false
	}
	values, err := httpjson.Query(r.URL.RawQuery)
	return err != nil || slices.ContainsFunc([]string{"query", "extensions", "documentId", "operationName",
		"variables"}, values.Has)
}

// Config is what the API needs; all but Now must be given.
type Config struct {
	Exchange *order.Exchange
	Auth     *auth.Service
	Webhooks *webhook.Service

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// API serves the dialect. It is safe for use by many goroutines.
type API struct {
	exchange *order.Exchange
	auth     *auth.Service
	webhooks *webhook.Service
	now      func() time.Time
	schema   *ast.Schema
}

// New makes the API.
func New(c Config) (*API, error) {
	a := &API{exchange: c.Exchange, auth: c.Auth, webhooks: c.Webhooks, now: c.Now, schema: loadSchema()}
	if a.now == nil {
		a.now = time.Now
	}
	return a, nil
}
