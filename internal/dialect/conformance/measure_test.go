//go:build all && plant

package conformance

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/order"
)

// What is a leak: Welch's t over the quicker nine tenths of all samples and the
// difference of the medians, in every one of some rounds and with the same sign.
// A leak lasts, and the noise of a busy machine does not.
const (
	mostT       = 4.5
	mostApart   = 50 * time.Microsecond
	mostRounds  = 5
	sampleShare = 0.9
	settleEvery = 500 // samples between two collections of garbage, in which none happens
	loginPairs  = 200 // of the usual wrong passwords, and otherPairs of the others
	otherPairs  = 60
	mostShare   = 0.03 // of the median, between two logins that are refused

	// roundTime ends a round on a busy machine before all its pairs were asked.
	roundTime = 5 * time.Second
	soakLike  = 10_000 // pairs, each of which in the long form adds as much
)

// measured is a world whose refusals are measured.
type measured struct {
	*world
	between func()            // is called after each pair; nil is nothing
	targets map[string]target // what is asked for, by mode
	others  []target          // of the same sender, as far as they have names
}

// asked is how many pairs are measured of which routes.
func asked(t *testing.T) (pairs int, choice string) {
	t.Helper()
	if n, _ := fmt.Sscanf(os.Getenv(timingVariable), "%d %s", &pairs, &choice); n == 0 {
		t.Fatalf("%s is not set: this is run by TestRefusalsTakeAsLong", timingVariable)
	}
	return pairs, choice
}

// TestMeasureRefusals compares what is not there with what is another party's, on
// every route that is asked for something by its name.
func TestMeasureRefusals(t *testing.T) {
	pairs, choice := asked(t)
	for name, m := range matrices() {
		for _, op := range timedRoutes(m, choice) {
			w := &measured{world: newWorld(t, t.TempDir())}
			w.crowd()
			for _, c := range w.cases(m, op) {
				where := fmt.Sprintf("%s %s %s by %s", name, op.route, op.name, c.probe)
				some := pairs
				if op.probes == nil && c.probe != m.probes[0].name {
					some /= 5 // of those for whom the same rule answers
				}
				w.compare(where, some, c.foreign, c.absent, func(t, apart float64, _ float64) bool {
					return math.Abs(t) < mostT && math.Abs(apart) <= float64(mostApart)
				})
			}
			w.server.Close()
		}
	}
}

// timedRoutes are the operations of a dialect that ask for one thing by its name:
// all of them, or with the choice control those of the control.
func timedRoutes(m matrix, choice string) (some []operation) {
	for _, op := range m.operations {
		timed := op.name == "order" || op.name == "cancelOrder"
		for _, name := range []string{"{id}", "{orderId}", "{endpoint}", "{link}"} {
			timed = timed || strings.Contains(op.route, name)
		}
		if choice == "control" {
			timed = controlRoutes()[op.route]
		}
		if timed {
			some = append(some, op)
		}
	}
	return some
}

// crowd fills the store: others have many orders, endpoints and keys too.
func (w *measured) crowd() {
	w.t.Helper()
	const many = 100
	w.others = nil
	for n := range many {
		by := []order.PartyID{sender, stranger}[n%2]
		o := order.Order{Number: fmt.Sprintf("crowd-%d", n), Buyer: by, Header: order.Header{Purpose: order.Test}, Lines: []order.Line{{Number: 1, Quantity: 1, Status: order.Unprocessed}}}
		receipt, err := w.exchange.Submit(w.t.Context(), order.Actor{Party: by}, o, order.Document{})
		check(w.t, err)
		if by == sender && n%3 == 0 {
			w.others = append(w.others, target{order: order.Order{ID: receipt.ID}})
		}
	}
	for i := range w.others {
		hook := w.want(w.do(call{http.MethodPost, "/v2/webhooks", w.asParty(sender), `{"url": "http://127.0.0.1:9/ordre"}`}), http.StatusCreated)
		w.others[i].endpoint = path.Base(hook.header.Get("Location"))
	}
	w.settle()
}

// pairOf are the calls for what is another party's, and for what is not there.
type pairOf struct {
	probe           string
	foreign, absent []call
}

// cases are the calls of an operation by those for whom a target is not there and
// whose credential is good.
func (w *measured) cases(m matrix, op operation) (all []pairOf) {
	if op.probes != nil {
		m.probes = op.probes
	}
	if m.prepare != nil {
		m.prepare(w.world)
	}
	for _, p := range m.probes {
		if !slices.Contains([]string{"stranger", "receiver of a test order", "test key", "receiver", "invented"}, p.name) || p.name == "invented" && op.probes == nil ||
			p.testOrder && strings.Contains(op.route, "{endpoint}") {
			continue
		}
		mode := auth.ModeLive
		if p.testOrder {
			mode = auth.ModeTest
		}
		all = append(all, w.pair(m, op, p, mode))
	}
	return all
}

// pair makes the calls of one credential. What is not there has names before,
// beside and behind those that are.
func (w *measured) pair(m matrix, op operation, p probe, mode string) pairOf {
	w.t.Helper()
	at := w.timedTarget(m, op, mode)
	c := pairOf{probe: p.name}
	for n := range 4 {
		if n > 0 && m.client.name == "boknett" && !strings.Contains(op.route, "{link}") {
			at.order.ID, at.endpoint = w.others[n].order.ID, w.others[n].endpoint
		}
		c.foreign = append(c.foreign, w.made(p, op, at))
		none := nothing(m.client)
		none.order.Number = fmt.Sprintf("%s%d", at.order.Number[:len(at.order.Number)-1], (int(at.order.Number[len(at.order.Number)-1])-'0'+n+2)%10)
		switch n {
		case 1:
			none.order.ID, none.delivery = order.NewID(time.Now().Add(time.Hour)), "msg_"+string(order.NewID(time.Now()))
		case 2:
			none.order.ID, none.delivery = "f47ac10b-58cc-4372-a567-0e02b2c3d479", "msg_f47ac10b-58cc-4372-a567-0e02b2c3d479"
		case 3:
			none.order.ID, none.delivery = order.ID(nextTo(string(at.order.ID))), nextTo(at.delivery)
		}
		none.order.Lines, none.response = at.order.Lines, at.response
		if op.ask == nil && strings.Contains(op.route, "{link}") && len(none.delivery) != len(at.delivery) {
			continue
		}
		c.absent = append(c.absent, w.made(p, op, none))
	}
	return c
}

// timedTarget is a target of its own for each mode.
func (w *measured) timedTarget(m matrix, op operation, mode string) target {
	key := "target " + mode
	if _, ok := w.targets[key]; !ok {
		if w.targets == nil {
			w.targets = map[string]target{}
		}
		w.targets[key] = w.target(m.client, mode, op.ready)
	}
	return w.targets[key]
}

// nextTo is a name beside another.
func nextTo(name string) string {
	last := byte('0')
	if name[len(name)-1] == last {
		last = '1'
	}
	return name[:len(name)-1] + string(last)
}

// made is the call that a probe makes.
func (w *measured) made(p probe, op operation, at target) (made call) {
	w.instead = func(c call) answer { made = c; return answer{} }
	defer func() { w.instead = nil }()
	p.ask(w.world, op, at)
	return made
}

// sample is how long a call took.
type sample struct {
	second bool
	took   time.Duration
}

// compare measures two kinds of call until a round says that they take as long.
func (w *measured) compare(where string, pairs int, first, second []call, alike func(t, apart, median float64) bool) {
	w.t.Helper()
	h := server.New(server.Config{Public: public, Version: "test", Dialects: w.dialects}).Handler()
	signs := 0.0
	for round := 1; ; round++ {
		samples := w.measure(h, pairs, first, second)
		t, apart, median := welch(samples)
		if alike(t, apart, median) || round > 1 && math.Signbit(signs) != math.Signbit(t) {
			fmt.Printf("%s: t %.1f, medians %.1f µs apart of %.0f µs, %d pairs, round %d\n", where, t, apart/1e3, median/1e3, len(samples)/2, round)
			return
		}
		if signs = t; round == mostRounds {
			w.t.Errorf("LEAK %s: t %.1f, medians %.1f µs apart of %.0f µs, %d pairs", where, t, apart/1e3, median/1e3, len(samples)/2)
			return
		}
	}
}

// measure calls both in an order of chance, in turn from the lists.
func (w *measured) measure(h http.Handler, pairs int, first, second []call) (samples []sample) {
	w.t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	ask := func(list []call, n int, is bool) (int, string) {
		c := list[n%len(list)]
		r := httptest.NewRequest(c.method, public+c.path, strings.NewReader(c.body))
		for _, line := range c.header {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Add(name, value)
		}
		rec := httptest.NewRecorder()
		rec.Body = &bytes.Buffer{}
		begun := time.Now()
		h.ServeHTTP(rec, r)
		samples = append(samples, sample{is, time.Since(begun)})
		return rec.Code, rec.Body.String()
	}
	end := time.Now().Add(roundTime * time.Duration(1+pairs/soakLike))
	for n := range pairs {
		if n%settleEvery == 0 {
			runtime.GC()
		}
		if enough := n >= settleEvery || w.between != nil && n >= otherPairs; enough && time.Now().After(end) {
			return samples
		}
		swap := rand.IntN(2) == 0
		one, other := first, second
		if swap {
			one, other = second, first
		}
		status, text := ask(one, n, swap)
		if again, words := ask(other, n, !swap); again != status {
			w.t.Fatalf("%s %s: status %d and %d\n%s\n%s", first[0].method, first[0].path, status, again, text, words)
		}
		if w.between != nil {
			w.between()
		}
	}
	return samples
}

// welch returns t of the difference between the second kind and the first, over
// the samples that are quicker than nine tenths of all, how far the medians are
// apart in nanoseconds, and the median of all.
func welch(samples []sample) (t, apart, median float64) {
	all := make([]float64, len(samples))
	for i, s := range samples {
		all[i] = float64(s.took)
	}
	slices.Sort(all)
	crop := all[int(float64(len(all)-1)*sampleShare)]
	var of [2][]float64
	for _, s := range samples {
		if v := float64(s.took); v <= crop {
			kind := 0
			if s.second {
				kind = 1
			}
			of[kind] = append(of[kind], v)
		}
	}
	mean, spread, middle := [2]float64{}, [2]float64{}, [2]float64{}
	for k, values := range of {
		for _, v := range values {
			mean[k] += v / float64(len(values))
		}
		for _, v := range values {
			spread[k] += (v - mean[k]) * (v - mean[k]) / float64(len(values)-1)
		}
		slices.Sort(values)
		middle[k] = values[len(values)/2]
	}
	t = (mean[1] - mean[0]) / math.Sqrt(spread[0]/float64(len(of[0]))+spread[1]/float64(len(of[1])))
	return t, middle[1] - middle[0], all[len(all)/2]
}

// TestMeasureLogins compares the logins that are refused: whether there is such a
// user, client or key shows in no time.
func TestMeasureLogins(t *testing.T) {
	pairs, choice := asked(t)
	if choice == "control" {
		return
	}
	w := &measured{world: newWorld(t, t.TempDir())}
	check(t, w.db.AddUser(t.Context(), auth.User{Name: "kari", Party: sender, Password: auth.HashPassword("hemmelig-1"), Created: w.now()}))
	check(t, w.db.AddUser(t.Context(), auth.User{Name: "olav", Party: sender, Password: auth.HashPassword("hemmelig-1"), Created: w.now()}))
	_, err := w.db.DisableUser(t.Context(), "olav", w.now())
	check(t, err)
	login := func(user, password string) []call {
		return []call{{http.MethodPost, "/v1/tickets", []string{"Content-Type: application/x-www-form-urlencoded"}, "username=" + user + "&password=" + password}}
	}
	w.between = func() { w.at.Add((time.Hour).Microseconds()) } // all guesses are free again
	w.compare("login: unknown user, wrong password", max(loginPairs, pairs/100), login("karl", "hemmelig-2"), login("kari", "hemmelig-2"), alikeInShare)
	others := max(otherPairs, pairs/100)
	w.compare("login: unknown user, disabled user", others, login("karl", "hemmelig-2"), login("olav", "hemmelig-2"), alikeInShare)
	w.between = nil
	long := strings.Repeat("x", auth.MaxPassword+1)
	w.want(w.do(login("kari", "hemmelig-1")[0]), http.StatusCreated) // knows the address from here on
	w.between = func() { w.at.Add((time.Hour).Microseconds()) }
	w.compare("login: unknown user, wrong password where the user is known", others, login("karl", "hemmelig-2"), login("kari", "hemmelig-2"), alikeInShare)
	w.compare("login: unknown user, endless password", others, login("karl", long), login("olav", long), alikeInShare)
	w.between = nil
	w.measureClients(pairs)
	w.measureKeys(pairs)
}

// alikeInShare is for logins: how far the medians are apart, as a part of them, where
// that is no chance.
func alikeInShare(t, apart, median float64) bool {
	return math.Abs(t) < mostT || math.Abs(apart) <= mostShare*median
}

// measureClients compares the ids of clients with a wrong secret.
func (w *measured) measureClients(pairs int) {
	w.t.Helper()
	for range 20 {
		c, _ := auth.NewClient(sender, w.now())
		check(w.t, w.db.AddClient(w.t.Context(), c))
	}
	one, secret := auth.NewClient(sender, w.now())
	ended, _ := auth.NewClient(sender, w.now())
	none, _ := auth.NewClient(sender, w.now())
	for _, c := range []auth.Client{one, ended} {
		check(w.t, w.db.AddClient(w.t.Context(), c))
	}
	_, err := w.db.RevokeClient(w.t.Context(), ended.ID, w.now())
	check(w.t, err)
	grant := func(id, secret string) []call {
		return []call{{http.MethodPost, "/oauth/token", []string{"Content-Type: application/x-www-form-urlencoded"},
			"grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret}}
	}
	wrong := nextTo(secret)
	w.compare("client: unknown id, wrong secret", pairs, grant(none.ID, wrong), grant(one.ID, wrong), alikeInShare)
	w.compare("client: unknown id, revoked", pairs, grant(none.ID, wrong), grant(ended.ID, wrong), alikeInShare)
}

// measureKeys compares the keys that are not valid for a dialect: those that were never
// issued, those of another dialect, and revoked ones.
func (w *measured) measureKeys(pairs int) {
	w.t.Helper()
	for _, dialect := range keyDialects() {
		ask := func(key string) []call {
			switch dialect {
			case hark.Source:
				return []call{{http.MethodPost, "/graphql", []string{"Content-Type: application/json", "X-API-KEY: " + key}, `{"query": "{ __typename }"}`}}
			case installer.Source:
				return []call{{http.MethodGet, "/api/v1/order", []string{"Authorization: Bearer " + key}, ""}}
			}
			return []call{{http.MethodGet, "/v1/tariffs", []string{"Authorization: Bearer " + key}, ""}}
		}
		other := hark.Source
		if dialect == other {
			other = installer.Source
		}
		unknown := ask(nextTo(w.revoked(sender, dialect)))
		w.compare(dialect+" key: unknown, revoked", pairs, unknown, ask(w.revoked(sender, dialect)), alikeInShare)
		w.compare(dialect+" key: unknown, of another dialect", pairs, unknown, ask(w.key(sender, other, auth.ModeLive)), alikeInShare)
	}
}

// controlRoutes are those on which the fault must be caught: a reading and a
// change.
func controlRoutes() map[string]bool {
	return map[string]bool{http.MethodGet + " /v2/orders/{id}": true, http.MethodPost + " /v2/orders/{id}/lines/{line}": true}
}
