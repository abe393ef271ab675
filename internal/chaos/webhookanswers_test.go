//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/internal/webhook/receivertest"
)

const (
	quickAnswered   = 10 // orders: each makes at least three events for either party
	plantedAnswered = 4
	leastEvents     = 3
	sharedEndpoints = 50 // that a party may have

	// answersLimit bounds a wait, with some more for each order.
	answersLimit = 2 * time.Minute
	answersEach  = 2 * time.Second

	// mostSent is what a receiver can get rid of in one try: what is read, and
	// what the buffers of two sockets hold that is never read.
	mostSent = 64<<10 + 1<<20

	// mostHeld is the limit of a try, and time for a busy machine.
	mostHeld = webhook.DefaultTimeout + 5*time.Second

	leftOver = 5 // sockets and goroutines

	placesPerEndpoint = 2 // tries at once

	// A failing endpoint gets some tries before it rests, and as many more as it
	// has places when a rest is over.
	triesBeforeRest = 7
	triesPerRest    = placesPerEndpoint
	shortestRest    = 4 * time.Second
)

// TestWebhookAnswers sends many events to every kind of misbehaving receiver at
// once. Then all become good, and each must have everything: what counts as
// delivered was taken by the registered address itself, and nothing is left over
// of the tries.
func TestWebhookAnswers(t *testing.T) {
	t.Parallel()
	webhookAnswers(t, quickAnswered)
	t.Run("control", func(t *testing.T) {
		other := receivertest.Listen(t, receivertest.Drop, nil)
		other.Good.Store(true)
		led := slices.DeleteFunc(receivertest.Redirects(other), func(b receivertest.Behaviour) bool { return strings.HasSuffix(b.Name, "itself") })
		run := newAnswersRun(t, plantedScene(t, sqlite, plant.FollowRedirects, authorityOf(t).env...), led)
		run.play(t, plantedAnswered)
		t.Logf("control, a gateway that follows redirects: %d deliveries are said to be done, and %d are wrong", run.delivered, len(run.wrong))
		if !slices.ContainsFunc(run.wrong, func(w string) bool { return strings.Contains(w, "never took") }) {
			t.Errorf("control: a gateway that follows redirects was not caught: %q", run.wrong)
		}
	})
}

func webhookAnswers(t *testing.T, orders int) {
	t.Helper()
	other := receivertest.Listen(t, receivertest.Drop, nil)
	other.Good.Store(true)
	ca := authorityOf(t)
	run := newAnswersRun(t, newScene(t, sqlite, ca.env...), receivertest.Behaviours(other))
	began := time.Now()
	run.play(t, orders)
	if n := other.Conns.Load(); n > 0 {
		run.fault("%d connections went to where a redirect led", n)
	}
	figures(t, "%d behaviours in %s: %d events delivered, 0 wrongly (%s), %d tries before they were good, at most %s each; %d KiB sent at most (%s); %d sockets and %d goroutines before, %d and %d after",
		len(run.tried), time.Since(began).Round(time.Second), run.delivered, bound(run.delivered), run.tries, run.longest.Round(time.Millisecond), run.sent>>10, run.sender,
		run.before.sockets, run.before.goroutines, run.after.sockets, run.after.goroutines)
	for _, w := range run.wrong {
		t.Error(w)
	}
}

// trusted is an authority that the gateway of a scene knows.
type trusted struct {
	*receivertest.Authority
	env []string
}

// authorities has one for each test, since the scene and its receivers need the
// same.
var authorities sync.Map

func authorityOf(t *testing.T) trusted {
	t.Helper()
	if a, ok := authorities.Load(t.Name()); ok {
		return a.(trusted)
	}
	a := receivertest.NewAuthority(t)
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, a.PEM, 0o600); err != nil {
		t.Fatal(err)
	}
	made := trusted{a, []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + t.TempDir()}}
	authorities.Store(t.Name(), made)
	return made
}

// answersRun is one run: receivers, an endpoint for each, and what was wrong.
type answersRun struct {
	gateway        *harness.Gateway
	shop, receiver *harness.Client
	limit          time.Duration // of a wait
	tried          []*triedReceiver
	before, after  held
	wrong          []string

	delivered, tries int
	longest          time.Duration // of a try
	sent             int64         // bytes in a try
	sender           string        // who sent them
}

// triedReceiver is a receiver with the endpoint that is registered for it.
type triedReceiver struct {
	receivertest.Behaviour
	at       *receivertest.Receiver
	owner    *harness.Client
	endpoint string
}

// held is what a process holds.
type held struct{ sockets, goroutines int }

func (run *answersRun) fault(format string, args ...any) {
	run.wrong = append(run.wrong, fmt.Sprintf(format, args...))
}

func newAnswersRun(t *testing.T, scene harness.Scene, behaviours []receivertest.Behaviour) *answersRun {
	t.Helper()
	g := start(t, scene, deliveryArgs()...)
	t.Cleanup(g.Kill)
	run := &answersRun{gateway: g, shop: login(t, g, scene.Sender), receiver: login(t, g, scene.Receiver)}
	run.write(t, "warm", plantedAnswered)
	run.before = run.holds(t)
	for n, b := range behaviours {
		r := &triedReceiver{Behaviour: b, at: b.Listen(t, authorityOf(t).Authority), owner: run.shop}
		if n >= sharedEndpoints {
			r.owner = run.receiver
		}
		change, _ := json.Marshal(map[string]any{"url": b.Registered(r.at)})
		res, body, err := r.owner.Do(http.MethodPost, "/v2/webhooks", change, "application/json")
		var made struct{ ID string }
		if err != nil || res.StatusCode != http.StatusCreated || json.Unmarshal(body, &made) != nil {
			t.Fatalf("%s: %v %s", b.Name, err, body)
		}
		r.endpoint = made.ID
		run.tried = append(run.tried, r)
	}
	return run
}

// play writes the orders, lets the receivers misbehave, makes them good, and
// judges.
func (run *answersRun) play(t *testing.T, orders int) {
	t.Helper()
	began := time.Now()
	run.limit = answersLimit + time.Duration(orders)*answersEach
	run.write(t, "w", orders)
	run.wait(t, "a receiver was never tried", func(r *triedReceiver) bool {
		e := run.endpointOf(r)
		return e.Failures > 0 || !e.Success.IsZero() || e.State == string(webhook.Disabled)
	}, func() {})
	for _, r := range run.tried {
		run.judgeBad(t, r, time.Since(began))
	}
	for _, r := range run.tried {
		run.heal(t, r)
	}
	run.wait(t, "events are pending", func(r *triedReceiver) bool {
		return len(run.deliveries(t, r, "state=pending&limit=1", 1)) == 0
	}, run.wake())
	for _, r := range run.tried {
		run.judgeGood(t, r, orders)
		r.at.End()
	}
	run.checkLeft(t)
}

// write makes orders and answers them.
func (run *answersRun) write(t *testing.T, prefix string, orders int) {
	t.Helper()
	todo := make(chan string, orders)
	for n := range orders {
		todo <- orderNumber(prefix, n, 1)
	}
	close(todo)
	var wg sync.WaitGroup
	for range deliveryWriters {
		wg.Go(func() {
			for number := range todo {
				if !writeOne(run.shop, run.receiver, number) {
					t.Errorf("the order %s was not written", number)
				}
			}
		})
	}
	wg.Wait()
}

// wait waits until something holds of every receiver, and does something in
// between.
func (run *answersRun) wait(t *testing.T, what string, done func(*triedReceiver) bool, between func()) {
	t.Helper()
	open := slices.Clone(run.tried)
	for end := time.Now().Add(run.limit); ; time.Sleep(50 * time.Millisecond) {
		if open = slices.DeleteFunc(open, done); len(open) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %s %s: %s and %d more\n%s", run.limit, what, open[0].Name, len(open)-1, run.gateway.Log())
		}
		between()
	}
}

func (run *answersRun) endpointOf(r *triedReceiver) (e hal.Webhook) {
	if _, body, err := r.owner.Do(http.MethodGet, "/v2/webhooks/"+r.endpoint, nil, ""); err == nil {
		json.Unmarshal(body, &e)
	}
	return e
}

// deliveries lists the deliveries of an endpoint, at most so many.
func (run *answersRun) deliveries(t *testing.T, r *triedReceiver, query string, most int) (all []hal.Delivery) {
	t.Helper()
	for next := "/v2/webhooks/" + r.endpoint + "/deliveries?" + query; next != "" && len(all) < most; {
		var page hal.Deliveries
		run.get(t, r, next, &page)
		all = append(all, page.Embedded.Deliveries...)
		next = ""
		if page.Links.Next != nil {
			_, below, _ := strings.Cut(page.Links.Next.Href, "/v2/")
			next = "/v2/" + below
		}
	}
	return all
}

func (run *answersRun) get(t *testing.T, r *triedReceiver, path string, into any) {
	t.Helper()
	res, body, err := r.owner.Do(http.MethodGet, path, nil, "")
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, into) != nil {
		t.Fatalf("%s: %v %s\n%s", path, err, body, run.gateway.Log())
	}
}

const everything = 1 << 20

// judgeBad looks at what came of the tries while the receiver misbehaved.
func (run *answersRun) judgeBad(t *testing.T, r *triedReceiver, took time.Duration) {
	t.Helper()
	tries, attempted := 0, []hal.Delivery{}
	for _, d := range run.deliveries(t, r, "limit=200", everything) {
		tries += d.Attempts
		if d.Attempts > 0 {
			attempted = append(attempted, d)
		}
		if done := d.State == string(webhook.Delivered); done && !r.Takes() {
			run.fault("%s: %s counts as delivered, and the receiver never took anything", r.Name, d.ID)
		}
	}
	heard := len(r.at.Requests())
	run.tries += tries
	most := triesBeforeRest + triesPerRest*int(took/shortestRest)
	if r.Wait > 0 || r.Endpoint == webhook.Disabled {
		most = placesPerEndpoint
	}
	if r.Takes() {
		most = everything
	}
	if tries > most {
		run.fault("%s: %d tries in %s, at most %d are allowed", r.Name, tries, took.Round(time.Millisecond), most)
	}
	fewest, mostHeard := r.PerTry()
	if heard < min(fewest, tries) || heard > mostHeard*(most+placesPerEndpoint) {
		run.fault("%s: heard %d requests of %d tries", r.Name, heard, tries)
	}
	if e := run.endpointOf(r); (e.State == string(webhook.Disabled)) != (r.Endpoint == webhook.Disabled) {
		run.fault("%s: the endpoint is %s (%s)", r.Name, e.State, e.Reason)
	}
	// A connection that was left open may have ended under one try: one of some
	// must have met the behaviour itself.
	said := "no delivery has an attempt"
	for _, d := range attempted[:min(len(attempted), 5)] {
		if said = run.judgeAttempt(t, r, d); said == "" {
			break
		}
	}
	if said != "" {
		run.fault("%s: %s", r.Name, said)
	}
}

// judgeAttempt says what is wrong with the first try of a delivery, or "".
func (run *answersRun) judgeAttempt(t *testing.T, r *triedReceiver, d hal.Delivery) (said string) {
	t.Helper()
	var page hal.Attempts
	run.get(t, r, "/v2/webhooks/"+r.endpoint+"/deliveries/"+d.ID+"/attempts", &page)
	if len(page.Embedded.Attempts) == 0 {
		return "the delivery " + d.ID + " has no attempt"
	}
	a := page.Embedded.Attempts[0]
	if a.Status != r.Status || !strings.Contains(a.Error, r.Words) || (a.Error == "") != r.Takes() || !strings.HasPrefix(a.Body, strings.ToValidUTF8(r.Body, "\uFFFD")) {
		said = fmt.Sprintf("status %d, %q, %.20q; want %d, %q, %.20q", a.Status, a.Error, a.Body, r.Status, r.Words, r.Body)
	}
	lasted := max(time.Duration(a.Milliseconds)*time.Millisecond, time.Duration(r.at.Held.Load()))
	if run.longest = max(run.longest, lasted); lasted > mostHeld {
		run.fault("%s: a try lasted %s", r.Name, lasted)
	}
	if sent := r.at.Sent.Load(); sent > mostSent {
		run.fault("%s: %d bytes were sent in one try", r.Name, sent)
	} else if sent > run.sent {
		run.sent, run.sender = sent, r.Name
	}
	return said
}

// heal makes a receiver good, at an address where it can be.
func (run *answersRun) heal(t *testing.T, r *triedReceiver) {
	t.Helper()
	if r.at.Secure() {
		r.at.Cert.Store(authorityOf(t).Sound(t))
	} else if r.URL != nil {
		change, _ := json.Marshal(map[string]any{"url": r.at.URL()})
		if res, body, err := r.owner.Do(http.MethodPatch, "/v2/webhooks/"+r.endpoint, change, "application/merge-patch+json"); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %v %s", r.Name, err, body)
		}
	}
	r.at.Good.Store(true)
}

// wake returns what has everything sent that waits, every few seconds.
func (run *answersRun) wake() func() {
	last := time.Time{}
	return func() {
		if time.Since(last) < wakeEvery {
			return
		}
		for _, r := range run.tried {
			r.owner.Do(http.MethodPost, "/v2/webhooks/"+r.endpoint+"/resume", nil, "")
			r.owner.Do(http.MethodPost, "/v2/webhooks/"+r.endpoint+"/resend", []byte(`{"failed":true}`), "application/json")
		}
		last = time.Now()
	}
}

// judgeGood wants every event at its receiver.
func (run *answersRun) judgeGood(t *testing.T, r *triedReceiver, orders int) {
	t.Helper()
	taken := map[string]bool{}
	for _, h := range r.at.Requests() {
		if h.Method == http.MethodPost && h.Target == "/hook" && (h.Good || r.Takes()) {
			taken[h.Header.Get("webhook-id")] = true
		}
	}
	all := run.deliveries(t, r, "limit=200", everything)
	for _, d := range all {
		switch done := d.State == string(webhook.Delivered); {
		case done && !taken[d.ID]:
			run.fault("%s: %s counts as delivered, and the receiver never took it", r.Name, d.ID)
		case !done:
			run.fault("%s: %s is %s", r.Name, d.ID, d.State)
		default:
			run.delivered++
		}
	}
	if len(all) < leastEvents*orders && r.Endpoint != webhook.Disabled { // which gets none while it is
		run.fault("%s: %d events of %d orders", r.Name, len(all), orders)
	}
}

// checkLeft waits until the gateway holds no more than before.
func (run *answersRun) checkLeft(t *testing.T) {
	t.Helper()
	over := func() bool {
		run.after = run.holds(t)
		return run.after.sockets > run.before.sockets+leftOver || run.after.goroutines > run.before.goroutines+leftOver
	}
	for end := time.Now().Add(20 * time.Second); over() && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
	}
	if over() {
		run.fault("%d sockets and %d goroutines are left, %d and %d were there", run.after.sockets, run.after.goroutines, run.before.sockets, run.before.goroutines)
	}
}

// holds counts what the gateway holds while no client of the run has a
// connection.
func (run *answersRun) holds(t *testing.T) (h held) {
	t.Helper()
	run.shop.CloseIdle()
	run.receiver.CloseIdle()
	time.Sleep(100 * time.Millisecond)
	h.goroutines = int(gauge(t, run.gateway, "go_goroutines"))
	dir := fmt.Sprintf("/proc/%d/fd", run.gateway.PID())
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && strings.HasPrefix(to, "socket:") {
			h.sockets++
		}
	}
	return h
}

// gauge reads one figure of the gateway's metrics.
func gauge(t *testing.T, g *harness.Gateway, name string) (value float64) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(g.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var text strings.Builder
	if err := res.Write(&text); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(text.String(), "\n") {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			if _, err := fmt.Sscan(rest, &value); err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	t.Fatalf("there is no figure %s", name)
	return 0
}
