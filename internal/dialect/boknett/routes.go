package boknett

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// route is one line of the route table.
type route struct {
	method string
	path   string
	serve  http.HandlerFunc
}

// Name is the dialect in the metrics.
func (a *API) Name() string { return "boknett" }

// Register mounts the dialect. HEAD, OPTIONS, Allow and the treatment of
// slashes are the server's, which derives them from these routes.
func (a *API) Register(r *mux.Router) {
	for _, t := range a.routes() {
		r.HandleFunc(t.path, t.serve).Methods(t.method)
	}
}

func (a *API) routes() []route {
	v0, v1, v2 := a.front("/orders"), a.front("/orders/v1"), a.front(cleanOrders)
	return slices.Concat(
		[]route{
			{http.MethodPost, "/v1/tickets", a.open(a.login)},
			{http.MethodDelete, "/v1/tickets/{ticket}", a.open(a.logout)},
			{http.MethodPost, "/cas/v1/tickets", a.open(a.login)},
			{http.MethodDelete, "/cas/v1/tickets/{ticket}", a.open(a.logout)},
			{http.MethodPost, "/oauth/token", a.token},
			{http.MethodPost, "/oauth2/token", a.token},
		},
		v1.routes(v1.list, v1.order),
		v0.routes(v0.list, v0.order),
		v2.routes(v2.listClean, v2.orderClean),
		[]route{
			{http.MethodGet, v2.Orders + onePath + "/history", v2.handle(v2.history)},
			{http.MethodGet, v2.Orders + onePath + "/history/{event}", v2.handle(v2.event)},
			{http.MethodGet, hal.FeedPath, v2.handle(v2.feed)},
			{http.MethodPost, hal.FeedPath + "/ack", v2.handle(v2.acknowledge)},
			{http.MethodGet, hal.EventsPath, v2.handleStream(v2.events)},
			{http.MethodPost, streamTokenPath, v2.handle(v2.issueStreamToken)},
			{http.MethodHead, hal.EventsPath, v2.handleStream(v2.eventsHead)}, // of its own, for it has no stream
		},
		v2.webhookRoutes(),
	)
}

// messagePath is the list as one message. It stands before onePath in the
// table and takes no order's place: an id is a UUID.
const messagePath = "/message"

// onePath is the path of one order. Any text but v1, which is a surface, may
// stand for the id: one that is no UUID is answered like one that is unknown.
// The last word of a path may be editx in any case, as pages of the vendor
// spell it.
const (
	onePath   = "/{id:[^/]|[^/v][^/]|v[^/1]|[^/]{3,}}"
	editxPath = onePath + "/{editx:(?i:editx)}"
)

func (f *front) routes(list, one handler) []route {
	return []route{
		{http.MethodPost, f.Orders, f.handle(f.submit)},
		{http.MethodGet, f.Orders, f.handle(list)},
		{http.MethodHead, f.Orders, f.handle(list)}, // of its own, for it need not read the list
		{http.MethodGet, f.Orders + messagePath, f.handle(f.message)},
		{http.MethodGet, f.Orders + onePath, f.handle(one)},
		{http.MethodGet, f.Orders + editxPath, f.handle(f.editx)},
		{http.MethodGet, f.Orders + editxPath + "/original", f.handle(f.original)},
		{http.MethodGet, f.Orders + onePath + "/response", f.handle(f.response)},
		{http.MethodPost, f.Orders + onePath + "/response", f.handle(f.respond)},
		{http.MethodGet, f.Orders + onePath + "/status-report", f.handle(f.statusReport)},
		{http.MethodPost, f.Orders + onePath + "/cancellation", f.handle(f.cancel)},
		{http.MethodGet, f.Orders + onePath + "/lines/{line}", f.handle(f.line)},
		{http.MethodPost, f.Orders + onePath + "/lines/{line}", f.handle(f.mark)},
		{http.MethodPost, f.Orders + onePath + "/update", f.handle(f.reduce)},
		{http.MethodPost, f.Orders + onePath + "/update/{line}", f.handle(f.reduce)},
	}
}

// front is the API as one surface shows it.
type front struct {
	*API
	hal.Surface
}

func (a *API) front(orders string) *front {
	return &front{API: a, Surface: hal.Surface{Base: a.public, Orders: orders, Zone: a.zone}}
}

// handler answers one request of a known party. It returns an error only
// before it has written anything but headers.
type handler func(w http.ResponseWriter, r *http.Request, by order.Actor) error

// handle asks who is there, then lets h answer.
func (f *front) handle(h handler) http.HandlerFunc {
	return f.open(func(w http.ResponseWriter, r *http.Request) error {
		by, err := f.authenticate(r)
		if err != nil {
			return err
		}
		if err := reqlog.From(r.Context()).Identify(by.Party, by.Name); err != nil {
			return err
		}
		return h(w, r, by)
	})
}

// open serves whoever asks.
func (a *API) open(h func(w http.ResponseWriter, r *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			a.fail(w, r, err)
		}
	}
}

// pathValue is a part of the path as the client meant it: the router may hand
// it on percent-encoded.
func pathValue(r *http.Request, name string) string {
	raw := mux.Vars(r)[name]
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}
