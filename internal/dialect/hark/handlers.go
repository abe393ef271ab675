package hark

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
)

// keyHeader carries the credential.
const keyHeader = "X-API-KEY"

// post answers a request of any kind, or a list of them. Who asks is found out
// first, so that a stranger learns nothing but that he is one.
func (a *API) post(w http.ResponseWriter, r *http.Request) {
	key, err := a.auth.KeyRequest(r, auth.KeyHeader(keyHeader), Source)
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
	key, err := a.auth.KeyRequest(r, auth.KeyHeader(keyHeader), Source)
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
	if err := httpjson.Send(w, status, media, answer); err != nil {
		reqlog.From(r.Context()).Failure = err
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// The media types of an answer. mediaType is also what the original request of
// an order is stored as.
const (
	mediaType    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// accepted returns the media type in which a client wants its answer: that of
// GraphQL over HTTP where it is named and nothing is liked better, else JSON, as
// clients expect that are older than the other type.
func accepted(r *http.Request) string {
	best, media := 0.0, mediaType
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			name, parameters, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			if name == "*/*" || name == "application/*" {
				name = mediaType
			}
			if name != mediaType && name != mediaGraphQL {
				continue
			}
			// Of two that are liked as well the one that is named first wins.
			if liked := quality(parameters["q"]); liked > best {
				best, media = liked, name
			}
		}
	}
	return media
}

// quality reads the weight of a media type (RFC 9110, 12.4.2).
func quality(text string) float64 {
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}

// refusedStatus is the status of a request that was read and not executed. In
// JSON it is 200, as clients expect that read the errors from the body; the
// type of GraphQL over HTTP says it in the status as well.
func refusedStatus(media string) int {
	if media == mediaGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
