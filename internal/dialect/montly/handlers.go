package montly

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// Config is what the API needs. Exchange, Auth, Tariffs and Mailer are required;
// to accept and to decline orders, Exchange and Mailer are enough.
type Config struct {
	Exchange *order.Exchange
	Auth     *auth.Service
	Tariffs  Store
	Mailer   *Mailer

	// Finance is the company that buys what is leased.
	Finance Finance

	// LegalOnly rejects orders of sole traders, who have a personal number.
	LegalOnly bool

	// StrictSums rejects orders whose sums do not add up. Otherwise they are
	// accepted and logged.
	StrictSums bool

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// API serves the dialect. It is safe for use by many goroutines.
type API struct{ config Config }

// New makes the API.
func New(c Config) *API {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Finance.Name == "" {
		c.Finance.Name = defaultFinance
	}
	return &API{c}
}

// Name returns the name of the dialect in the metrics.
func (a *API) Name() string { return Source }

// caller is the shop that calls: the owner of a live or a test key.
type caller struct {
	key    auth.Key
	by     order.Actor
	source string // of its orders; test orders have a source of their own
}

// create accepts a new order. The original does not define the status; the clients
// read the body alone.
func (a *API) create(w http.ResponseWriter, r *http.Request, c caller) error {
	sent, err := httpjson.Read(w, r, maxBody)
	if err != nil {
		return err
	}
	in, err := parse(sent)
	if err != nil {
		return err
	}
	response, err := a.submitLease(r.Context(), c, in, sent)
	if err != nil {
		return err
	}
	return send(w, http.StatusCreated, response)
}

// cancel cancels an order. Real clients send a body, which is ignored.
func (a *API) cancel(w http.ResponseWriter, r *http.Request, c caller) error {
	if err := a.change(r, c, cancel); err != nil {
		return err
	}
	empty(w, http.StatusOK)
	return nil
}

// shipped records when an order was shipped.
func (a *API) shipped(w http.ResponseWriter, r *http.Request, c caller) error {
	sent, err := httpjson.Read(w, r, maxBody)
	if err != nil {
		return err
	}
	at, err := shippedAt(sent, a.config.Now())
	if err != nil {
		return err
	}
	if err := a.change(r, c, shipAt(at)); err != nil {
		return err
	}
	empty(w, http.StatusNoContent)
	return nil
}

// status returns the status of an order.
func (a *API) status(w http.ResponseWriter, r *http.Request, c caller) error {
	o, err := a.findOrder(r, c)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, newStatusResponse(&o))
}

// tariffs returns the tariffs of the shop.
func (a *API) tariffs(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := TariffsOf(r.Context(), a.config.Tariffs, c.by.Party)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, offer{Tariffs: t.wire()})
}

// offer returns the tariffs of the shop and the finance company.
func (a *API) offer(w http.ResponseWriter, r *http.Request, c caller) error {
	t, err := TariffsOf(r.Context(), a.config.Tariffs, c.by.Party)
	if err != nil {
		return err
	}
	f := a.config.Finance
	return send(w, http.StatusOK, offer{Finance: &financeWire{f.Name, f.Logo}, Tariffs: t.wire()})
}

// change applies a rule to the order in the path of a request.
func (a *API) change(r *http.Request, c caller, do rule) error {
	o, err := a.findOrder(r, c)
	if err != nil {
		return err
	}
	_, err = a.config.Exchange.Apply(r.Context(), c.by, o.ID, func(o *order.Order) ([]order.Event, error) {
		return do(o, c.by, a.config.Now())
	})
	return err
}

// findOrder returns the order in the path of a request, of the caller and the mode
// of its key.
func (a *API) findOrder(r *http.Request, c caller) (order.Order, error) {
	number := mux.Vars(r)["orderId"]
	if plain, err := url.PathUnescape(number); err == nil {
		number = plain
	}
	return a.findByNumber(r.Context(), c, number)
}

func (a *API) findByNumber(ctx context.Context, c caller, number string) (order.Order, error) {
	found, _, err := a.config.Exchange.Find(ctx,
		order.FindQuery{Sender: c.by.Party, Source: c.source, Number: number, Limit: 1})
	if err != nil {
		return order.Order{}, fmt.Errorf("find order %s: %w", order.Truncate(number), err)
	}
	if number == "" || len(found) == 0 {
		return order.Order{}, errNoOrder()
	}
	reqlog.From(ctx).Order = found[0].ID
	return found[0], nil
}

// send writes an answer as JSON.
func send(w http.ResponseWriter, status int, v any) error {
	return httpjson.Send(w, status, mediaType, v)
}

// empty answers without a body.
func empty(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", "0")
	}
	w.WriteHeader(status)
}
