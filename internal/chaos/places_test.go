//go:build all

package chaos

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

// The run of an attack, and what others are promised meanwhile.
const (
	attackTime  = 4 * time.Second
	cutTime     = 10 * time.Second // of an attack whose clients are to be cut
	cutLate     = 3 * time.Second  // later than its limit a client is cut at most; a second on a quiet machine
	probeEvery  = 50 * time.Millisecond
	probeServed = 0.99
	probeWaits  = 30 * time.Second // for an answer; how late it is on a busy machine decides nothing
	bombEvery   = 2 * time.Second  // that a connection throws a large header
	mostPeak    = 320 << 20
	uploadBytes = 5 << 20
)

// attack is what connections of one address, or of one party, do to a server
// with its default settings. Each connection is opened anew when it is cut.
type attack struct {
	connections int
	party       bool // with a valid credential
	head        func(n int) string
	body        int           // bytes that are sent at once
	drip        time.Duration // between single bytes that follow; 0 sends none
	open        bool          // the header has no end
	cut         time.Duration // when a connection ends at last; 0 never
	status      int           // of what is answered; 0 is anything
}

// lasts is how long an attack goes on.
func (a attack) lasts() time.Duration {
	if a.cut > 0 {
		return cutTime
	}
	return attackTime
}

func attacks() map[string]attack {
	logins := []string{"/v1/tickets", "/cas/v1/tickets", "/oauth/token", "/oauth2/token"}
	upload := func(int) string {
		return fmt.Sprintf("POST /v2/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n", uploadBytes)
	}
	return map[string]attack{
		"slow headers": {connections: 1000, drip: 300 * time.Millisecond, open: true, cut: 5 * time.Second, head: func(int) string {
			return "GET /v2/orders HTTP/1.1\r\nHost: x\r\nX-Slow: "
		}},
		"header bombs": {connections: 500, body: 128 << 10, open: true, status: http.StatusRequestHeaderFieldsTooLarge, head: func(int) string {
			return "GET /v2/orders HTTP/1.1\r\nHost: x\r\nX-Large: "
		}},
		"idle connections": {connections: 10_000, status: http.StatusOK, head: func(int) string {
			return "GET /healthz HTTP/1.1\r\nHost: x\r\n"
		}},
		"slow bodies": {connections: 1000, drip: 200 * time.Millisecond, cut: 5 * time.Second, head: func(n int) string {
			return "POST " + logins[n%len(logins)] + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n"
		}},
		"held uploads of strangers": {connections: 128, body: uploadBytes - 10, head: upload},
		"held uploads of a party":   {connections: 128, body: uploadBytes - 10, head: upload, party: true},
		"long polls of a party": {connections: 4096, party: true, head: func(n int) string {
			return "GET " + []string{"/v2/feed?wait=40&after=0", "/v2/events"}[n%2] + " HTTP/1.1\r\nHost: x\r\n"
		}},
	}
}

// TestPlacesUnderAttack lets one address or one party take what places it can,
// each way alone, and counts how others are served from another address. The control
// is a server without time limits.
func TestPlacesUnderAttack(t *testing.T) {
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) {
			got := a.run(t, newScene(t, sqlite), a.lasts())
			got.check(t, a)
		})
	}
	t.Run("control", func(t *testing.T) {
		a := attacks()["slow headers"]
		if got := a.run(t, plantedScene(t, sqlite, plant.NoTimeouts), a.lasts()); got.longest <= a.cut+cutLate {
			t.Errorf("without limits the last slow client was cut after %s; the run proves nothing", got.longest)
		}
	})
}

// outcome is what an attack came to.
type outcome struct {
	served   int             // of others
	took     []time.Duration // by them, in order
	peak     int64           // bytes of the server's memory
	longest  time.Duration   // that a connection of the attack lasted
	statuses map[int]int     // that the attack was answered
}

// check prints what an attack came to, and compares it with what is promised.
func (o outcome) check(t *testing.T, a attack) {
	t.Helper()
	figures(t, "%d of %d others were served, 99 %% within %s; %d MiB at most; the longest of %d connections lasted %s; answered %v",
		o.served, len(o.took), o.took[len(o.took)*99/100].Round(time.Millisecond), o.peak>>20, a.connections, o.longest.Round(time.Millisecond), o.statuses)
	if float64(o.served) < probeServed*float64(len(o.took)) {
		t.Errorf("%d of %d others were served", o.served, len(o.took))
	}
	if o.peak > mostPeak {
		t.Errorf("the server took %d MiB", o.peak>>20)
	}
	if a.cut > 0 && o.longest > a.cut+cutLate {
		t.Errorf("a client was cut after %s, want %s", o.longest, a.cut)
	}
	for status, n := range o.statuses {
		if a.status != 0 && status != a.status {
			t.Errorf("%d were answered %d, want %d", n, status, a.status)
		}
	}
	if a.status != 0 && o.statuses[a.status] == 0 {
		t.Errorf("none was answered %d", a.status)
	}
}

// run attacks a gateway of a scene.
func (a attack) run(t *testing.T, scene harness.Scene, lasts time.Duration) outcome {
	t.Helper()
	raiseDescriptors(t, a.connections)
	g := start(t, scene, "--log-level", "error")
	t.Cleanup(func() { g.Kill() })
	head := ""
	if a.party {
		head = "Authorization: Bearer " + tokenOf(t, g.Base, scene.Receiver) + "\r\n"
	}
	token := tokenOf(t, g.Base, scene.Sender)
	stop, seen := make(chan struct{}), sightings{statuses: map[int]int{}}
	var attackers sync.WaitGroup
	for n := range a.connections {
		text := a.head(n) + head + "\r\n"
		if a.open {
			text = a.head(n)
		}
		attackers.Go(func() { a.keep(strings.TrimPrefix(g.Base, "http://"), text, stop, &seen) })
	}
	o := outcome{}
	o.served, o.took = probe(t, g.Base, token, lasts)
	usage, err := g.Usage()
	if err != nil {
		t.Fatal(err)
	}
	close(stop)
	attackers.Wait()
	g.Kill()
	slices.Sort(o.took)
	o.peak, o.longest, o.statuses = usage.Peak, seen.longest, seen.statuses
	return o
}

// raiseDescriptors lets this process and the gateway have as many connections.
func raiseDescriptors(t *testing.T, connections int) {
	t.Helper()
	const others = 2000
	need := uint64(connections + others)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur >= need {
		return
	}
	limit.Cur, limit.Max = need, max(limit.Max, need)
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatalf("%d connections need more descriptors than there may be: %v; raise ulimit -n", connections, err)
	}
}

// sightings are what the connections of an attack saw.
type sightings struct {
	mu       sync.Mutex
	longest  time.Duration
	statuses map[int]int
}

func (s *sightings) lasted(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.longest = max(s.longest, d)
}

func (s *sightings) answered(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[status]++
}

// keep holds one connection of the attack until stop.
func (a attack) keep(address, head string, stop <-chan struct{}, seen *sightings) {
	ended := func(wait time.Duration) bool {
		select {
		case <-stop:
			return true
		case <-time.After(wait):
			return false
		}
	}
	for !ended(0) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			if ended(probeEvery) {
				return
			}
			continue
		}
		opened, gone := time.Now(), make(chan struct{})
		go func() {
			defer close(gone)
			answer := bufio.NewReaderSize(conn, 512)
			var status int
			if line, err := answer.ReadString('\n'); err == nil {
				fmt.Sscanf(line, "HTTP/1.1 %d", &status)
				seen.answered(status)
			}
			io.Copy(io.Discard, answer)
			seen.lasted(time.Since(opened))
		}()
		_, err = io.WriteString(conn, head+strings.Repeat("x", a.body))
		for err == nil && a.drip > 0 && !ended(a.drip) {
			_, err = conn.Write([]byte("x"))
		}
		select {
		case <-stop:
		case <-gone:
		}
		conn.Close()
		<-gone
		if a.open && a.drip == 0 && ended(bombEvery) {
			return
		}
	}
}

// probe asks twenty times a second for as long as an attack lasts.
func probe(t *testing.T, base, token string, lasts time.Duration) (served int, took []time.Duration) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	client := http.Client{Timeout: probeWaits, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	var mu sync.Mutex
	var asking sync.WaitGroup
	for range int(lasts / probeEvery) {
		asking.Go(func() {
			req, err := http.NewRequest(http.MethodGet, base+"/v2/orders", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+token)
			begun, ok := time.Now(), false
			if res, err := client.Do(req); err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				res.Body.Close()
				ok = err == nil && res.StatusCode == http.StatusOK
			}
			mu.Lock()
			defer mu.Unlock()
			if took = append(took, time.Since(begun)); ok {
				served++
			}
		})
		time.Sleep(probeEvery)
	}
	asking.Wait()
	return served, took
}

// tokenOf fetches an access token.
func tokenOf(t *testing.T, base string, c harness.Credentials) string {
	t.Helper()
	res, err := http.PostForm(base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret}})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var grant struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&grant); err != nil || grant.Token == "" {
		t.Fatalf("no token: %s, %v", res.Status, err)
	}
	return grant.Token
}
