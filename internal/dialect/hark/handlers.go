package hark

import (
	"net/http"
	"strings"

	graphql "github.com/graph-gophers/graphql-go"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// keyHeader carries the credential.
const keyHeader = "X-API-KEY"

// post answers a request of any kind. Who asks is found out first, so that a
// stranger learns nothing but that he is one.
func (a *API) post(w http.ResponseWriter, r *http.Request) {
	key, err := a.authenticate(r)
	if err != nil {
		fail(w, r, err)
		return
	}
	q, sent, err := readAsk(w, r)
	if err != nil {
		fail(w, r, err)
		return
	}
	a.answer(w, r, q, a.root(key, sent))
}

// get answers queries; a change is never made by an address alone.
func (a *API) get(w http.ResponseWriter, r *http.Request) {
	key, err := a.authenticate(r)
	if err != nil {
		fail(w, r, err)
		return
	}
	q, err := queryAsk(r)
	if err != nil {
		fail(w, r, err)
		return
	}
	reader := a.root(key, nil)
	reader.readOnly = true
	a.answer(w, r, q, reader)
}

// authenticate tells whose key a request has.
func (a *API) authenticate(r *http.Request) (auth.Key, error) {
	values := r.Header.Values(keyHeader)
	if len(values) != 1 || strings.TrimSpace(values[0]) == "" {
		return auth.Key{}, order.Errorf(order.Unauthenticated, "credential-missing", "The request has no %s header, or several.", keyHeader).
			WithHint("Send the API key that you were given in the header %s.", keyHeader)
	}
	key, err := a.desk.CheckKey(r.Context(), Source, strings.TrimSpace(values[0]))
	if err != nil {
		return auth.Key{}, err
	}
	rec := record.Of(r.Context())
	rec.Party, rec.Actor = key.Party, key.ID
	return key, nil
}

func (a *API) answer(w http.ResponseWriter, r *http.Request, q ask, root *root) {
	res, err := a.execute(r.Context(), q, root)
	if err != nil {
		fail(w, r, err)
		return
	}
	if len(res.Errors) > 0 && record.Of(r.Context()).Code == "" {
		code, _ := res.Errors[0].Extensions["code"].(string)
		record.Of(r.Context()).Code = code
	}
	if err := body.Send(w, http.StatusOK, mediaType, res); err != nil {
		fail(w, r, err)
	}
}

// Refuse writes what the server refuses at this dialect's paths.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) bool {
	fail(w, r, err)
	return true
}

// fail answers a request that is refused as a whole, in the form of every
// other answer.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	f := faultOf(r.Context(), err)
	status := f.status
	if status == 0 {
		status = http.StatusOK
	}
	f.retry.SetRetryAfter(w.Header())
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", keyHeader+` realm="device orders"`)
	}
	if err := body.Send(w, status, mediaType, &graphql.Response{Errors: []*queryError{{Message: f.message, Extensions: f.Extensions()}}}); err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}
