//go:build all

package interop

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// heardEvents is what events.mjs prints.
type heardEvents struct {
	Heard    []string `json:"heard"` // order number and type of each event
	Places   int      `json:"places"`
	Failures []string `json:"failures"`
	Opened   int      `json:"opened"`
	Cut      int      `json:"cut"`
	Ended    bool     `json:"ended"` // for good
}

// eventClients are the clients of Server-Sent Events that node runs.
func eventClients() []string {
	return []string{"eventsource-2", "eventsource-3", "eventsource-4", "eventsource-5", "fetch-event-source"}
}

// TestEventClients lets unchanged clients listen while the gateway is idle, is
// killed, stopped, full, and restored from a backup. Each hears every order
// once, and none meets data that is no JSON.
func TestEventClients(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	scene, err := harness.NewScene(binary, filepath.Join(dir, "data"))
	check(t, err)
	g := &restarting{t: t, scene: scene}
	g.start()
	t.Cleanup(func() { g.now.Kill() })
	shop, err := g.now.Login(scene.Sender)
	check(t, err)
	submit := func(number string) {
		t.Helper()
		_, err := shop.Submit(harness.OrderXML(number, 1))
		check(t, err)
	}
	submit("before")
	const last = "late-2"
	results := make([]heardEvents, len(eventClients()))
	var listening sync.WaitGroup
	for i, client := range eventClients() {
		ready := filepath.Join(dir, client)
		listening.Go(func() {
			node(t, "events.mjs", map[string]string{"CLIENT": client, "BASE": g.now.Base, "CLIENT_ID": scene.Receiver.ID, "CLIENT_SECRET": scene.Receiver.Secret,
				"READY": ready, "LAST": last, "SECONDS": "120"}, &results[i])
		})
	}
	for _, client := range eventClients() {
		waitFor(t, client+" has its place", func() bool { _, err := os.Stat(filepath.Join(dir, client)); return err == nil })
	}

	g.now.Kill() // before any event: the place is all that they have
	g.start()
	submit("killed")
	time.Sleep(17 * time.Second) // over a sign of life
	submit("idle")
	_, err = scene.Admin("backup", filepath.Join(dir, "backup.db"))
	check(t, err)
	submit("lost-1")
	time.Sleep(time.Second)
	if code := g.now.Stop(); code != 0 {
		t.Errorf("the gateway ended with %d:\n%s", code, g.now.Log())
	}
	g.start()
	submit("stopped")
	time.Sleep(5 * time.Second) // so that all are back, and have it from before the restore

	g.now.Kill()
	scene.Dir = filepath.Join(dir, "restored")
	_, err = scene.Admin("restore", filepath.Join(dir, "backup.db"))
	check(t, err)
	g.scene = scene
	g.start("--max-in-flight", "1")
	busy := occupy(t, g.now)
	time.Sleep(5 * time.Second) // all of them come back in this time, and none is let in
	busy()
	waitFor(t, "a place to work", func() bool { _, err := shop.Submit(harness.OrderXML("late-1", 1)); return err == nil })
	time.Sleep(5 * time.Second)
	waitFor(t, "a place to work", func() bool { _, err := shop.Submit(harness.OrderXML(last, 1)); return err == nil })
	listening.Wait()
	want := []string{"killed order.sent", "idle order.sent", "lost-1 order.sent", "stopped order.sent", "late-1 order.sent", "late-2 order.sent"}
	for i, client := range eventClients() {
		r := results[i]
		if !slices.Equal(r.Heard, want) || len(r.Failures) > 0 || r.Ended || r.Cut < 3 || r.Opened < 4 {
			t.Errorf("%s: %+v", client, r)
		}
	}
	t.Logf("%+v", results)
}

// TestFilteringEventClients: what is passed over makes no event, and what is
// wanted comes.
func TestFilteringEventClients(t *testing.T) {
	t.Parallel()
	g := start(t)
	shop, err := g.Login(g.Sender)
	check(t, err)
	publisher, err := g.Login(g.Receiver)
	check(t, err)
	var ids []string
	for n := range 3 {
		id, err := shop.Submit(harness.OrderXML(fmt.Sprintf("filter-%d", n), 1))
		check(t, err)
		ids = append(ids, id)
	}
	for _, id := range []string{ids[0], ids[2]} {
		_, body, err := publisher.Do("POST", "/orders/"+id+"/lines/1", []byte(`{"status":"RECEIVED"}`), "application/json")
		check(t, err)
		if len(body) > 0 && body[0] != '{' {
			t.Fatalf("%s", body)
		}
	}
	for _, client := range eventClients() {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			var r heardEvents
			node(t, "events.mjs", map[string]string{"CLIENT": client, "BASE": g.Base, "CLIENT_ID": g.Receiver.ID, "CLIENT_SECRET": g.Receiver.Secret,
				"QUERY": "?after=0&events=order.line.*", "READY": filepath.Join(t.TempDir(), "ready"), "LAST": "filter-2", "SECONDS": "30"}, &r)
			if want := []string{"filter-0 order.line.status", "filter-2 order.line.status"}; !slices.Equal(r.Heard, want) || len(r.Failures) > 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// restarting is a gateway that comes back on the same port.
type restarting struct {
	t     *testing.T
	scene harness.Scene
	port  string
	now   *harness.Gateway
}

func (r *restarting) start(args ...string) {
	r.t.Helper()
	if r.port != "" {
		args = append(args, "--listen", "127.0.0.1:"+r.port)
	}
	g, err := r.scene.Start(args...)
	check(r.t, err)
	r.now, r.port = g, g.Base[strings.LastIndexByte(g.Base, ':')+1:]
}

// occupy holds a place among the requests that work until the caller ends it.
func occupy(t *testing.T, g *harness.Gateway) (end func()) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.Base, "http://"))
	check(t, err)
	_, err = io.WriteString(conn, "POST /v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nusername=")
	check(t, err)
	return func() { conn.Close() }
}

func waitFor(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s never came", what)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
