package installer

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// handle finds out who asks, and lets do answer if the key allows it.
func (a *API) handle(permission string, do func(http.ResponseWriter, *http.Request, asker) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, err := a.authenticate(r)
		if err == nil && !by.May(permission) {
			err = order.Errorf(order.Forbidden, "permission-missing", "This key does not have the permission %s.", permission).
				WithHint("Ask the operator of the exchange for a key that has it.")
		}
		if err == nil {
			err = do(w, r, by)
		}
		if err != nil {
			fail(w, r, err)
		}
	}
}

// authenticate tells whose key a request has.
func (a *API) authenticate(r *http.Request) (asker, error) {
	text, err := auth.Bearer(r.Header)
	if err != nil {
		return asker{}, err
	}
	key, err := a.desk.CheckKey(r.Context(), Source, text)
	if err != nil {
		return asker{}, err
	}
	return asker{key}, reqlog.From(r.Context()).Identify(key.Party, key.ID)
}

// create answers POST /api/v1/order. When it has answered 201, the order is
// kept for ever.
func (a *API) create(w http.ResponseWriter, r *http.Request, by asker) error {
	sent, err := readBody(w, r)
	if err != nil {
		return err
	}
	in, err := readOrder(sent, a.phones)
	if err != nil {
		return err
	}
	id, err := a.place(r.Context(), by, in, sent)
	if err != nil {
		return err
	}
	reqlog.From(r.Context()).Order = id
	return send(w, http.StatusCreated, created{ID: id, Value: id, OrderID: id, DisplayID: displayID(id)})
}

// show answers GET /api/v1/order/{id}.
func (a *API) show(w http.ResponseWriter, r *http.Request, by asker) error {
	id, ok := order.ParseID(mux.Vars(r)["id"])
	if !ok {
		return errNoOrder()
	}
	o, err := a.exchange.Sent(r.Context(), by.Party, by.source(), id)
	if order.KindOf(err) == order.NotFound {
		return errNoOrder()
	}
	if err != nil {
		return err
	}
	reqlog.From(r.Context()).Order = id
	shown, err := a.shown(r.Context(), by, &o)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, shown)
}

// list answers GET /api/v1/order.
func (a *API) list(w http.ResponseWriter, r *http.Request, by asker) error {
	asked, err := body.Query(r.URL.RawQuery)
	if err != nil {
		return err
	}
	f, err := readFilter(asked)
	if err != nil {
		return err
	}
	orders, count, err := a.find(r.Context(), by, f)
	if err != nil {
		return err
	}
	values, err := a.values(r.Context(), by, orders)
	if err != nil {
		return err
	}
	return send(w, http.StatusOK, page{Values: values, Count: count})
}

// send writes an answer.
func send(w http.ResponseWriter, status int, doc any) error {
	return body.Send(w, status, "application/json; charset=utf-8", doc)
}
