package installer

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
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

// Config is what the API needs; all but Now must be given.
type Config struct {
	Exchange *order.Exchange
	Auth     *auth.Service

	// PhoneRules say which phone numbers are taken; "" means MinPhones.
	PhoneRules PhoneRules

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// API serves the dialect. It is safe for use by many goroutines.
type API struct {
	exchange *order.Exchange
	auth     *auth.Service
	now      func() time.Time
	newID    func(time.Time) order.ID
	phones   *phoneBook
}

// New makes the API.
func New(c Config) *API {
	a := &API{exchange: c.Exchange, auth: c.Auth, now: c.Now, newID: order.NewID, phones: newPhoneBook(c.PhoneRules)}
	if a.now == nil {
		a.now = time.Now
	}
	return a
}

// The permissions of a key.
const (
	mayCreate = "order:create"
	mayRead   = "order:read"
)

// DuplicateConflict stands among the permissions of a key whose client wants
// to hear of a repeated idempotencyKey with 409, as newer ones do, and not with
// 400.
const DuplicateConflict = "duplicate:409"

// Permissions lists what a key of this dialect can be allowed to do.
func Permissions() []string { return []string{mayCreate, mayRead} }

// caller is who asks, by the key of a request.
type caller struct{ auth.Key }

// source separates test orders from live ones.
func (k caller) source() string { return order.SourceOf(Source, k.IsTest()) }
