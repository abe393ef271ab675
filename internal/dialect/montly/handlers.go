package montly

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// shop is who asks: the owner of a key, for trial or in earnest.
type shop struct {
	key    auth.Key
	by     order.Actor
	source string // of its orders; trials have one of their own
}

// create takes a new order. The original says nothing of its status; 201 says
// what happened, and the clients look at the body alone.
func (a *API) create(w http.ResponseWriter, r *http.Request, s shop) error {
	sent, err := body.Read(w, r, maxBody)
	if err != nil {
		return err
	}
	in, err := parse(sent)
	if err != nil {
		return err
	}
	p, err := a.place(r.Context(), s, in, sent)
	if err != nil {
		return err
	}
	return send(w, http.StatusCreated, p)
}

// cancel withdraws an order. Real clients send a body, and nothing is in it.
func (a *API) cancel(w http.ResponseWriter, r *http.Request, s shop) error {
	if err := a.change(r, s, cancel); err != nil {
		return err
	}
	empty(w, http.StatusOK)
	return nil
}

// shipped keeps when an order was sent.
func (a *API) shipped(w http.ResponseWriter, r *http.Request, s shop) error {
	sent, err := body.Read(w, r, maxBody)
	if err != nil {
		return err
	}
	now := a.config.Now()
	at, err := shippedAt(sent, now)
	if err != nil {
		return err
	}
	if err := a.change(r, s, shipAt(at)); err != nil {
		return err
	}
	empty(w, http.StatusNoContent)
	return nil
}

// status tells where an order stands.
func (a *API) status(w http.ResponseWriter, r *http.Request, s shop) error {
	o, err := a.find(r, s)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, standingOf(&o))
}

// tariffs tells what the shop's customers pay.
func (a *API) tariffs(w http.ResponseWriter, r *http.Request, s shop) error {
	t, err := TariffsOf(r.Context(), a.config.Tariffs, s.by.Party)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, offer{Tariffs: t.wire()})
}

// offer tells the same, and whom they pay it to.
func (a *API) offer(w http.ResponseWriter, r *http.Request, s shop) error {
	t, err := TariffsOf(r.Context(), a.config.Tariffs, s.by.Party)
	if err != nil {
		return err
	}
	f := a.config.Finance
	return send(w, http.StatusOK, offer{Finance: &financeWire{f.Name, f.Logo}, Tariffs: t.wire()})
}

// change runs a rule on the order that a request names.
func (a *API) change(r *http.Request, s shop, do rule) error {
	o, err := a.find(r, s)
	if err != nil {
		return err
	}
	_, err = a.config.Exchange.Act(r.Context(), s.by, o.ID, func(o *order.Order) ([]order.Event, error) { return do(o, s.by, a.config.Now()) })
	return err
}

// find gives the order that the path of a request names, of the key's shop and
// mode.
func (a *API) find(r *http.Request, s shop) (order.Order, error) {
	number := mux.Vars(r)["orderId"]
	if plain, err := url.PathUnescape(number); err == nil {
		number = plain
	}
	return a.numbered(r.Context(), s, number)
}

func (a *API) numbered(ctx context.Context, s shop, number string) (order.Order, error) {
	found, _, err := a.config.Exchange.Find(ctx, order.FindQuery{Sender: s.by.Party, Source: s.source, Number: number, Limit: 1})
	if err != nil {
		return order.Order{}, fmt.Errorf("find order %s: %w", order.Cut(number), err)
	}
	if number == "" || len(found) == 0 {
		return order.Order{}, errNoOrder()
	}
	reqlog.From(ctx).Order = found[0].ID
	return found[0], nil
}

// Refuse writes what the server refuses at the paths of the API. People's pages
// are left to the server.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) bool {
	if isPage(r.URL.Path) {
		return false
	}
	fail(w, faultOf(r.Context(), err))
	return true
}

// fail answers a request that is refused.
func fail(w http.ResponseWriter, f *fault) {
	if f.Fields == nil {
		f.Fields = []badField{} // clients go through them without asking whether there are any
	}
	f.retry.SetRetryAfter(w.Header())
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="lease orders"`)
	}
	if err := send(w, f.status, map[string]*fault{"error": f}); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// send writes an answer.
func send(w http.ResponseWriter, status int, v any) error { return body.Send(w, status, mediaType, v) }

// empty answers without a body.
func empty(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", "0")
	}
	w.WriteHeader(status)
}
