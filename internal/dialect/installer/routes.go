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

// Register mounts the dialect. The last route of each path takes the methods
// that the others leave, so that those are refused in this dialect's words.
func (a *API) Register(r *mux.Router) {
	for _, prefix := range []string{"", "/" + Source} {
		r.HandleFunc(prefix+ordersPath, a.handle(mayCreate, a.create)).Methods(http.MethodPost)
		r.HandleFunc(prefix+ordersPath, a.handle(mayRead, a.list)).Methods(http.MethodGet, http.MethodHead)
		r.HandleFunc(prefix+ordersPath, otherMethod("GET, HEAD, OPTIONS, POST"))
		r.HandleFunc(prefix+orderPath, a.handle(mayRead, a.show)).Methods(http.MethodGet, http.MethodHead)
		r.HandleFunc(prefix+orderPath, otherMethod("GET, HEAD, OPTIONS"))
	}
}

// otherMethod tells the methods of a path to who asks for them, and to who uses
// another. Nothing is deleted here: that is as in the original.
func otherMethod(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		fail(w, r, methodError{r.Method, allow})
	}
}
