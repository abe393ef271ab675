package hark

import (
	"net/http"

	"github.com/gorilla/mux"
)

// path is the endpoint's own path. The original serves the root of its host,
// which is done here as well.
const path = "/graphql"

// Name is the dialect in the metrics.
func (a *API) Name() string { return Source }

// Register mounts the dialect. The root with GET stays the exchange's own.
func (a *API) Register(r *mux.Router) {
	r.HandleFunc(path, a.post).Methods(http.MethodPost)
	r.HandleFunc("/", a.post).Methods(http.MethodPost)
	r.HandleFunc(path, a.get).Methods(http.MethodGet)
}
