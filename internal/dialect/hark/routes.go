package hark

import (
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/httpjson"
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

// asksQuery tells a GraphQL client at the root from everyone else there: it has
// a key, and any of the parameters of GraphQL over HTTP. One that sends the name
// of a stored document is told so; the root of the exchange would be an answer
// without orders to it.
func asksQuery(r *http.Request, _ *mux.RouteMatch) bool {
	if len(r.Header.Values(keyHeader)) == 0 {
		return false
	}
	values, err := httpjson.Query(r.URL.RawQuery)
	return err != nil || slices.ContainsFunc([]string{"query", "extensions", "documentId", "operationName", "variables"}, values.Has)
}
