package boknett

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// ticketHeader is written to the header map as it stands: a client in the
// field looks for this very spelling, and Header.Set would write Boknett-Tgt.
const ticketHeader = "Boknett-TGT"

// login answers POST /v1/tickets: exactly 201, for clients compare it.
func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	sent, err := httpjson.Read(w, r, maxForm)
	if err != nil {
		return err
	}
	attempts, err := readLogin(httpjson.TrimBOM(sent))
	if err != nil {
		return err
	}
	rec := reqlog.From(r.Context())
	rec.Actor = a.auth.LogUser(r.Context(), attempts[0].User)
	ticket, err := a.auth.Login(r.Context(), remoteHost(r), attempts...)
	if err != nil {
		a.delayThrottled(w, r, err)
		return err
	}
	h := w.Header()
	h[ticketHeader] = []string{ticket}
	h.Set("Location", a.public+"/v1/tickets/"+ticket)
	h.Set("Cache-Control", "no-store")
	sendNothing(w, http.StatusCreated)
	return nil
}

// The limits of throttled logins that are held back.
const (
	// loginWait is how long the answer to a throttled login waits. A program that
	// guesses without pause would keep the machine busy with refusals; a person
	// does not notice.
	loginWait = time.Second

	// maxWaitingLogins is how many wait at once, of the 4,096 requests that may: beyond it
	// the answer comes at once, so that no flood takes the places of readers.
	maxWaitingLogins = 1024
)

// delayThrottled lets a throttled login wait for its answer, where it holds no place
// among the requests that work.
func (a *API) delayThrottled(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := w.(waiter)
	if !ok || order.CodeOf(err) != "login-throttled" {
		return
	}
	select {
	case a.waitingLogins <- struct{}{}:
		defer func() { <-a.waitingLogins }()
	default:
		return
	}
	if p.WaitSlot() != nil {
		return
	}
	select {
	case <-time.After(loginWait):
	case <-r.Context().Done():
	}
}

// logout answers DELETE /v1/tickets/{ticket}: 200 also for a ticket that has
// ended, since the client has what it wants.
func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	err := a.auth.Revoke(r.Context(), pathValue(r, "ticket"))
	if err != nil && order.KindOf(err) != order.NotFound {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	sendNothing(w, http.StatusOK)
	return nil
}

// readLogin returns the pairs that a login body can mean, most likely first.
func readLogin(body []byte) ([]auth.Credentials, error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return readJSONLogin(body)
	}
	f := parseForm(string(bytes.TrimSpace(body)))
	c := credentials(f["username"], f["password"])
	raw, ok := rawLogin(string(body))
	if raw = credentials(raw.User, raw.Password); ok && raw.User != "" && raw.Password != "" && raw != c {
		if c.User == "" || c.Password == "" {
			return []auth.Credentials{raw}, nil
		}
		return []auth.Credentials{c, raw}, nil
	}
	return checkLogin(c)
}

func readJSONLogin(body []byte) ([]auth.Credentials, error) {
	v, err := parseSecrets(body)
	if err != nil {
		return nil, err
	}
	user := v.Get("username")
	password := v.Get("password")
	return checkLogin(credentials(nameOf(user), password.Text()))
}

func checkLogin(c auth.Credentials) ([]auth.Credentials, error) {
	missing := ""
	switch {
	case c.User == "" && c.Password == "":
		missing = "username and password"
	case c.User == "":
		missing = "username"
	case c.Password == "":
		missing = "password"
	default:
		return []auth.Credentials{c}, nil
	}
	return nil, order.Errorf(order.Malformed, "login-malformed", "The body has no %s.", missing).
		WithHint("Send the body username=…&password=…, with special characters percent-encoded.")
}

// maxName is how much of a user name or client id is looked up; registered
// ones are shorter. Without a bound a stranger could fill our memory with the
// names that the throttle counts.
const maxName = 256

// credentials cuts and cleans a user name: no store keeps a NUL or broken
// text, and asking for one must not be an error.
func credentials(user, password string) auth.Credentials {
	return auth.Credentials{User: cleanName(user), Password: password}
}

func cleanName(name string) string {
	if len(name) > maxName {
		name = name[:maxName] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), "\x00", "\uFFFD")
}

// remoteHost is the address that asks, for the throttle.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

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
	reqlog.From(r.Context()).Actor = a.auth.LogClient(r.Context(), q.id)
	g, err := a.auth.Grant(r.Context(), q.id, q.secret, q.audience)
	if err != nil {
		return err
	}
	noStore(w.Header())
	return httpjson.Send(w, http.StatusOK, "application/json",
		grantAnswer{Token: g.Token, Type: "Bearer", Life: int(g.Life.Seconds()), Scope: "orders"})
}

func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
}

// readGrant reads JSON or a form, whatever the Content-Type says, and lets a
// pair in the Authorization header go before one in the body.
func readGrant(w http.ResponseWriter, r *http.Request) (q grantRequest, err error) {
	sent, err := httpjson.Read(w, r, maxForm)
	if err != nil {
		return q, err
	}
	get := parseForm(string(bytes.TrimSpace(sent))).text
	if bytes.HasPrefix(bytes.TrimSpace(httpjson.TrimBOM(sent)), []byte("{")) {
		v, err := parseSecrets(sent)
		if err != nil {
			return q, err
		}
		get = func(name string) string { return nameOf(v.Get(name)) }
	}
	q = grantRequest{grantType: get("grant_type"), id: cleanName(get("client_id")), secret: get("client_secret"),
		audience: get("audience")}
	id, secret, ok := r.BasicAuth()
	if !ok {
		return q, nil
	}
	if id = cleanName(decodePart(id)); q.id != "" && q.id != id {
		return q, order.Errorf(order.Malformed, "grant-malformed",
			"The Authorization header and the body name two different clients.").
			WithHint("Send client_id and client_secret once.")
	}
	q.id, q.secret, q.basic = id, decodePart(secret), true
	return q, nil
}

func (f form) text(name string) string { return f[name] }

// check refuses a request that lacks something. The vendor documents 401 for a missing
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
		return order.Errorf(order.Unauthenticated, "grant-malformed", "The request has no %s.",
			strings.Join(missing, ", ")).
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
		"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:ietf:params:oauth:grant-type:device_code",
		"urn:ietf:params:oauth:grant-type:token-exchange":
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
	text, _ := jsontext.Marshal(grantError{Error: grantWord(p), Description: plainText(description), URI: p.Type,
		RequestID: p.RequestID})
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

// rawLogin reads the pair as a client means it that joins key=value& without
// encoding: everything between the two names is the first value, the rest is
// the second, whatever characters are in them.
func rawLogin(body string) (c auth.Credentials, ok bool) {
	const user, password = "username=", "password="
	body = strings.TrimRight(body, "\r\n")
	if rest, found := strings.CutPrefix(body, user); found {
		c.User, c.Password, ok = strings.Cut(rest, "&"+password)
		c.Password = strings.TrimSuffix(c.Password, "&")
		return c, ok
	}
	if rest, found := strings.CutPrefix(body, password); found {
		c.Password, c.User, ok = strings.Cut(rest, "&"+user)
		c.User = strings.TrimSuffix(c.User, "&")
	}
	return c, ok
}
