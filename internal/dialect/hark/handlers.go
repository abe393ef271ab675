package hark

import (
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// keyHeader carries the credential.
const keyHeader = "X-API-KEY"

// post answers a request of any kind, or a list of them. Who asks is found out
// first, so that a stranger learns nothing but that he is one.
func (a *API) post(w http.ResponseWriter, r *http.Request) {
	key, err := a.authenticate(r)
	if err != nil {
		fail(w, r, err)
		return
	}
	members, batch, err := parsePost(w, r)
	if err != nil {
		fail(w, r, err)
		return
	}
	if !batch {
		a.answer(w, r, members[0].graphqlRequest, a.root(key, members[0].sent))
		return
	}
	answers, cost := make([]response, len(members)), &queryCost{}
	for i, m := range members {
		reader := a.root(key, m.sent)
		reader.cost = cost
		if answers[i] = a.run(r, m, reader); reqlog.From(r.Context()).Code == "" {
			reqlog.From(r.Context()).Code = answers[i].code()
		}
	}
	send(w, r, http.StatusOK, mediaType, answers)
}

// get answers queries; a change is never made by an address alone.
func (a *API) get(w http.ResponseWriter, r *http.Request) {
	key, err := a.authenticate(r)
	if err != nil {
		fail(w, r, err)
		return
	}
	q, err := parseGet(r)
	if err != nil {
		fail(w, r, err)
		return
	}
	a.answer(w, r, q, a.root(key, nil))
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
	return key, reqlog.From(r.Context()).Identify(key.Party, key.ID)
}

// answer answers a single request.
func (a *API) answer(w http.ResponseWriter, r *http.Request, q graphqlRequest, reader *root) {
	op, refused := a.prepare(q, reader.cost)
	if len(refused) > 0 {
		answer := response{Errors: refused}
		reqlog.From(r.Context()).Code = answer.code()
		media := accepted(r)
		send(w, r, refusedStatus(media), media, answer)
		return
	}
	if r.Method == http.MethodGet && op.def.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		fail(w, r, errMutationByGet())
		return
	}
	answer := a.execute(r.Context(), op, reader)
	if reqlog.From(r.Context()).Code == "" {
		reqlog.From(r.Context()).Code = answer.code()
	}
	send(w, r, http.StatusOK, accepted(r), answer)
}

// run answers one request of a list.
func (a *API) run(r *http.Request, m member, reader *root) response {
	if m.err != nil {
		return response{Errors: refuse(faultOf(r.Context(), m.err))}
	}
	op, refused := a.prepare(m.graphqlRequest, reader.cost)
	if len(refused) > 0 {
		return response{Errors: refused}
	}
	return a.execute(r.Context(), op, reader)
}

// Refuse writes what the server refuses at this dialect's paths.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) bool {
	fail(w, r, err)
	return true
}

// fail answers a request that is refused as a whole, in the form of every
// other answer.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	f, media := faultOf(r.Context(), err), accepted(r)
	status := f.status
	if status == 0 {
		status = refusedStatus(media)
	}
	f.retry.SetRetryAfter(w.Header())
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", keyHeader+` realm="device orders"`)
	}
	if rec := reqlog.From(r.Context()); rec.Code == "" {
		rec.Code = f.code
	}
	send(w, r, status, media, response{Errors: refuse(f)})
}

func send(w http.ResponseWriter, r *http.Request, status int, media string, answer any) {
	if err := body.Send(w, status, media, answer); err != nil {
		reqlog.From(r.Context()).Failure = err
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}
