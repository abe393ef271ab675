//go:build all

package chaos

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

// knock logs in over a connection of its own, from an address of this machine.
func knock(g *harness.Gateway, from, user, password string) (status int, retry bool, err error) {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 30 * time.Second}
	client := http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}, Timeout: time.Minute}
	res, err := client.PostForm(g.Base+"/v1/tickets", url.Values{"username": {user}, "password": {password}})
	if err != nil {
		return 0, false, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header.Get("Retry-After") != "", nil
}

const loginPassword = "a-password-of-tests"

// withUser is a gateway on which "kari" can log in.
func withUser(t *testing.T) (harness.Scene, *harness.Gateway) {
	t.Helper()
	s := newScene(t, sqlite)
	return s, serveUser(t, s)
}

// serveUser starts a gateway of a scene with that user.
func serveUser(t *testing.T, s harness.Scene) *harness.Gateway {
	t.Helper()
	if err := s.AddUser("kari", harness.Sender, loginPassword); err != nil {
		t.Fatal(err)
	}
	g := start(t, s, "--log-level", "error")
	t.Cleanup(g.Kill)
	return g
}

// loginLimit is how long a true login may take beside a flood: without a queue of
// their own for logins it waited for more than 40 s.
const loginLimit = 20 * time.Second

// What logins side by side may cost: without a bound 64 took 1.2 GiB.
const (
	quickLogins = 64
	mostLogins  = 64 << 20
	tokenChecks = 2000
)

// TestLoginsSideBySideTakeLittleMemory: 64 at once come in, and cost at most
// 64 MiB. The control checks all passwords at once.
func TestLoginsSideBySideTakeLittleMemory(t *testing.T) {
	s := newScene(t, sqlite)
	if more := loginsSideBySide(t, s, serveUser(t, s), quickLogins); more > mostLogins {
		t.Errorf("%d MiB more, want at most %d", more>>20, mostLogins>>20)
	}
	t.Run("control", func(t *testing.T) {
		s := plantedScene(t, sqlite, plant.NoHashLimit)
		if more := loginsSideBySide(t, s, serveUser(t, s), quickLogins); more <= mostLogins {
			t.Errorf("without a bound %d MiB more; the run proves nothing", more>>20)
		}
	})
}

// loginsSideBySide logs in so often at once, again where the server asks for it, and
// returns how much memory that took. Then it uses a token many times.
func loginsSideBySide(t *testing.T, s harness.Scene, g *harness.Gateway, logins int) (more int64) {
	t.Helper()
	before, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	took, again := make([]time.Duration, logins), atomic.Int64{}
	var all sync.WaitGroup
	for n := range logins {
		all.Go(func() {
			begin := time.Now()
			status, retry, err := knock(g, "127.0.0.1", "kari", loginPassword)
			for ; status == http.StatusServiceUnavailable && retry; status, retry, err = knock(g, "127.0.0.1", "kari", loginPassword) {
				again.Add(1)
				time.Sleep(time.Second)
			}
			if status != http.StatusCreated {
				t.Errorf("login: %d, %v", status, err)
			}
			took[n] = time.Since(begin)
		})
	}
	all.Wait()
	whole := time.Since(begin)
	after, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	more = after.Peak - before.Peak
	slices.Sort(took)
	figures(t, "%d logins side by side: %.1f a second, 99 %% within %s, %d asked again; %d MiB more", logins, float64(logins)/whole.Seconds(),
		took[logins*99/100].Round(time.Millisecond), again.Load(), more>>20)
	client := login(t, g, s.Sender)
	checks := make([]time.Duration, tokenChecks)
	for n := range checks {
		begin := time.Now()
		if res, _, err := client.Do(http.MethodHead, "/v2/orders/018f3c2e-0000-7000-8000-000000000002", nil, ""); err != nil || res.StatusCode != http.StatusNotFound {
			t.Fatalf("token check: %v", err)
		}
		checks[n] = time.Since(begin)
	}
	slices.Sort(checks)
	figures(t, "%d requests with a token, over loopback: 99 %% within %s, half within %s", tokenChecks, checks[tokenChecks*99/100].Round(time.Microsecond), checks[tokenChecks/2].Round(time.Microsecond))
	return more
}

// TestLoginFlood: 600 connections log in without pause as users that are not
// there. Other parties are served, and a true user comes in from elsewhere.
func TestLoginFlood(t *testing.T) {
	const flood, asked = 600, 50
	s, g := withUser(t)
	party, err := g.Login(s.Sender)
	if err != nil {
		t.Fatal(err)
	}
	var over atomic.Bool
	var all sync.WaitGroup
	defer func() { over.Store(true); all.Wait() }()
	var counted sync.Map
	for i := range flood {
		all.Go(func() {
			for n := 0; !over.Load(); n++ {
				status, _, err := knock(g, "127.0.0.1", fmt.Sprintf("unknown%d-%d", i, n), "wrong-password")
				if err == nil {
					count, _ := counted.LoadOrStore(status, new(atomic.Int64))
					count.(*atomic.Int64).Add(1)
				}
			}
		})
	}
	time.Sleep(3 * time.Second)
	served := 0
	for range asked {
		if res, _, err := party.Do("GET", "/orders?mode=ALL&fromDate=20260101000000", nil, ""); err == nil && res.StatusCode == http.StatusOK {
			served++
		}
	}
	begin, status := time.Now(), 0
	for range 3 {
		again := false
		if status, again, err = knock(g, "127.0.0.2", "kari", loginPassword); status != http.StatusServiceUnavailable || !again {
			break
		}
		time.Sleep(time.Second)
	}
	took := time.Since(begin)
	counts := map[any]int64{}
	counted.Range(func(status, n any) bool { counts[status] = n.(*atomic.Int64).Load(); return true })
	figures(t, "a flood of logins: %d of %d requests of others served, a true login %d after %.1f s; the flood heard %v", served, asked, status, took.Seconds(), counts)
	if served < asked-1 || status != http.StatusCreated || took > loginLimit {
		t.Errorf("%d of %d requests of others served; a true user's login: %d after %s (%v)", served, asked, status, took, err)
	}
	if counts[http.StatusBadRequest] > 100 {
		t.Errorf("%d guesses were checked", counts[http.StatusBadRequest])
	}
}
