package installer

import (
	"net/http"

	"github.com/gorilla/mux"
)

// Source is the name of this dialect wherever one is named.
const Source = "installer"

// The paths of the original, which are served at the root and under the
// dialect's own name.
const (
	ordersPath = "/api/v1/order"
	orderPath  = ordersPath + "/{id}"
)

// Name is the dialect in the metrics.
func (a *API) Name() string { return Source }

// Register mounts the dialect. Nothing is deleted here: that is as in the
// original.
func (a *API) Register(r *mux.Router) {
	for _, prefix := range []string{"", "/" + Source} {
		r.HandleFunc(prefix+ordersPath, a.handle(mayCreate, a.create)).Methods(http.MethodPost)
		r.HandleFunc(prefix+ordersPath, a.handle(mayRead, a.list)).Methods(http.MethodGet)
		r.HandleFunc(prefix+orderPath, a.handle(mayRead, a.show)).Methods(http.MethodGet)
	}
}
