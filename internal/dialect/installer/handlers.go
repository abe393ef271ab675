package installer

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// handle finds out who asks, and lets do answer if the key allows it.
func (a *API) handle(permission string, do func(http.ResponseWriter, *http.Request, caller) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		key, err := a.auth.KeyRequest(r, auth.Bearer, Source)
		by := caller{key}
		if err == nil && !by.May(permission) {
			err = order.Errorf(order.Forbidden, "permission-missing", "This key does not have the permission %s.",
				permission).
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

// create answers POST /api/v1/order. When it has answered 201, the order is
// stored permanently.
func (a *API) create(w http.ResponseWriter, r *http.Request, by caller) error {
	sent, err := readBody(w, r)
	if err != nil {
		return err
	}
	in, err := readOrder(sent, a.phones)
	if err != nil {
		return err
	}
	id, err := a.submit(r.Context(), by, in, sent)
	if err != nil {
		return err
	}
	reqlog.From(r.Context()).Order = id
	return send(w, http.StatusCreated, created{ID: id, Value: id, OrderID: id, DisplayID: displayID(id)})
}

// readBody reads the request of a new order, byte for byte.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := httpjson.CheckType(r.Header.Get("Content-Type"), "an order"); err != nil {
		return nil, err
	}
	return httpjson.Read(w, r, maxBody)
}

// show answers GET /api/v1/order/{id}.
func (a *API) show(w http.ResponseWriter, r *http.Request, by caller) error {
	id, ok := order.ParseID(mux.Vars(r)["id"])
	if !ok {
		return errOrderNotFound()
	}
	o, err := a.exchange.Sent(r.Context(), by.Party, by.source(), id)
	if order.KindOf(err) == order.NotFound {
		return errOrderNotFound()
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
func (a *API) list(w http.ResponseWriter, r *http.Request, by caller) error {
	asked, err := httpjson.Query(r.URL.RawQuery)
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

// readFilter reads the query of a list. Parameters that are not known are left
// alone.
func readFilter(values url.Values) (filter, error) {
	q := &query{Values: values}
	page := q.number("page", 0, maxPages, 0)
	f := filter{limit: q.number("pageSize", 1, maxPageSize, defaultPageSize), oldest: q.oldest(),
		key: q.Get("idempotencyKey"), status: q.status()}
	f.offset = page * f.limit
	f.text, f.name = q.text()
	q.single("page", "pageSize", "direction", "idempotencyKey", "status", "q", "phrase")
	if len(q.bad) == 0 {
		return f, nil
	}
	e := order.Errorf(order.Invalid, codeQuery, "The list cannot be made because of %d of its parameters.",
		len(q.bad)).WithHint("Correct what is listed under details.")
	e.Fields = q.bad
	return f, e
}

// find returns a page of the orders of a key, and the count of all that match.
func (a *API) find(ctx context.Context, by caller, f filter) ([]order.Order, int64, error) {
	q := order.FindQuery{Sender: by.Party, Source: by.source(), Number: f.key, Text: f.text, Offset: f.offset,
		Limit: f.limit, Oldest: f.oldest}
	if f.name == "" && f.key == "" && f.status == nil {
		return a.exchange.Find(ctx, q)
	}
	return a.scan(ctx, q, f)
}

// send writes an answer.
func send(w http.ResponseWriter, status int, doc any) error {
	return httpjson.Send(w, status, "application/json; charset=utf-8", doc)
}
