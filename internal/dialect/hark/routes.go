package hark

import (
	"net/http"

	"github.com/gorilla/mux"
)

// paths are where the endpoint is: at its own path, and at the root, which the
// original serves; and below the dialect's name, for hosts that have something
// else in these places.
func paths() []string { return []string{"/graphql", "/", "/" + Source, "/" + Source + "/graphql"} }

// Name is the dialect in the metrics.
func (a *API) Name() string { return Source }

// Register mounts the dialect. The root with GET stays the exchange's own.
func (a *API) Register(r *mux.Router) {
	for _, path := range paths() {
		r.HandleFunc(path, a.post).Methods(http.MethodPost)
		if path != "/" {
			r.HandleFunc(path, a.get).Methods(http.MethodGet)
		}
	}
}
