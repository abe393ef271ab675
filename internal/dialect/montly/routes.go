package montly

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// prefix is where the dialect is found as well, when something else stands at
// the root of the host.
const prefix = "/montly"

// Name is the dialect in the metrics.
func (a *API) Name() string { return Source }

// route is one line of the route table.
type route struct {
	method, path string
	may          string // the permission that it needs; "" is any key
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

// Register mounts the dialect. One of its clients asks for /v1/Config, so the
// words of all its paths are taken in any case. The pages of customers stand
// beside it.
func (a *API) Register(r *mux.Router) {
	for _, t := range a.routes() {
		path := anyCase(t.path)
		r.HandleFunc(path, a.handle(t)).Methods(t.method)
		r.HandleFunc(prefix+path, a.handle(t)).Methods(t.method)
	}
	a.config.Letters.register(r)
}

// TakesSlash reports whether a path leads to an order: its orderId may have
// slashes, as they are or encoded as parts of one name.
func (a *API) TakesSlash(path string) bool {
	const orders = "/v1/orders/"
	path = strings.TrimPrefix(path, prefix)
	return len(path) > len(orders) && strings.EqualFold(path[:len(orders)], orders)
}

// anyCase is the template of a path whose words fit in any case.
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

// Permissions lists what a key of this dialect can be allowed to do. A token of
// the original may do everything.
func Permissions() []string { return []string{mayCreate, mayRead, mayCancel, mayShip} }

// handler answers one request of a known shop. It returns an error only before
// it has written anything.
type handler func(w http.ResponseWriter, r *http.Request, s shop) error

// handle asks who is there, then lets the route answer.
func (a *API) handle(t route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := a.authenticate(r)
		if err == nil && t.may != "" && !s.key.May(t.may) {
			err = order.Errorf(order.Forbidden, "permission-missing", "This key does not have the permission %s.", t.may).
				WithHint("Ask the operator for a key that has it.")
		}
		if err == nil {
			err = t.serve(w, r, s)
		}
		if err != nil {
			fail(w, faultOf(r.Context(), err))
		}
	}
}

// authenticate tells whose key a request has.
func (a *API) authenticate(r *http.Request) (shop, error) {
	text, err := auth.Bearer(r.Header)
	if err != nil {
		return shop{}, err
	}
	key, err := a.config.Desk.CheckKey(r.Context(), Source, text)
	if err != nil {
		return shop{}, err
	}
	if err := reqlog.From(r.Context()).Identify(key.Party, key.ID); err != nil {
		return shop{}, err
	}
	return shop{key: key, by: key.Actor(), source: order.SourceOf(Source, key.IsTest())}, nil
}
