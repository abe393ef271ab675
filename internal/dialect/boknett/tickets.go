package boknett

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// ticketHeader is written to the header map as it stands: a client in the
// field looks for these very letters, and Header.Set would write Boknett-Tgt.
const ticketHeader = "Boknett-TGT"

// login answers POST /v1/tickets: exactly 201, for clients compare it.
func (a *API) login(w http.ResponseWriter, r *http.Request) error {
	sent, err := body.Read(w, r, maxForm)
	if err != nil {
		return err
	}
	attempts, err := readLogin(body.Unmarked(sent))
	if err != nil {
		return err
	}
	rec := reqlog.From(r.Context())
	rec.Actor = a.desk.LogUser(r.Context(), attempts[0].User)
	ticket, err := a.desk.Login(r.Context(), remoteHost(r), attempts...)
	if err != nil {
		a.holdBack(w, r, err)
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
	// holdTime is how long the answer to a throttled login waits. A program that
	// guesses without pause would keep the machine busy with refusals; a person
	// does not notice.
	holdTime = time.Second

	// mostHeld is how many wait at once, of the 4,096 requests that may: beyond it
	// the answer comes at once, so that no flood takes the places of readers.
	mostHeld = 1024
)

// holdBack lets a throttled login wait for its answer, where it holds no place
// among the requests that work.
func (a *API) holdBack(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := w.(parker)
	if !ok || order.CodeOf(err) != "login-throttled" {
		return
	}
	select {
	case a.held <- struct{}{}:
		defer func() { <-a.held }()
	default:
		return
	}
	if p.Park() != nil {
		return
	}
	select {
	case <-time.After(holdTime):
	case <-r.Context().Done():
	}
}

// logout answers DELETE /v1/tickets/{ticket}: 200 also for a ticket that has
// ended, since the client has what it wants.
func (a *API) logout(w http.ResponseWriter, r *http.Request) error {
	err := a.desk.Revoke(r.Context(), pathValue(r, "ticket"))
	if err != nil && order.KindOf(err) != order.NotFound {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	sendNothing(w, http.StatusOK)
	return nil
}

// readLogin gives the pairs that a login body can mean, most likely first.
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
	user, _ := v.get("username")
	password, _ := v.get("password")
	return checkLogin(credentials(user.name(), password.text))
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
