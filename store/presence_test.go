package store

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bookgate/bookgate/order"
)

// join lets a store join until the test ends.
func join(t *testing.T, db *DB, r Replica) (leave func()) {
	t.Helper()
	leave, err := db.Register(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(leave)
	return leave
}

func wantReplicas(t *testing.T, db *DB, want ...Replica) {
	t.Helper()
	got, err := db.Replicas(t.Context())
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
}

func TestReplicasSeeEachOther(t *testing.T) { onEach(t, replicasSeeEachOther) }

func replicasSeeEachOther(t *testing.T, where string) {
	p := newPair(t, where)
	wantReplicas(t, p.a)
	a := Replica{Host: "one", Process: 11, Address: "10.0.0.1:8080", Version: "1.2.3"}
	leaveA := join(t, p.a, a)
	p.advance(5 * time.Second)
	b := Replica{Host: "two", Process: 22, Address: "10.0.0.2:8080", Version: "1.2.4"}
	join(t, p.b, b)
	a.ID, a.State, a.Started, a.Seen = "a", Serving, p.now().Add(-5*time.Second), p.now().Add(-5*time.Second)
	b.ID, b.State, b.Started, b.Seen = "b", Serving, p.now(), p.now()
	wantReplicas(t, p.a, a, b)
	wantReplicas(t, p.b, a, b)

	p.advance(staleAfter - 5*time.Second)
	wantReplicas(t, p.b, a, b)
	p.advance(time.Second)
	a.State = Stale
	wantReplicas(t, p.b, a, b)
	leaveA()
	leaveA()
	wantReplicas(t, p.b, b)
}

func TestReplicaBeatsAndDrains(t *testing.T) { onEach(t, replicaBeatsAndDrains) }

func replicaBeatsAndDrains(t *testing.T, where string) {
	p := newPair(t, where)
	ctx, terminate := context.WithCancel(t.Context())
	defer terminate()
	leave, err := p.a.register(ctx, Replica{}, 5*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	eventually := func(what string, is func(Replica) bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			replicas, err := p.b.Replicas(t.Context())
			if err != nil || len(replicas) != 1 {
				t.Fatalf("%v, %v", replicas, err)
			}
			if is(replicas[0]) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s did not come: %+v", what, replicas[0])
			}
		}
	}
	p.advance(time.Hour)
	eventually("a sign", func(r Replica) bool { return r.Seen.Equal(p.now()) && r.State == Serving })
	terminate()
	eventually("draining", func(r Replica) bool { return r.State == Draining })
	p.advance(time.Hour)
	eventually("a sign while draining", func(r Replica) bool { return r.Seen.Equal(p.now()) && r.State == Draining })
	leave()
	wantReplicas(t, p.b)
}

func TestReplicaSurvivesAnOutage(t *testing.T) { onEach(t, replicaSurvivesAnOutage) }

func replicaSurvivesAnOutage(t *testing.T, where string) {
	p := newPair(t, where)
	rename := func(from, to string) {
		t.Helper()
		err := p.b.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Exec(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	sign := &heartbeat{db: p.a, row: Replica{ID: "a", State: Serving}, every: time.Hour}
	for range 2 {
		rename("replicas", "gone")
		for range 3 {
			sign.refresh(t.Context())
		}
		rename("gone", "replicas")
		for range 3 {
			sign.refresh(t.Context())
		}
	}
	if p.log.count(slog.LevelWarn, "does not take the sign") != 2 || p.log.count(slog.LevelInfo, "takes the sign") != 2 {
		t.Errorf("two outages are logged as\n%s", p.log)
	}
	wantReplicas(t, p.b, Replica{ID: "a", State: Serving, Seen: p.now()})
}

func TestReplicaThatIsSilentForADayIsDropped(t *testing.T) {
	onEach(t, replicaThatIsSilentForADayIsDropped)
}

func replicaThatIsSilentForADayIsDropped(t *testing.T, where string) {
	p := newPair(t, where)
	killed := Replica{ID: "killed", State: Serving, Started: p.now(), Seen: p.now()}
	if err := (&heartbeat{db: p.a, row: killed}).beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	killed.State = Stale
	p.advance(staleRetention)
	if err := p.b.dropStale(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantReplicas(t, p.b, killed)
	p.advance(time.Second)
	if err := p.b.dropStale(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantReplicas(t, p.b)

	// One that was cut off for so long comes back by its next sign.
	(&heartbeat{db: p.a, row: killed}).refresh(t.Context())
	killed.Seen = p.now()
	wantReplicas(t, p.b, killed)
}

func TestFreshReplicasHaveDifferentNames(t *testing.T) {
	where := t.TempDir()
	a, b := openIn(t, where, Options{}), openIn(t, where, Options{})
	if a.replica == "" || a.replica == b.replica {
		t.Errorf("the names are %q and %q", a.replica, b.replica)
	}
}

func TestReplicasLeaseDifferentOrders(t *testing.T) { onEach(t, replicasLeaseDifferentOrders) }

func replicasLeaseDifferentOrders(t *testing.T, where string) {
	p := newPair(t, where)
	join(t, p.a, Replica{})
	join(t, p.b, Replica{})
	const orders = 6
	for i := range orders {
		addOrder(t, p.a, string(rune('A'+i)))
	}
	p.advance(time.Hour)
	taken := map[order.ID]int{}
	lease := func(db *DB, limit int) {
		t.Helper()
		waiting, err := db.Waiting(t.Context(), p.now(), p.now().Add(30*time.Second), limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range waiting {
			taken[o.ID]++
		}
	}
	wantLeases := func(a, b int64) {
		t.Helper()
		replicas, err := p.a.Replicas(t.Context())
		if err != nil || len(replicas) != 2 || replicas[0].Leases != a || replicas[1].Leases != b {
			t.Errorf("%+v, %v; want %d and %d leases", replicas, err, a, b)
		}
	}
	lease(p.a, 4)
	lease(p.b, orders)
	wantLeases(4, 2)
	for id, times := range taken {
		if times != 1 {
			t.Errorf("order %s was leased %d times", id, times)
		}
	}
	if len(taken) != orders {
		t.Errorf("%d orders were leased, want %d", len(taken), orders)
	}

	// The first dies: the second has its orders when their lease ends.
	p.advance(31 * time.Second)
	wantLeases(0, 0)
	lease(p.b, orders)
	wantLeases(0, orders)
	for id := range taken {
		route(t, p.b, id)
	}
	wantLeases(0, 0)
}

func TestReplicaLearnsOfARestore(t *testing.T) { onEach(t, replicaLearnsOfARestore) }

// replicaLearnsOfARestore has the store change beneath two processes that serve
// it: with its next sign each is in the new epoch.
func replicaLearnsOfARestore(t *testing.T, where string) {
	p := newPair(t, where)
	before := *p.a.epoch.Load()
	if *p.b.epoch.Load() != before {
		t.Fatalf("one store is in the epochs %s and %s", before, *p.b.epoch.Load())
	}
	if err := p.a.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error { return newEpoch(ctx, c, p.now()) }); err != nil {
		t.Fatal(err)
	}
	for _, db := range []*DB{p.a, p.b} {
		join(t, db, Replica{Host: "one"})
		if after, err := db.Epoch(t.Context()); err != nil || after == before || after == "" {
			t.Errorf("epoch %q after %q, %v", after, before, err)
		}
	}
	if *p.a.epoch.Load() != *p.b.epoch.Load() {
		t.Errorf("one store is in the epochs %s and %s", *p.a.epoch.Load(), *p.b.epoch.Load())
	}
}
