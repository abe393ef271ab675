package auth_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// office is a service over a real store, with a clock that the test moves.
type office struct {
	*auth.Service
	t      *testing.T
	dir    string
	db     *store.DB
	mu     sync.Mutex
	at     time.Time
	client auth.Client
	secret string
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) advance(by time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(by)
}

const (
	user     = "bokhandel"
	password = "æ+50%&=correct"
	address  = "192.0.2.1"
	host     = "login.example.no"
)

func newOffice(t *testing.T) *office {
	t.Helper()
	o := newRealOffice(t, auth.LeastCost().Hash(password))
	o.Hashes(auth.LeastCost())
	return o
}

// newRealOffice is an office whose user has the password with this hash, and
// where an unknown user costs what one does in the program.
func newRealOffice(t *testing.T, phc string) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	ctx := t.Context()
	var err error
	if o.db, err = freshstore.Open(t, store.Open, o.dir, store.Options{Now: o.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.db.Close() })
	o.must(o.db.AddParty(ctx, order.Party{ID: "7045", Name: "Bokhandelen", Scheme: "NBSN"}))
	o.must(o.db.AddUser(ctx, auth.User{Name: user, Party: "7045", Password: phc, Created: o.at}))
	o.client, o.secret = auth.NewClient("7045", o.at)
	o.must(o.db.AddClient(ctx, o.client))
	o.Service = auth.New(o.db, host, o.now)
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) login() string {
	o.t.Helper()
	ticket, err := o.Login(o.t.Context(), address, auth.Credentials{User: user, Password: password})
	o.must(err)
	return ticket
}

func (o *office) grant() string {
	o.t.Helper()
	g, err := o.Grant(o.t.Context(), o.client.ID, o.secret, "")
	o.must(err)
	return g.Token
}

// want checks the kind and code of a refusal.
func want(t *testing.T, err error, kind order.Kind, code string) {
	t.Helper()
	if order.KindOf(err) != kind || order.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestLoginReturnsATicket(t *testing.T) {
	o := newOffice(t)
	ticket := o.login()
	if !regexp.MustCompile(`^TGT-1-[A-Za-z0-9_-]{43}-login\.example\.no$`).MatchString(ticket) {
		t.Errorf("ticket %s", ticket)
	}
	if next := o.login(); !strings.HasPrefix(next, "TGT-2-") || next == ticket {
		t.Errorf("next ticket %s", next)
	}
	who, err := o.Check(t.Context(), ticket)
	if err != nil || who != (order.Actor{Party: "7045", Name: user, Via: "ticket"}) {
		t.Errorf("the ticket is of %+v, %v", who, err)
	}
}

func TestWrongAndUnknownAreOneAnswer(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	var answers []string
	for _, c := range []auth.Credentials{
		{User: user, Password: "wrong"}, {User: "unknown", Password: password}, {User: user}, {User: "", Password: password},
		{User: strings.ToUpper(user), Password: password}, {User: "unknown", Password: "unknown's password"},
		{User: user, Password: strings.Repeat("x", auth.MaxPassword+1)}, {User: "\x00\xff", Password: "x"},
	} {
		_, err := o.Login(ctx, address, c)
		want(t, err, order.Malformed, "credentials-wrong")
		answers = append(answers, err.Error())
	}
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("answers differ: %q, %q", a, answers[0])
		}
	}
	_, err := o.Login(ctx, address)
	want(t, err, order.Malformed, "credentials-wrong")
}

// TestUnknownUserCostsAsMuchWork compares the best of several runs, so that a
// busy machine does not matter.
func TestUnknownUserCostsAsMuchWork(t *testing.T) {
	o := newRealOffice(t, auth.HashPassword(password))
	tries := 0
	took := func(name string) time.Duration {
		start := time.Now()
		o.Login(t.Context(), fmt.Sprint(name, tries), auth.Credentials{User: name, Password: "wrong password"})
		return time.Since(start)
	}
	known, unknown := time.Hour, time.Hour
	apart := func() bool { return unknown < known/2 || known < unknown/2 }
	for tries = range 9 { // fewer than the throttle allows
		if tries > 2 && !apart() {
			break
		}
		known, unknown = min(known, took(user)), min(unknown, took("unknown"))
	}
	if apart() {
		t.Errorf("a known user takes %s, an unknown one %s", known, unknown)
	}
}

func TestSecondSpelling(t *testing.T) {
	o := newOffice(t)
	decoded := auth.Credentials{User: user, Password: "æ 50%&=correct"}
	raw := auth.Credentials{User: user, Password: password}
	if _, err := o.Login(t.Context(), address, decoded, raw); err != nil {
		t.Errorf("the second spelling is refused: %v", err)
	}
	n := 0
	for ; n < 100; n++ {
		if _, err := o.Login(t.Context(), "192.0.2.9", decoded, decoded); order.KindOf(err) == order.TooMany {
			break
		}
	}
	if n != 10 {
		t.Errorf("%d logins of two spellings before the throttle, want 10: two spellings are one attempt", n)
	}
}

func TestThrottledLogin(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	right, wrong := auth.Credentials{User: user, Password: password}, auth.Credentials{User: user, Password: "wrong"}
	o.login()
	var refused error
	for i := range 60 {
		if _, refused = o.Login(ctx, fmt.Sprintf("203.0.113.%d", i), wrong); order.KindOf(refused) == order.TooMany {
			break
		}
	}
	want(t, refused, order.TooMany, "login-throttled")
	_, err := o.Login(ctx, "203.0.113.200", right)
	want(t, err, order.TooMany, "login-throttled")
	if _, err := o.Login(ctx, address, right); err != nil {
		t.Errorf("the true user, where it logged in before: %v", err)
	}
	o.advance(refused.(*order.Error).RetryAfter + time.Millisecond)
	if _, err := o.Login(ctx, "203.0.113.200", right); err != nil {
		t.Errorf("after the waiting time: %v", err)
	}
}

func TestGuessesSideBySideAreNoMoreThanInARow(t *testing.T) {
	o := newOffice(t)
	var mu sync.Mutex
	judged := 0
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			_, err := o.Login(t.Context(), address, auth.Credentials{User: user, Password: "wrong"})
			mu.Lock()
			defer mu.Unlock()
			if order.CodeOf(err) == "credentials-wrong" {
				judged++
			}
		})
	}
	all.Wait()
	if judged < 10 || judged > 12 {
		t.Errorf("%d of 64 guesses side by side were judged, want 10 and at most one more for each slot", judged)
	}
}

func TestManyLoginsHashTwoAtOnce(t *testing.T) {
	o := newRealOffice(t, auth.HashPassword(password))
	var all sync.WaitGroup
	for range fulltest.Rounds(8, 64) {
		all.Go(func() {
			_, err := o.Login(t.Context(), address, auth.Credentials{User: user, Password: password})
			for order.CodeOf(err) == "login-busy" { // on a slow machine the last ones wait for too long
				_, err = o.Login(t.Context(), address, auth.Credentials{User: user, Password: password})
			}
			if err != nil {
				t.Errorf("login: %v", err)
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	most, stacks := 0, make([]byte, 4<<20)
	for {
		select {
		case <-done:
			if most < 1 || most > 2 {
				t.Errorf("%d hashes at once, want 1 or 2", most)
			}
			return
		case <-time.After(5 * time.Millisecond):
			n := runtime.Stack(stacks, true)
			most = max(most, bytes.Count(stacks[:n], []byte("argon2.IDKey(")))
		}
	}
}

func TestLoginWithoutAWaitingClient(t *testing.T) {
	o := newOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Login(ctx, address, auth.Credentials{User: user, Password: password}); err == nil || order.CodeOf(err) == "credentials-wrong" {
		t.Errorf("got %v", err)
	}
}

func TestTicketLivesTwoHoursToTheSecond(t *testing.T) {
	o := newOffice(t)
	ticket := o.login()
	for _, step := range []time.Duration{time.Hour, time.Hour - time.Second, time.Second - time.Microsecond} {
		o.advance(step)
		if _, err := o.Check(t.Context(), ticket); err != nil {
			t.Fatalf("refused before its end: %v", err)
		}
	}
	o.advance(time.Microsecond)
	_, err := o.Check(t.Context(), ticket)
	want(t, err, order.Unauthenticated, "ticket-expired")
	o.advance(4 * time.Minute)
	if _, err = o.Check(t.Context(), ticket); !strings.Contains(err.Error(), "ended 4m0s ago") {
		t.Errorf("message %v", err)
	}
}

func TestTokenHasAMinuteOfGrace(t *testing.T) {
	o := newOffice(t)
	token := o.grant()
	o.advance(auth.TokenLife + auth.Grace - time.Microsecond)
	if who, err := o.Check(t.Context(), token); err != nil || who.Via != "token" || who.Name != o.client.ID || who.Party != "7045" {
		t.Errorf("within the grace: %+v, %v", who, err)
	}
	o.advance(time.Microsecond)
	_, err := o.Check(t.Context(), token)
	want(t, err, order.Unauthenticated, "ticket-expired")
	if !strings.Contains(err.Error(), "/oauth/token") && !strings.Contains(err.(*order.Error).Hint, "/oauth/token") {
		t.Errorf("the refusal does not tell where to go: %v", err)
	}
}

func TestUnknownIsNotExpired(t *testing.T) {
	o := newOffice(t)
	for _, credential := range []string{"", "TGT-1-x-login", "bkt_x", strings.Repeat("x", 10_000), "\x00"} {
		_, err := o.Check(t.Context(), credential)
		want(t, err, order.Unauthenticated, "ticket-unknown")
	}
	for _, e := range []func() string{o.login, o.grant} {
		_, err := o.Check(t.Context(), e()+"x")
		want(t, err, order.Unauthenticated, "ticket-unknown")
	}
}

func TestRevokedTicketIsUnknownAtOnce(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	for _, credential := range []string{o.login(), o.grant()} {
		if _, err := o.Check(ctx, credential); err != nil {
			t.Fatal(err)
		}
		o.must(o.Revoke(ctx, credential))
		_, err := o.Check(ctx, credential)
		want(t, err, order.Unauthenticated, "ticket-unknown")
		want(t, o.Revoke(ctx, credential), order.NotFound, "ticket-not-found")
	}
}

func TestTicketSurvivesARestart(t *testing.T) {
	o := newOffice(t)
	ticket := o.login()
	another := auth.New(o.db, host, o.now)
	if _, err := another.Check(t.Context(), ticket); err != nil {
		t.Errorf("another service refuses the ticket: %v", err)
	}
	o.must(another.Revoke(t.Context(), ticket))
	o.Check(t.Context(), ticket) // may still be remembered here
	o.advance(time.Second)
	_, err := o.Check(t.Context(), ticket)
	want(t, err, order.Unauthenticated, "ticket-unknown")
}

func TestNewPasswordEndsTickets(t *testing.T) {
	o := newOffice(t)
	ticket := o.login()
	o.must(o.db.AddUser(t.Context(), auth.User{Name: user, Party: "7045", Password: auth.LeastCost().Hash("another one"), Created: o.at}))
	_, err := o.Check(t.Context(), ticket)
	want(t, err, order.Unauthenticated, "ticket-unknown")
}

func TestAudience(t *testing.T) {
	o := newOffice(t)
	for audience, taken := range map[string]bool{
		"": true, "orders": true, "https://api.bokbasen.io/orders/": true, "https://api.bokbasen.io/orders": true,
		"https://orders.example.no/orders/": true, "https://api.bokbasen.io/metadata/": false, "metadata": false, "https://api.bokbasen.io/": false,
		"https://api.bokbasen.io/myorders": false,
	} {
		g, err := o.Grant(t.Context(), o.client.ID, o.secret, audience)
		switch {
		case !taken:
			want(t, err, order.Forbidden, "audience")
		case err != nil || g.Life != auth.TokenLife || !strings.HasPrefix(g.Token, "bkt_"):
			t.Errorf("audience %q: %+v, %v", audience, g, err)
		}
	}
}

func TestWrongClient(t *testing.T) {
	o := newOffice(t)
	for _, pair := range [][2]string{{o.client.ID, "bks_wrong"}, {o.client.ID, ""}, {"bkc_nobody", o.secret}, {"", ""}, {o.secret, o.client.ID}} {
		_, err := o.Grant(t.Context(), pair[0], pair[1], "metadata")
		want(t, err, order.Unauthenticated, "client-wrong")
	}
}

// TestOnlyDigestsAreStored looks for every secret in every file of the store.
func TestOnlyDigestsAreStored(t *testing.T) {
	o := newOffice(t)
	ticket, token := o.login(), o.grant()
	var files [][]byte
	o.must(filepath.WalkDir(o.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files = append(files, b)
		return err
	}))
	stored := bytes.Join(files, nil)
	digest := sha256.Sum256([]byte(ticket))
	if !bytes.Contains(stored, digest[:]) || !bytes.Contains(stored, []byte("$argon2id$")) {
		t.Fatal("the files do not hold what they should; the search proves nothing")
	}
	random := strings.TrimSuffix(strings.TrimPrefix(ticket, "TGT-1-"), "-"+host)
	for _, secret := range []string{ticket, random, token, token[4:], o.secret, o.secret[4:], password} {
		if bytes.Contains(stored, []byte(secret)) {
			t.Errorf("the store holds %q", secret)
		}
	}
}

func TestEndedTicketsAreDropped(t *testing.T) {
	o := newOffice(t)
	ticket := o.login()
	o.advance(auth.TicketLife + 24*time.Hour)
	o.must(o.Sweep(t.Context()))
	_, err := o.Check(t.Context(), ticket)
	want(t, err, order.Unauthenticated, "ticket-expired")
	o.advance(time.Second)
	o.must(o.Sweep(t.Context()))
	_, err = o.Check(t.Context(), ticket)
	want(t, err, order.Unauthenticated, "ticket-unknown")
}

func TestSecretsDoNotPrint(t *testing.T) {
	phc := auth.LeastCost().Hash("hush hush")
	client, secret := auth.NewClient("7045", time.Now())
	digest := fmt.Sprint(client.Secret)
	values := []any{
		auth.Credentials{User: user, Password: "hush"}, auth.Grant{Token: "bkt_hush", Life: time.Hour},
		auth.User{Name: user, Party: "7045", Password: phc}, client,
		auth.Ticket{Digest: client.Secret, Kind: auth.KindTicket, Party: "7045", Holder: user},
	}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		for _, v := range values {
			slog.New(h).Info("printed", "value", v)
		}
	}
	for _, v := range values[:2] {
		fmt.Fprintf(&log, "%v %+v %#v %s\n", v, v, v, v)
	}
	if !strings.Contains(log.String(), user) || !strings.Contains(log.String(), "7045") {
		t.Errorf("nothing is printed:\n%s", &log)
	}
	for _, hidden := range []string{"hush", "argon2id", secret, digest, strings.Trim(digest, "[]")} {
		if strings.Contains(log.String(), hidden) {
			t.Errorf("%q is printed:\n%s", hidden, &log)
		}
	}
}

// TestTheLogNamesNoStrangersText types a password where a name belongs.
func TestTheLogNamesNoStrangersText(t *testing.T) {
	o := newOffice(t)
	if got := o.LogUser(t.Context(), user); got != user {
		t.Errorf("a user that exists is logged as %q", got)
	}
	if got := o.LogClient(t.Context(), o.client.ID); got != o.client.ID {
		t.Errorf("a client that exists is logged as %q", got)
	}
	first, again, other := o.LogUser(t.Context(), password), o.LogUser(t.Context(), password), o.LogUser(t.Context(), password+"!")
	if strings.Contains(first, password) || !strings.HasPrefix(first, "unknown-") || first != again || first == other {
		t.Errorf("unknown names are logged as %q, %q and %q", first, again, other)
	}
	if got := o.LogClient(t.Context(), o.secret); strings.Contains(got, o.secret) {
		t.Errorf("a secret in place of an id is logged as %q", got)
	}
	if another := newOffice(t).LogUser(t.Context(), password); another == first {
		t.Error("two processes use the same alias, so that a log can be searched for a password")
	}
}
