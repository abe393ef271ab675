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
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// The run of an attack, and what others are promised meanwhile.
const (
	attackTime  = 8 * time.Second
	probeEvery  = 50 * time.Millisecond
	probeServed = 0.99
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
}

func attacks() map[string]attack {
	logins := []string{"/v1/tickets", "/cas/v1/tickets", "/oauth/token", "/oauth2/token"}
	upload := func(int) string {
		return fmt.Sprintf("POST /v2/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n", uploadBytes)
	}
	return map[string]attack{
		"slow bodies": {connections: 1000, drip: 200 * time.Millisecond, head: func(n int) string {
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
// each way alone, and counts how others are served from another address.
func TestPlacesUnderAttack(t *testing.T) {
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range attacks() {
		t.Run(name, func(t *testing.T) {
			scene, err := harness.NewScene(binary, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			g, err := scene.Start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { g.Kill() })
			head := ""
			if a.party {
				head = "Authorization: Bearer " + tokenOf(t, g.Base, scene.Receiver) + "\r\n"
			}
			token := tokenOf(t, g.Base, scene.Sender)
			stop := make(chan struct{})
			var attackers sync.WaitGroup
			for n := range a.connections {
				attackers.Go(func() { a.keep(strings.TrimPrefix(g.Base, "http://"), a.head(n)+head+"\r\n", stop) })
			}
			served, took := probe(t, g.Base, token)
			usage, err := g.Usage()
			if err != nil {
				t.Fatal(err)
			}
			close(stop)
			g.Kill()
			attackers.Wait()
			slices.Sort(took)
			figures(t, "%d of %d others were served, 99 %% within %s; %d MiB at most",
				served, len(took), took[len(took)*99/100].Round(time.Millisecond), usage.Peak>>20)
			if float64(served) < probeServed*float64(len(took)) {
				t.Errorf("%d of %d others were served", served, len(took))
			}
			if usage.Peak > mostPeak {
				t.Errorf("the server took %d MiB", usage.Peak>>20)
			}
		})
	}
}

// keep holds one connection of the attack until stop.
func (a attack) keep(address, head string, stop <-chan struct{}) {
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
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			io.Copy(io.Discard, bufio.NewReader(conn))
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
	}
}

// probe asks twenty times a second for as long as an attack lasts.
func probe(t *testing.T, base, token string) (served int, took []time.Duration) {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	client := http.Client{Timeout: attackTime, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}
	var mu sync.Mutex
	var asking sync.WaitGroup
	for range int(attackTime / probeEvery) {
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
