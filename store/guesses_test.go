package store

import (
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/auth"
)

func guessKey(name string) [sha256.Size]byte { return sha256.Sum256([]byte(name)) }

func failed(t *testing.T, db *DB, now time.Time, every time.Duration, names ...string) {
	t.Helper()
	var failures []auth.Failure
	for _, name := range names {
		failures = append(failures, auth.Failure{Key: guessKey(name), Every: every, Most: time.Hour})
	}
	if err := db.RecordFailures(t.Context(), now, failures...); err != nil {
		t.Fatal(err)
	}
}

func trusted(t *testing.T, db *DB, now time.Time, name string) {
	t.Helper()
	if err := db.RecordSuccess(t.Context(), now, guessKey(name)); err != nil {
		t.Fatal(err)
	}
}

// wantGuess checks what is stored under one name.
func wantGuess(t *testing.T, db *DB, name string, free, trusted time.Time) {
	t.Helper()
	want := []auth.LoginAttempts{{Key: guessKey(name), Free: sqldb.RoundToMicros(free), Trusted: sqldb.RoundToMicros(trusted)}}
	got, err := db.LoginAttempts(t.Context(), [][sha256.Size]byte{guessKey(name)})
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%s: %v\n%s", name, err, d)
	}
}

func TestFailuresAddUp(t *testing.T) { onEach(t, failuresAddUp) }

func failuresAddUp(t *testing.T, where string) {
	db := openIn(t, where, Options{Now: func() time.Time { return noon }})
	never := time.Time{}
	wantGuess(t, db, "a", never, never)
	failed(t, db, noon, 6*time.Second, "a", "b")
	failed(t, db, noon.Add(time.Second), 6*time.Second, "a")
	wantGuess(t, db, "a", noon.Add(12*time.Second), never)
	wantGuess(t, db, "b", noon.Add(6*time.Second), never)
	// What has become free again counts no more.
	failed(t, db, noon.Add(time.Hour), 3*time.Second, "b")
	wantGuess(t, db, "b", noon.Add(time.Hour+3*time.Second), never)
	// What lies too far ahead was counted by a clock that has been set back.
	failed(t, db, noon.Add(-2*time.Hour), 6*time.Second, "a")
	wantGuess(t, db, "a", noon.Add(-2*time.Hour+6*time.Second), never)
	failed(t, db, noon, time.Second)
	got, err := db.LoginAttempts(t.Context(), [][sha256.Size]byte{guessKey("b"), guessKey("none"), guessKey("a")})
	if err != nil || len(got) != 3 || got[0].Key != guessKey("b") || !got[1].Free.IsZero() || got[2].Key != guessKey("a") {
		t.Errorf("the guesses of three keys are %+v, %v", got, err)
	}
}

func TestSuccessForgivesAndIsTrusted(t *testing.T) { onEach(t, successForgivesAndIsTrusted) }

func successForgivesAndIsTrusted(t *testing.T, where string) {
	db := openIn(t, where, Options{Now: func() time.Time { return noon }})
	trusted(t, db, noon, "new")
	wantGuess(t, db, "new", time.Time{}, noon)
	failed(t, db, noon, time.Minute, "known", "other")
	trusted(t, db, noon, "known")
	wantGuess(t, db, "known", time.Time{}, noon)
	wantGuess(t, db, "other", noon.Add(time.Minute), time.Time{})
	failed(t, db, noon.Add(time.Second), time.Minute, "known")
	wantGuess(t, db, "known", noon.Add(61*time.Second), noon)
	trusted(t, db, noon.Add(time.Hour), "known")
	wantGuess(t, db, "known", time.Time{}, noon.Add(time.Hour))
}

func TestFailuresAtOnceAllCount(t *testing.T) { onEach(t, failuresAtOnceAllCount) }

func failuresAtOnceAllCount(t *testing.T, where string) {
	stores := []*DB{openIn(t, where, Options{Now: func() time.Time { return noon }}), openIn(t, where, Options{Now: func() time.Time { return noon }})}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 3 { // some ask for the keys in the other order
				failed(t, stores[i%2], noon, time.Second, []string{"a", "b"}[i%2], []string{"b", "a"}[i%2])
			}
		})
	}
	all.Wait()
	for _, name := range []string{"a", "b"} {
		wantGuess(t, stores[0], name, noon.Add(60*time.Second), time.Time{})
	}
}

func TestIdleGuessesAreDropped(t *testing.T) { onEach(t, idleGuessesAreDropped) }

func idleGuessesAreDropped(t *testing.T, where string) {
	db := openIn(t, where, Options{Now: func() time.Time { return noon }})
	failed(t, db, noon, time.Second, "idle", "idle and trusted")
	trusted(t, db, noon, "idle and trusted")
	failed(t, db, noon.Add(time.Hour), time.Second, "busy")
	trusted(t, db, noon.Add(-48*time.Hour), "trusted long ago")
	trusted(t, db, noon.Add(-48*time.Hour), "trusted long ago and busy")
	failed(t, db, noon.Add(time.Hour), time.Second, "trusted long ago and busy")
	if n, err := db.PurgeAttempts(t.Context(), noon.Add(time.Minute), noon.Add(-24*time.Hour)); err != nil || n != 2 {
		t.Errorf("%d dropped, %v; want 2", n, err)
	}
	never := time.Time{}
	wantGuess(t, db, "idle", never, never)
	wantGuess(t, db, "trusted long ago", never, never)
	wantGuess(t, db, "idle and trusted", never, noon)
	wantGuess(t, db, "busy", noon.Add(time.Hour+time.Second), never)
	wantGuess(t, db, "trusted long ago and busy", noon.Add(time.Hour+time.Second), noon.Add(-48*time.Hour))
}

func TestManyIdleGuessesAreDropped(t *testing.T) { onEach(t, manyIdleGuessesAreDropped) }

func manyIdleGuessesAreDropped(t *testing.T, where string) {
	db := openIn(t, where, Options{Now: func() time.Time { return noon }})
	failures := make([]auth.Failure, 2*sweepMost+1)
	for i := range failures {
		failures[i] = auth.Failure{Key: guessKey(string(rune(i))), Every: time.Second, Most: time.Hour}
	}
	for len(failures) > 0 { // no more at once than a transaction has time for
		n := min(len(failures), 1000)
		if err := db.RecordFailures(t.Context(), noon, failures[:n]...); err != nil {
			t.Fatal(err)
		}
		failures = failures[n:]
	}
	if n, err := db.PurgeAttempts(t.Context(), noon.Add(time.Hour), noon.Add(time.Hour)); err != nil || n != 2*sweepMost+1 {
		t.Errorf("%d dropped, %v; want all", n, err)
	}
}
