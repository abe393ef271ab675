package client_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// issuer is a server that counts its tickets and knows the last one only.
type issuer struct {
	logins, calls atomic.Int32
	mu            sync.Mutex
	good          string
	deaf          bool // refuses every ticket
}

func (s *issuer) login(rw http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("username") != "shop" || r.PostFormValue("password") != password {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good = "TGT-" + strings.Repeat("i", int(s.logins.Add(1)))
	rw.Header()["Boknett-TGT"] = []string{s.good}
	rw.WriteHeader(http.StatusCreated)
}

func (s *issuer) rest(rw http.ResponseWriter, r *http.Request) {
	s.calls.Add(1)
	s.mu.Lock()
	good := s.good
	s.mu.Unlock()
	if _, err := http.ParseTime(r.Header.Get("Date")); s.deaf || err != nil || r.Header.Get("Authorization") != "Boknett "+good {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	io.WriteString(rw, emptyList)
}

// TestTicketIsReused logs in once, passes on the ticket, and uses one that is handed
// in without logging in.
func TestTicketIsReused(t *testing.T) {
	s := &issuer{}
	url := scripted(t, s.login, s.rest)
	var issued client.Ticket
	c := newClient(t, url, func(cc *client.Config) { cc.OnTicket = func(t client.Ticket) { issued = t } })
	check(t, list(t, c))
	check(t, list(t, c))
	if s.logins.Load() != 1 || issued.Value != "TGT-i" || time.Since(issued.Issued).Abs() > time.Minute {
		t.Errorf("%d logins, ticket %+v", s.logins.Load(), issued)
	}
	check(t, list(t, newClient(t, url, func(cc *client.Config) { cc.Password, cc.Ticket = "", issued })))
	if s.logins.Load() != 1 {
		t.Error("a ticket that was handed in was not used")
	}
}

// TestTicketIsRenewed moves the clock to both sides of the renewal.
func TestTicketIsRenewed(t *testing.T) {
	s := &issuer{}
	url := scripted(t, s.login, s.rest)
	now := time.Now()
	c := newClient(t, url, func(cc *client.Config) { cc.Now = func() time.Time { return now } })
	for _, step := range []struct {
		age    time.Duration
		logins int32
	}{{0, 1}, {109 * time.Minute, 1}, {2 * time.Minute, 2}, {-time.Hour, 3}} {
		now = now.Add(step.age)
		check(t, list(t, c))
		if got := s.logins.Load(); got != step.logins {
			t.Errorf("after %s: %d logins, want %d", step.age, got, step.logins)
		}
	}
}

// TestRefusedTicket is replaced once, by one login however many callers meet
// it.
func TestRefusedTicket(t *testing.T) {
	s := &issuer{}
	url := scripted(t, s.login, s.rest)
	c := newClient(t, url)
	check(t, list(t, c))
	s.mu.Lock()
	s.good = "TGT-other"
	s.mu.Unlock()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := list(t, c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s.logins.Load() != 2 {
		t.Errorf("%d logins, want 2", s.logins.Load())
	}
}

// TestRefusedForEver must not go round.
func TestRefusedForEver(t *testing.T) {
	s := &issuer{deaf: true}
	url := scripted(t, s.login, s.rest)
	err := list(t, newClient(t, url))
	want(t, err, order.Unauthenticated, "not-bookgate")
	if s.logins.Load() != 2 || s.calls.Load() != 2 {
		t.Errorf("%d logins and %d calls, want 2 and 2", s.logins.Load(), s.calls.Load())
	}
}

// TestNoPassword explains itself when the ticket has ended.
func TestNoPassword(t *testing.T) {
	s := &issuer{}
	url := scripted(t, s.login, s.rest)
	for name, c := range map[string]struct {
		ticket client.Ticket
		words  string
	}{
		"none":    {client.Ticket{}, "There is no ticket"},
		"ended":   {client.Ticket{Value: "TGT-x", Issued: time.Now().Add(-3 * time.Hour)}, "ended " + time.Now().Add(-time.Hour).Format("2006-01-02")},
		"revoked": {client.Ticket{Value: "TGT-x", Issued: time.Now()}, "is no longer taken"},
	} {
		t.Run(name, func(t *testing.T) {
			err := list(t, newClient(t, url, func(cc *client.Config) { cc.Password, cc.Ticket = "", c.ticket }))
			want(t, err, order.Unauthenticated, "not-logged-in")
			var e *order.Error
			if !asError(err, &e) || !strings.Contains(e.Hint, c.words) || !strings.Contains(e.Hint, "bookgate login "+url+" --user shop") {
				t.Errorf("hint %q", e.Hint)
			}
		})
	}
	if s.logins.Load() != 0 {
		t.Error("logged in without a password")
	}
}

// TestWrongPassword is a refusal of the person, whatever the status says, and
// repeats no password.
func TestWrongPassword(t *testing.T) {
	w := newWorld(t)
	for name, url := range map[string]string{"ours": w.url, "silent": scripted(t, (&issuer{}).login, silent)} {
		err := newClient(t, url, func(c *client.Config) { c.Password = "wrong-secret" }).Login(t.Context())
		want(t, err, order.Unauthenticated, "credentials-wrong")
		if strings.Contains(err.Error(), "wrong-secret") {
			t.Errorf("%s: %v repeats the password", name, err)
		}
	}
	err := newClient(t, scripted(t, silent, silent)).Login(t.Context())
	want(t, err, order.Unavailable, "not-bookgate")
}

// TestLogout ends the ticket at the server.
func TestLogout(t *testing.T) {
	w := newWorld(t)
	var ticket client.Ticket
	c := w.client("shop", func(cc *client.Config) { cc.OnTicket = func(t client.Ticket) { ticket = t } })
	check(t, c.Login(t.Context()))
	check(t, c.Logout(t.Context()))
	check(t, c.Logout(t.Context()))
	err := list(t, w.client("shop", func(cc *client.Config) { cc.Password, cc.Ticket = "", ticket }))
	want(t, err, order.Unauthenticated, "not-logged-in")
}

// TestParseBase takes what people paste and refuses what would go wrong later.
func TestParseBase(t *testing.T) {
	for in, out := range map[string]string{
		"https://orders.example.no":             "https://orders.example.no",
		" https://orders.example.no/ ":          "https://orders.example.no",
		"https://orders.example.no/orders/":     "https://orders.example.no",
		"http://127.0.0.1:8080":                 "http://127.0.0.1:8080",
		"https://example.no/books/orders":       "https://example.no/books",
		"orders.example.no":                     "",
		"localhost:8080":                        "",
		"ftp://orders.example.no":               "",
		"https://kari:secret@orders.example.no": "",
		"https://orders.example.no/?mode=ALL":   "",
		"https://":                              "",
		"":                                      "",
		"http://a b":                            "",
	} {
		got, err := client.ParseBase(in)
		if got != out || (err == nil) != (out != "") {
			t.Errorf("%q gave %q, %v; want %q", in, got, err, out)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%v repeats a password", err)
		}
	}
}
