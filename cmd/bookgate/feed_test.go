package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/app"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// follower is a feed --follow that runs.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
	stop  context.CancelFunc
	code  chan int
}

func (d *session) follow(args ...string) *follower {
	ctx, stop := context.WithCancel(d.t.Context())
	r, w := io.Pipe()
	f := &follower{t: d.t, lines: bufio.NewScanner(r), stop: stop, code: make(chan int, 1)}
	a := cli.App{In: strings.NewReader(""), Out: w, Err: io.Discard, Environ: []string{"HOME=" + d.home}}
	go func() {
		f.code <- run(ctx, append([]string{"feed", "--follow"}, args...), a)
		w.Close()
	}()
	return f
}

func (f *follower) line() string {
	f.t.Helper()
	if !f.lines.Scan() {
		f.t.Fatalf("the feed ended with %d", <-f.code)
	}
	return f.lines.Text()
}

// TestFeedFollow: what happens is printed as it comes, and an interruption is
// the normal end.
func TestFeedFollow(t *testing.T) {
	d := newSession(t)
	people, programs := d.follow("--profile", "publisher"), d.follow("--profile", "shop", "--json")
	id := d.order("F-1")
	if line := people.line(); !strings.Contains(line, "  1  "+id[:13]+"…  F-1: processed, UNPROCESSED → SENT") {
		t.Errorf("got %q", line)
	}
	d.runs(cli.ExitOK, "", "mark", id, "1", "REJECTED", "--profile", "publisher")
	if line := people.line(); !strings.Contains(line, "  2  ") || !strings.HasSuffix(line, "F-1: marked line 1, SENT → REJECTED") {
		t.Errorf("got %q", line)
	}
	if line := people.line(); !strings.HasSuffix(line, "F-1: answered, REJECTED") {
		t.Errorf("got %q", line)
	}
	for number := int64(1); number <= 4; number++ {
		var c hal.Change
		if line := programs.line(); json.Unmarshal([]byte(line), &c) != nil || c.Number != number || string(c.OrderID) != id {
			t.Errorf("got %q, want change %d", line, number)
		}
	}
	for _, f := range []*follower{people, programs} {
		f.stop()
		if code := <-f.code; code != cli.ExitOK {
			t.Errorf("ended with %d", code)
		}
	}
}

// TestFeedFollowEnds: what waiting cannot heal ends it.
func TestFeedFollowEnds(t *testing.T) {
	d := newSession(t)
	d.runs(cli.ExitUsage, "", "feed", "--follow", "--after", "7", "--profile", "shop")
	d.says("", "newest change of party 7045 has number 0")
}

// waits wants a goroutine to wait in a function.
func waits(t *testing.T, function string) {
	t.Helper()
	for end := time.Now().Add(storyPatience); ; time.Sleep(5 * time.Millisecond) {
		stacks := make([]byte, 1<<20)
		if bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte(function)) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no goroutine waits in %s", function)
		}
	}
}

// TestServeLetsWaitersGo: a server that stops answers a reader that
// would wait for longer than stopping may take.
func TestServeLetsWaitersGo(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	mustNot(t, err)
	defer db.Close()
	mustNot(t, db.AddParty(t.Context(), order.Party{ID: "7045", Name: "Bokhandel", Scheme: order.DefaultScheme}))
	mustNot(t, db.AddUser(t.Context(), auth.User{Name: "shop", Party: "7045", Password: auth.HashPassword("secret-word"), Created: time.Now()}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	g, err := app.New(t.Context(), db, l, app.Config{}, slog.New(slog.DiscardHandler))
	mustNot(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { mustNotFail(t, g.Run(ctx)) })
	c, err := newTicketClient("http://"+l.Addr().String(), "shop:secret-word")
	mustNot(t, err)
	all.Go(func() {
		body, err := c.do(http.MethodGet, "/v2/feed?wait=50", "", http.StatusOK)
		if feed, bad := hal.ParseFeed([]byte(body)); err != nil || bad != nil || feed.Links.Next.Href == "" || len(feed.Changes) != 0 {
			t.Errorf("answered %q, %v, %v", body, err, bad)
		}
	})
	waits(t, "order.(*Exchange).Await")
	stop()
	all.Wait()
}

// mustNotFail is mustNot for a goroutine beside the test's.
func mustNotFail(t *testing.T, err error) {
	if err != nil {
		t.Error(err)
	}
}
