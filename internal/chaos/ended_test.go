//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

// endedWithin is when a stream or a poll is late that should have ended with its
// credential. A second is promised; without anybody who looks the next sign of life
// comes after 15, and the end of a poll after 40.
const endedWithin = 8 * time.Second

// opened is what was begun with a credential, and when it ended.
type opened struct {
	what  string
	ended chan time.Time
}

// credential is one of a party of its own, with what ends it.
type credential struct {
	name, token string
	end         func() error
}

// TestEndedCredentials: whatever ends a credential ends the streams and the waiting
// polls that were begun with it, on every replica.
func TestEndedCredentials(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s stage) {
		scene := newScene(t, s.engine)
		all := startAll(t, scene, s.replicas, quiet...)
		defer all.stop()
		var mu sync.Mutex
		most, n := time.Duration(0), 0
		var ways sync.WaitGroup
		for _, c := range credentials(t, scene, all) {
			ways.Go(func() {
				late := endAll(t, all, c)
				mu.Lock()
				defer mu.Unlock()
				for what, took := range late {
					n++
					if took > endedWithin {
						t.Errorf("%s: %s went on for %s", c.name, what, took)
					}
					most = max(most, took)
				}
			})
		}
		ways.Wait()
		figures(t, "%d streams and polls of ended credentials, on %s: the last ended %s after the command", n, s, most.Round(time.Millisecond))
	})
	t.Run("control", func(t *testing.T) {
		scene := plantedScene(t, sqlite, plant.NoLookOut)
		all := startAll(t, scene, 1, quiet...)
		defer all.stop()
		for what, took := range endAll(t, all, credentials(t, scene, all)[0]) {
			if took <= endedWithin {
				t.Errorf("%s ended after %s though it is not looked at; the run proves nothing", what, took)
			}
		}
	})
}

// credentials makes one for each way to end it. The first is ended by a command.
func credentials(t *testing.T, s harness.Scene, all replicas) (list []credential) {
	t.Helper()
	admin := func(args ...string) func() error {
		return func() error { _, err := s.Admin(args...); return err }
	}
	for n, way := range []string{"client logout", "client revoke", "client rotate", "user logout", "user disable", "user remove", "party erase", "logout here"} {
		party := fmt.Sprintf("70450%d", n)
		if _, err := s.Admin("party", "add", party, "--name", "Eksempel "+way); err != nil {
			t.Fatal(err)
		}
		c, words := credential{name: way}, strings.Fields(way)
		if words[0] == "user" {
			user := fmt.Sprintf("kari%d", n)
			if err := s.AddUser(user, party, loginPassword); err != nil {
				t.Fatal(err)
			}
			c.token, c.end = ticketOf(t, all[0].Base, user), admin(words[0], words[1], user)
		} else {
			out, err := s.Admin("client", "add", "--party", party, "--json")
			var made harness.Credentials
			if err == nil {
				err = json.Unmarshal(out, &made)
			}
			if err != nil {
				t.Fatal(err)
			}
			c.token, c.end = tokenOf(t, all[0].Base, made), admin(words[0], words[1], made.ID)
		}
		switch way {
		case "party erase":
			c.end = admin("erase", "party", party, "--yes")
		case "logout here":
			c.end = func() error { return logout(all[0].Base, c.token) }
		}
		list = append(list, c)
	}
	return list
}

func ticketOf(t *testing.T, base, user string) string {
	t.Helper()
	res, err := http.PostForm(base+"/v1/tickets", url.Values{"username": {user}, "password": {loginPassword}})
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("login of %s: %s", user, res.Status)
	}
	return res.Header.Get("Boknett-TGT")
}

func logout(base, token string) error {
	req, err := http.NewRequest(http.MethodDelete, base+"/v1/tickets/"+token, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err == nil {
		res.Body.Close()
	}
	return err
}

// endAll begins a stream and a poll at each replica, ends their credential, and
// returns how much later each ended. One that goes on is given up.
func endAll(t *testing.T, all replicas, c credential) (took map[string]time.Duration) {
	var begun []opened
	for n, g := range all {
		for _, path := range []string{"/v2/events", "/v2/feed?wait=40&after=0"} {
			begun = append(begun, open(t, g.Base+path, c.token, fmt.Sprintf("%s at replica %d", path, n)))
		}
	}
	time.Sleep(time.Second) // until the polls wait
	for _, o := range begun {
		if len(o.ended) > 0 {
			t.Errorf("%s: %s ended before its credential", c.name, o.what)
		}
	}
	if err := c.end(); err != nil {
		t.Errorf("%s: %v", c.name, err)
	}
	at := time.Now()
	took = map[string]time.Duration{}
	for _, o := range begun {
		select {
		case ended := <-o.ended:
			took[o.what] = max(0, ended.Sub(at))
		case <-time.After(time.Until(at.Add(endedWithin + time.Second))):
			took[o.what] = time.Since(at)
		}
	}
	return took
}

// open begins a request and reads it to its end.
func open(t *testing.T, url, token, what string) opened {
	o := opened{what, make(chan time.Time, 1)}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	go func() {
		res, err := http.DefaultTransport.RoundTrip(req)
		if err == nil {
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		o.ended <- time.Now()
		switch {
		case err == nil && res.StatusCode != http.StatusOK && res.StatusCode != http.StatusUnauthorized: // a poll is refused at its end
			t.Errorf("%s: %s", what, res.Status)
		case err != nil && req.Context().Err() == nil:
			t.Errorf("%s: %v", what, err)
		}
	}()
	return o
}
