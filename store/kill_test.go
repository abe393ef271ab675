package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// childDir is set for a process that this test starts from its own binary.
const childDir = "BOOKGATE_STORE_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		addForEver(dir, os.Args[len(os.Args)-1])
	}
	if dir := os.Getenv(upgradeDir); dir != "" {
		os.Exit(upgradeHere(dir))
	}
	if from := os.Getenv(childCopy); from != "" {
		copyAndDie(from, os.Args[len(os.Args)-1])
	}
	os.Exit(postgrestest.Run(m))
}

// addForEver adds orders from several goroutines and prints the id of each
// once the store has acknowledged it, until the process is killed.
func addForEver(dir, run string) {
	db, err := Open(context.Background(), dir, Options{})
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				o := newOrder(fmt.Sprintf("%s-%d-%d", run, w, i))
				ev := order.Event{Kind: order.EventReceived, To: order.Unprocessed}
				if _, _, err := db.Add(context.Background(), o, order.NewDocument("application/xml", body), ev); err != nil {
					fmt.Println("add:", err)
					os.Exit(1)
				}
				fmt.Printf("ok %s\n", o.ID) // one write, so that a kill cuts no line of another
			}
		}()
	}
	select {}
}

// child starts a process that adds orders to the store in dir.
func child(t *testing.T, dir, run string) (cmd *exec.Cmd, lines *bufio.Scanner) {
	t.Helper()
	cmd = exec.Command(os.Args[0], run)
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// acknowledged kills a child some time after its first acknowledgement and
// returns the ids that it acknowledged.
func acknowledged(t *testing.T, cmd *exec.Cmd, lines *bufio.Scanner, after time.Duration) (ids []order.ID) {
	t.Helper()
	for lines.Scan() {
		id, ok := strings.CutPrefix(lines.Text(), "ok ")
		if !ok {
			t.Errorf("the child said %q", lines.Text())
		}
		if len(id) == len(newOrder("").ID) {
			ids = append(ids, order.ID(id))
		}
		if len(ids) == 1 {
			time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
	}
	cmd.Wait() // killed, as it should be
	return ids
}

func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	var ids []order.ID
	for run := range 10 {
		cmd, lines := child(t, dir, fmt.Sprint("K", run))
		ids = append(ids, acknowledged(t, cmd, lines, time.Duration(10+13*run)*time.Millisecond)...)
	}
	if len(ids) < 10 {
		t.Fatalf("only %d orders were acknowledged", len(ids))
	}
	t.Logf("%d orders acknowledged in 10 runs", len(ids))
	wantStored(t, openIn(t, dir, Options{}), ids)
}

// wantStored checks that each order is there once, with its event, its document
// and its row in the list, and that the store as a whole is sound.
func wantStored(t *testing.T, db *DB, ids []order.ID) {
	t.Helper()
	listed := map[order.ID]int{}
	q := order.Query{Party: buyer, Mode: order.SentByMe, Limit: order.MaxPage}
	for more := true; more; {
		p, err := db.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range p.Items {
			listed[it.ID]++
		}
		q.After, more = p.Next, p.More
	}
	for _, id := range ids {
		events, err := db.History(t.Context(), buyer, id)
		if err != nil || len(events) != 1 || listed[id] != 1 {
			t.Errorf("order %s: %d events, %d times listed, %v", id, len(events), listed[id], err)
		}
		if _, err := db.Document(t.Context(), buyer, id); err != nil {
			t.Errorf("document of %s: %v", id, err)
		}
	}
	wantSound(t, db, len(listed))
}

// wantSound checks the store's own rules over all its rows.
func wantSound(t *testing.T, db *DB, orders int) {
	t.Helper()
	if db.engine.Name == "sqlite" {
		wantAnswers(t, db, map[string]any{
			"PRAGMA integrity_check":                        "ok",
			"SELECT count(*) FROM pragma_foreign_key_check": int64(0),
		})
	}
	wantAnswers(t, db, map[string]any{
		"SELECT count(*) FROM orders":                  int64(orders),
		"SELECT count(*) FROM events WHERE number = 1": int64(orders),
		"SELECT count(*) FROM documents":               int64(orders),
		"SELECT count(*) FROM heads WHERE seq <> (SELECT count(*) FROM feed f WHERE f.party = heads.party)":                                                       int64(0),
		"SELECT count(*) FROM heads WHERE seq <> (SELECT max(seq) FROM feed f WHERE f.party = heads.party)":                                                       int64(0),
		"SELECT count(*) FROM listing l JOIN feed f ON f.party = l.party AND f.seq = l.seq WHERE f.order_n <> l.order_n OR f.at <> l.updated OR f.side <> l.side": int64(0),
		"SELECT count(*) FROM listing l JOIN orders o ON o.n = l.order_n WHERE o.status <> l.status OR o.updated <> l.updated":                                    int64(0),
		"SELECT count(*) FROM feed a JOIN feed b ON b.party = a.party AND b.seq = a.seq + 1 WHERE b.at <= a.at":                                                   int64(0),
	})
}

// wantAnswers asks questions that have one value for an answer.
func wantAnswers(t *testing.T, db *DB, wants map[string]any) {
	t.Helper()
	for query, want := range wants {
		var got any
		err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Get(ctx, query, nil, &got)
			return err
		})
		if err != nil || got != want {
			t.Errorf("%s gave %v, %v; want %v", query, got, err, want)
		}
	}
}

func TestTwoProcessesWriteAtOnce(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	cmd, lines := child(t, dir, "child")
	var theirs []order.ID
	var all sync.WaitGroup
	all.Go(func() { theirs = acknowledged(t, cmd, lines, 300*time.Millisecond) })
	var mu sync.Mutex
	var ours []order.ID
	for w := range 4 {
		all.Go(func() {
			for i := range 50 {
				o := addOrder(t, db, fmt.Sprintf("own-%d-%d", w, i))
				mu.Lock()
				ours = append(ours, o.ID)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(ours) != 200 || len(theirs) == 0 {
		t.Errorf("%d and %d orders were acknowledged", len(ours), len(theirs))
	}
	wantStored(t, db, append(ours, theirs...))
}

func TestTwoOpenStoresWriteAtOnce(t *testing.T) { onEach(t, twoOpenStoresWriteAtOnce) }

func twoOpenStoresWriteAtOnce(t *testing.T, where string) {
	stores := []*DB{openIn(t, where, Options{}), openIn(t, where, Options{})}
	id := addOrder(t, stores[0], "A-1").ID
	route(t, stores[1], id)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 25 {
				mark(t, stores[i%2], id, i%5+1, order.Received)
			}
		})
	}
	all.Wait()
	o, err := stores[1].Order(t.Context(), seller, id)
	if err != nil || o.Revision != 2+8*25 {
		t.Errorf("revision %d, %v", o.Revision, err)
	}
	wantSound(t, stores[0], 1)
}
