package boknett

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// grantRequest is what a client asks the token service for.
type grantRequest struct {
	grantType, id, secret, audience string
	basic                           bool // the pair came in the Authorization header
}

// grantAnswer is a token as OAuth 2.0 hands it out.
type grantAnswer struct {
	Token string `json:"access_token"`
	Type  string `json:"token_type"`
	Life  int    `json:"expires_in"` // seconds
	Scope string `json:"scope"`
}

// token answers POST /oauth/token with the errors of OAuth 2.0.
func (a *API) token(w http.ResponseWriter, r *http.Request) {
	q, err := readGrant(w, r)
	if err == nil {
		err = a.grant(w, r, q)
	}
	if err != nil {
		a.failGrant(w, r, q, err)
	}
}

func (a *API) grant(w http.ResponseWriter, r *http.Request, q grantRequest) error {
	if err := q.check(); err != nil {
		return err
	}
	reqlog.From(r.Context()).Actor = a.desk.LogClient(r.Context(), q.id)
	g, err := a.desk.Grant(r.Context(), q.id, q.secret, q.audience)
	if err != nil {
		return err
	}
	noStore(w.Header())
	return body.Send(w, http.StatusOK, "application/json", grantAnswer{Token: g.Token, Type: "Bearer", Life: int(g.Life.Seconds()), Scope: "orders"})
}

func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// readGrant reads JSON or a form, whatever the Content-Type says, and lets a
// pair in the Authorization header go before one in the body.
func readGrant(w http.ResponseWriter, r *http.Request) (q grantRequest, err error) {
	sent, err := body.Read(w, r, maxForm)
	if err != nil {
		return q, err
	}
	get := parseForm(string(bytes.TrimSpace(sent))).text
	if bytes.HasPrefix(bytes.TrimSpace(body.Unmarked(sent)), []byte("{")) {
		v, err := parseSecrets(sent)
		if err != nil {
			return q, err
		}
		get = v.textOf
	}
	q = grantRequest{grantType: get("grant_type"), id: cleanName(get("client_id")), secret: get("client_secret"), audience: get("audience")}
	id, secret, ok := r.BasicAuth()
	if !ok {
		return q, nil
	}
	if id = cleanName(decodePart(id)); q.id != "" && q.id != id {
		return q, order.Errorf(order.Malformed, "grant-malformed", "The Authorization header and the body name two different clients.").
			WithHint("Send client_id and client_secret once.")
	}
	q.id, q.secret, q.basic = id, decodePart(secret), true
	return q, nil
}

func (f form) text(name string) string { return f[name] }

// check tells what is missing. The vendor documents 401 for a missing
// attribute.
func (q grantRequest) check() error {
	var missing []string
	for _, part := range []struct{ name, text string }{
		{"grant_type", q.grantType}, {"client_id", q.id}, {"client_secret", q.secret},
	} {
		if part.text == "" {
			missing = append(missing, part.name)
		}
	}
	switch {
	case len(missing) > 0:
		return order.Errorf(order.Unauthenticated, "grant-malformed", "The request has no %s.", strings.Join(missing, ", ")).
			WithHint("Send grant_type=client_credentials, client_id and client_secret as a form or as JSON.")
	case q.grantType != "client_credentials":
		return order.Errorf(order.Malformed, "grant-unsupported", "%s is not given here.", grantName(q.grantType)).
			WithHint("Send grant_type=client_credentials.")
	}
	return nil
}

// grantName says which grant was asked for. A text that is none may be a secret
// in the wrong field, and is not repeated.
func grantName(grant string) string {
	switch grant {
	case "password", "authorization_code", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer",
		"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange":
		return "The grant type " + grant
	}
	return "This grant type"
}

// grantError is a refusal in the form of OAuth 2.0 (RFC 6749, 5.2).
type grantError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	URI         string `json:"error_uri"`
	RequestID   string `json:"requestId"`
}

func (a *API) failGrant(w http.ResponseWriter, r *http.Request, q grantRequest, err error) {
	rec := reqlog.From(r.Context())
	p := problem.Of(err, a.public, rec.ID)
	note(rec, err, p.Code)
	description := p.Detail
	if p.Status == http.StatusUnauthorized {
		description = "Unauthorized: " + description
	}
	if p.Hint != "" && p.Status != http.StatusForbidden {
		description += " " + p.Hint
	}
	h := w.Header()
	noStore(h)
	if p.Status == http.StatusUnauthorized && q.basic {
		h.Set("WWW-Authenticate", `Basic realm="token"`)
	}
	p.SetRetryAfter(h)
	text, _ := body.Encode(grantError{Error: grantWord(p), Description: plainText(description), URI: p.Type, RequestID: p.RequestID})
	sendStatus(w, p.Status, "application/json", text)
}

// grantWord is the error code of OAuth 2.0 for a problem; access_denied is the
// vendor's word for both a wrong pair and a wrong audience.
func grantWord(p problem.Problem) string {
	switch {
	case p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden:
		return "access_denied"
	case p.Code == "grant-unsupported":
		return "unsupported_grant_type"
	case p.Retryable && p.Status < http.StatusInternalServerError || p.Status == http.StatusServiceUnavailable:
		return "temporarily_unavailable"
	case p.Status >= http.StatusInternalServerError:
		return "server_error"
	}
	return "invalid_request"
}

// plainText keeps to the characters that RFC 6749 allows in a description.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < ' ' || r == '\\' || r > '~':
			return '?'
		}
		return r
	}, s)
}
