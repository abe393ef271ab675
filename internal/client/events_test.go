package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// errEnough ends the listening of a test.
var errEnough = errors.New("heard enough")

// hear listens until n events have come and returns their ids and types.
func hear(t *testing.T, c *client.Client, q client.EventQuery, n int, begun func()) (heard []string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	begin := sync.OnceFunc(begun)
	err := c.Listen(ctx, q, client.StreamHandler{OnEvent: func(e client.Event) error {
		begin()
		if e.Type == client.Place {
			return nil
		}
		heard = append(heard, number(e.ID)+" "+e.Type)
		if len(heard) == n {
			return errEnough
		}
		return nil
	}})
	if !errors.Is(err, errEnough) {
		t.Fatalf("heard %q, then %v", heard, err)
	}
	return heard
}

// number is the change number in the id of an event.
func number(id string) string { return id[strings.LastIndexByte(id, '-')+1:] }

// TestListen: from now on, from a number on, and only what is wanted.
func TestListen(t *testing.T) {
	w := newWorld(t)
	w.send("L-1", 1)
	shop := w.client("shop")
	var sending sync.WaitGroup
	got := hear(t, shop, client.EventQuery{FromNow: true, Events: []string{"order.sent"}}, 1, func() { sending.Go(func() { w.send("L-2", 1) }) })
	sending.Wait()
	if !slices.Equal(got, []string{"4 order.sent"}) {
		t.Errorf("from now: %q", got)
	}
	got = hear(t, shop, client.EventQuery{After: "1"}, 3, func() {})
	if !slices.Equal(got, []string{"2 order.sent", "3 order.received", "4 order.sent"}) {
		t.Errorf("from 1: %q", got)
	}
	err := shop.Listen(t.Context(), client.EventQuery{Events: []string{"order.snt"}}, client.StreamHandler{})
	want(t, err, order.Invalid, "webhook-events")
	ctx, stop := context.WithCancel(t.Context())
	if err := shop.Listen(ctx, client.EventQuery{After: "0"}, client.StreamHandler{OnEvent: func(client.Event) error { stop(); return nil }}); err != nil {
		t.Errorf("the normal end is %v", err)
	}
}

// TestListenResumes: a stream that is cut off, even in the middle of an event,
// is opened again behind the last one, and each change is heard once.
func TestListenResumes(t *testing.T) {
	t.Parallel() // it waits
	w := newWorld(t)
	w.send("R-1", 1)
	var asked []string
	w.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != hal.EventsPath {
				next.ServeHTTP(rw, r)
				return
			}
			asked = append(asked, r.Header.Get("Last-Event-ID"))
			switch len(asked) {
			case 1:
				rw.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprint(rw, ": a comment\nid: 1\nevent: order.received\ndata: {}\n\nid: 2\nevent: order.sent\ndata: {")
			case 2:
				rw.WriteHeader(http.StatusBadGateway)
			default:
				next.ServeHTTP(rw, r)
			}
		})
	}
	var pauses []time.Duration
	var away, back int
	shop := w.client("shop", func(c *client.Config) { c.Pause = func(d time.Duration) { pauses = append(pauses, d) } })
	var heard []string
	err := shop.Listen(t.Context(), client.EventQuery{After: "0"}, client.StreamHandler{
		OnEvent: func(e client.Event) error {
			if heard = append(heard, number(e.ID)); number(e.ID) == "2" {
				return errEnough
			}
			return nil
		},
		OnDisconnect: func(error) { away++ }, OnReconnect: func() { back++ },
	})
	if !errors.Is(err, errEnough) || !slices.Equal(heard, []string{"1", "2"}) || !slices.Equal(asked, []string{"0", "1", "1"}) || away != 1 || back != 1 {
		t.Errorf("heard %v, asked behind %q, away %d, back %d: %v", heard, asked, away, back, err)
	}
	if !slices.Equal(pauses, []time.Duration{time.Second, 2 * time.Second}) {
		t.Errorf("paused for %v", pauses)
	}
}

// TestListenToAnother: what is not a stream of ours is not listened to.
func TestListenToAnother(t *testing.T) {
	w := newWorld(t)
	for kind, body := range map[string]string{"application/json": `{}`, "text/html": "<html>", "text/event-stream": "id: m\u00e5nge\n\n", "text/event-stream; charset=utf-8": "id: -1\n\n"} {
		w.front = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == hal.EventsPath {
					rw.Header().Set("Content-Type", kind)
					fmt.Fprint(rw, body)
					return
				}
				next.ServeHTTP(rw, r)
			})
		}
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		pauses := 0
		c := w.client("shop", func(c *client.Config) { c.Pause = func(time.Duration) { pauses++; stop() } })
		err := c.Listen(ctx, client.EventQuery{After: "0"}, client.StreamHandler{OnEvent: func(client.Event) error { return nil }, OnDisconnect: func(err error) {
			if !strings.Contains(err.Error(), "cannot be read") {
				t.Errorf("%s: away with %v", kind, err)
			}
		}})
		if err != nil || pauses != 1 {
			t.Errorf("%s: %v after %d pauses", kind, err, pauses)
		}
	}
}

// TestForwarder sends once and follows no redirect.
func TestForwarder(t *testing.T) {
	w := newWorld(t)
	asked := 0
	w.front = func(http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			asked++
			if r.Method != http.MethodPost || r.Header.Get("webhook-id") != "msg_1" {
				t.Errorf("%s with %v", r.Method, r.Header)
			}
			http.Redirect(rw, r, "/elsewhere", http.StatusTemporaryRedirect)
		})
	}
	f, err := client.NewForwarder(w.url + "/hook")
	check(t, err)
	sent, err := f.Send(t.Context(), http.Header{"Webhook-Id": {"msg_1"}}, []byte(`{}`))
	if err != nil || sent.Status != http.StatusTemporaryRedirect || sent.Took <= 0 || asked != 1 {
		t.Errorf("%+v, %v after %d requests", sent, err, asked)
	}
	for _, target := range []string{"", "shop", "ftp://shop.example.no/", "http://"} {
		_, err := client.NewForwarder(target)
		want(t, err, order.Malformed, "address-invalid")
	}
	f, err = client.NewForwarder("http://127.0.0.1:1/")
	check(t, err)
	_, err = f.Send(t.Context(), nil, nil)
	want(t, err, order.Unavailable, "unreachable")
}
