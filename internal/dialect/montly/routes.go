package montly

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// prefix is a second path of the API, for hosts with another API at the root.
const prefix = "/montly"

// route is a row of the route table.
type route struct {
	method, path string
	may          string // the required permission; "" is any key
	serve        handler
}

func (a *API) routes() []route {
	const orders, one = "v1/orders", "v1/orders/{orderId:.+}"
	return []route{
		{http.MethodPost, orders, mayCreate, a.create},
		{http.MethodPost, one + "/cancel", mayCancel, a.cancel},
		{http.MethodPost, one + "/shipped", mayShip, a.shipped},
		{http.MethodGet, one + "/status", mayRead, a.status},
		{http.MethodGet, "v1/tariffs", "", a.tariffs},
		{http.MethodGet, "v1/config", "", a.offer},
	}
}

// Register mounts the API and the pages of customers. One of its clients calls
// /v1/Config, so all paths are case-insensitive.
func (a *API) Register(r *mux.Router) {
	for _, t := range a.routes() {
		path := anyCase(t.path)
		r.HandleFunc(path, a.handle(t)).Methods(t.method)
		r.HandleFunc(prefix+path, a.handle(t)).Methods(t.method)
	}
	a.config.Mailer.register(r)
}

// TakesSlash reports whether a path is that of an order: its orderId may have
// slashes, plain or encoded.
func (a *API) TakesSlash(path string) bool {
	const orders = "/v1/orders/"
	path = strings.TrimPrefix(path, prefix)
	return len(path) > len(orders) && strings.EqualFold(path[:len(orders)], orders)
}

// anyCase returns the template of a path that matches in any letter case.
func anyCase(path string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if b.WriteByte('/'); strings.HasPrefix(part, "{") {
			b.WriteString(part)
		} else {
			b.WriteString("{" + part + ":(?i:" + part + ")}")
		}
	}
	return b.String()
}

// The permissions of a key.
const (
	mayCreate = "order:create"
	mayRead   = "order:read"
	mayCancel = "order:cancel"
	mayShip   = "order:ship"
)

// Permissions returns the permissions that a key of this dialect can have. A token
// of the original has all.
func Permissions() []string { return []string{mayCreate, mayRead, mayCancel, mayShip} }

// handler answers a request of an authenticated caller. It returns an error only
// before it has written anything.
type handler func(w http.ResponseWriter, r *http.Request, c caller) error

// handle authenticates a request and checks the permission before the route
// answers.
func (a *API) handle(t route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := a.authenticate(r)
		if err == nil && t.may != "" && !c.key.May(t.may) {
			err = order.Errorf(order.Forbidden, "permission-missing",
				"This key does not have the permission %s.", t.may).
				WithHint("Ask the operator for a key that has it.")
		}
		if err == nil {
			err = t.serve(w, r, c)
		}
		if err != nil {
			fail(w, faultOf(r.Context(), err))
		}
	}
}

// authenticate returns the caller of a request, by its API key.
func (a *API) authenticate(r *http.Request) (caller, error) {
	key, err := a.config.Auth.KeyRequest(r, auth.Bearer, Source)
	if err != nil {
		return caller{}, err
	}
	return caller{key: key, by: key.Actor(), source: order.SourceOf(Source, key.IsTest())}, nil
}
