package boknett

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

func TestReadLogin(t *testing.T) {
	for body, want := range map[string][]auth.Credentials{
		"username=kari&password=secret":        {{User: "kari", Password: "secret"}},
		"username=k%C3%A5ri&password=a+b":      {{User: "kåri", Password: "a b"}, {User: "k%C3%A5ri", Password: "a+b"}},
		"password=s&username=kari":             {{User: "kari", Password: "s"}},
		"username=kari&password=100%":          {{User: "kari", Password: "100%"}},
		"username=kari&password=p%zz":          {{User: "kari", Password: "p%zz"}},
		"username=kari&password=p%41%zz":       {{User: "kari", Password: "pA%zz"}, {User: "kari", Password: "p%41%zz"}},
		"username=kari&password=a=b":           {{User: "kari", Password: "a=b"}},
		"username=kari&password=a&b&":          {{User: "kari", Password: "a"}, {User: "kari", Password: "a&b"}},
		"username=kari&password=&x&":           {{User: "kari", Password: "&x"}},
		"username=kari&password=s&service=x":   {{User: "kari", Password: "s"}, {User: "kari", Password: "s&service=x"}},
		"x=1&Username=kari&PASSWORD=s":         {{User: "kari", Password: "s"}},
		"username=kari&password=s\r\n":         {{User: "kari", Password: "s"}},
		` {"username":"kari","password":"s+"}`: {{User: "kari", Password: "s+"}},
		"username=a\x00b&password=s":           {{User: "a\uFFFDb", Password: "s"}},
	} {
		got, err := readLogin([]byte(body))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", body, got, err, want)
		}
	}
	for _, body := range []string{"", "username=kari", "password=s", "username=&password=s", "username=kari&password=", "kari:s", "<x/>", `{"username":"kari"}`, `{"username":`, `{"username":1,"password":[]}`} {
		if _, err := readLogin([]byte(body)); order.KindOf(err) != order.Malformed {
			t.Errorf("%q: got %v", body, err)
		}
	}
}

// FuzzLogin: a pair that is encoded right is read right, and nothing else
// makes a name that no store could be asked for.
func FuzzLogin(f *testing.F) {
	f.Add("kari", goodPassword, "username=kari&password=p%zz&")
	f.Add("", "", "{}")
	f.Fuzz(func(t *testing.T, user, password, body string) {
		attempts, err := readLogin([]byte(body))
		if err != nil && order.KindOf(err) != order.Malformed || err == nil && (len(attempts) < 1 || len(attempts) > 2) {
			t.Fatalf("%q: %q, %v", body, attempts, err)
		}
		for _, c := range attempts {
			if c.User == "" || c.Password == "" || len(c.User) > 4*maxName || strings.ToValidUTF8(c.User, "") != c.User || strings.Contains(c.User, "\x00") {
				t.Fatalf("%q: %q", body, c)
			}
		}
		if user == "" || password == "" {
			return
		}
		encoded := url.Values{"username": {user}, "password": {password}}.Encode()
		if attempts, err = readLogin([]byte(encoded)); err != nil || attempts[0] != credentials(user, password) {
			t.Fatalf("%q: got %q, %v", encoded, attempts, err)
		}
	})
}

func TestTokenRefusals(t *testing.T) {
	w := newWorld(t)
	client, secret := auth.NewClient(buyer, w.clock.Now())
	check(t, w.db.AddClient(t.Context(), client))
	form := "grant_type=client_credentials&client_id=" + client.ID + "&client_secret="
	basic := func(pair string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
	}
	for name, c := range map[string]struct {
		body, header string
		status       int
		word, says   string
	}{
		"nothing":             {"", "", 401, "access_denied", "no grant_type, client_id, client_secret"},
		"no secret":           {form, "", 401, "access_denied", "no client_secret"},
		"wrong secret":        {form + "bks_wrong", "", 401, "access_denied", "Client id or secret is wrong"},
		"unknown client":      {"grant_type=client_credentials&client_id=unknown&client_secret=x", "", 401, "access_denied", "wrong"},
		"NUL in the client":   {"grant_type=client_credentials&client_id=%00&client_secret=x", "", 401, "access_denied", "wrong"},
		"Basic, wrong secret": {"grant_type=client_credentials", basic(client.ID + ":x"), 401, "access_denied", "wrong"},
		"two clients":         {form + secret, basic("other:" + secret), 400, "invalid_request", "two different clients"},
		"password grant":      {strings.Replace(form, "client_credentials", "password", 1) + secret, "", 400, "unsupported_grant_type", "password"},
		"other audience":      {form + secret + "&audience=https://api.bokbasen.io/metadata/", "", 403, "access_denied", "Service not enabled within domain: https://api.bokbasen.io/metadata/"},
		"broken JSON":         {`{"grant_type":`, "", 400, "invalid_request", "JSON"},
		"duplicate key":       {`{"grant_type":"a","grant_type":"b"}`, "", 400, "invalid_request", "twice"},
		"JSON of other types": {`{"grant_type":1,"client_id":[],"client_secret":{}}`, "", 401, "access_denied", "no client_id, client_secret"},
		"too large":           {strings.Repeat("x", maxForm+1), "", 413, "invalid_request", "16 KiB"},
		"compressed":          {"x", "Content-Encoding: br", 415, "invalid_request", "'br'"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t)
			a := w.post("", "/oauth/token", c.body, c.header).want(t, c.status)
			var got grantError
			check(t, json.Unmarshal([]byte(a.body), &got))
			if got.Error != c.word || !strings.Contains(got.Description, c.says) || got.RequestID == "" || !strings.HasPrefix(got.URI, public+"/problems/") {
				t.Errorf("got %+v, want %s with %q", got, c.word, c.says)
			}
			if a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", a.Header)
			}
			if challenge := a.Header.Get("WWW-Authenticate"); strings.HasPrefix(c.header, "Authorization") && c.status == 401 && challenge == "" {
				t.Error("a client that used Basic is not challenged")
			}
			if strings.ContainsFunc(got.Description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
				t.Errorf("RFC 6749 does not allow every character of %q", got.Description)
			}
		})
	}
	w.get("", "/oauth/token").problem(t, http.StatusMethodNotAllowed, "method-not-allowed")
}

// parking is a writer of a server, which counts how often it was parked.
type parking struct {
	*httptest.ResponseRecorder
	parked int
	full   bool
}

func (p *parking) WaitSlot() error {
	p.parked++
	if p.full {
		return order.Errorf(order.Unavailable, "waiting-full", "Full.")
	}
	return nil
}

// TestThrottledLoginIsHeldBack in a place among those that wait, and only it.
func TestThrottledLoginIsHeldBack(t *testing.T) {
	throttled := order.Errorf(order.TooMany, "login-throttled", "Too many wrong passwords.")
	for name, c := range map[string]struct {
		err        error
		full, busy bool
		held       bool
	}{
		"throttled":           {throttled, false, false, true},
		"no place to wait":    {throttled, true, false, false},
		"as many held as may": {throttled, false, true, false},
		"a wrong password":    {order.Errorf(order.Malformed, "credentials-wrong", "Wrong."), false, false, false},
		"too many at once":    {order.Errorf(order.Unavailable, "login-busy", "Busy."), false, false, false},
	} {
		a := &API{waitingLogins: make(chan struct{}, 1)}
		if c.busy {
			a.waitingLogins <- struct{}{}
		}
		w := &parking{ResponseRecorder: httptest.NewRecorder(), full: c.full}
		start := time.Now()
		a.delayThrottled(w, httptest.NewRequest(http.MethodPost, "/v1/tickets", nil), c.err)
		if took := time.Since(start); (took >= loginWait) != c.held {
			t.Errorf("%s: took %s", name, took)
		}
		if !c.busy && len(a.waitingLogins) != 0 {
			t.Errorf("%s: its place is not given back", name)
		}
	}
}
