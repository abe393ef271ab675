package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// editStep makes a store one to which a step was applied with another text.
func editStep(t *testing.T, where string, number int) {
	t.Helper()
	e := engineOf(t, where)
	if err := e.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum := sqldb.Step{SQL: "CREATE TABLE other (a)"}.Digest()
	err := e.Transaction(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		n, err := c.Exec(ctx, "UPDATE steps SET sha256 = $1 WHERE number = $2", sum[:], number)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows of step %d", n, number)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// recordedSteps reads which digests a store has, as number and beginning.
func recordedSteps(t *testing.T, where string) string {
	t.Helper()
	e := engineOf(t, where)
	if err := e.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	err := e.Inspect(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		all.Reset()
		var number, applied int64
		var sum []byte
		return c.Each(ctx, sqldb.SelectSteps, nil, []any{&number, &sum, &applied}, func() { fmt.Fprintf(&all, "%d %.6x\n", number, sum) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// knownSteps is what recordedSteps reads from a store of this program.
func knownSteps(t *testing.T, where string) string {
	var all strings.Builder
	for _, s := range engineOf(t, where).Steps {
		sum := s.Digest()
		fmt.Fprintf(&all, "%d %.6x\n", s.Number, sum[:])
	}
	return all.String()
}

func TestStoreOfAnotherBuildIsRefused(t *testing.T) { onEach(t, storeOfAnotherBuildIsRefused) }

// storeOfAnotherBuildIsRefused asks every way into a store of which one step,
// the first, a middle or the last, was applied with another text.
func storeOfAnotherBuildIsRefused(t *testing.T, where string) {
	sound, fresh := t.TempDir(), filepath.Join(t.TempDir(), "new")
	prepared(t, sound)
	prepared(t, where)
	last := sqldb.Newest(engineOf(t, where).Steps)
	for _, number := range []int{last, 3, 1} {
		editStep(t, where, number)
		for _, upgrade := range []bool{false, true} {
			_, err := Open(t.Context(), where, Options{Upgrade: upgrade})
			wantRefusal(t, err, order.Invalid, "store-diverged", fmt.Sprintf("schema step %04d_", number))
		}
		_, err := Copy(t.Context(), where, fresh, CopyOptions{})
		wantRefusal(t, err, order.Invalid, "store-diverged", "another build")
		_, err = Copy(t.Context(), sound, where, CopyOptions{})
		wantRefusal(t, err, order.Invalid, "store-diverged", "nothing was changed")
	}
	status, err := Look(t.Context(), where)
	if err != nil || len(status.Differ) != 3 || status.Schema != last || status.Orders == 0 {
		t.Errorf("the status is %+v, %v", status, err)
	}
	for i, d := range status.Differ {
		if want := []int{1, 3, last}[i]; !strings.HasPrefix(d.Step, fmt.Sprintf("%04d_", want)) || d.Applied == d.Program || d.At.IsZero() {
			t.Errorf("difference %d is %+v", i, d)
		}
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Errorf("%s was made", fresh)
	}
}

// TestOlderStoreOfAnotherBuildIsNotUpgraded: the next step was made for what the
// program's own steps leave, and not for those of another build.
func TestOlderStoreOfAnotherBuildIsNotUpgraded(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		prepared(t, where)
		editStep(t, where, 2)
		e := engineOf(t, where)
		e.Steps = append(e.Steps, sqldb.Step{Number: sqldb.Newest(e.Steps) + 1, Name: "0099_more.sql", SQL: "CREATE TABLE more (a INTEGER)"})
		if err := e.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if u, err := upgrade(t, e); order.CodeOf(err) != "store-diverged" || len(u.Steps) > 0 {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

func TestServedStoreOfAnotherBuildIsNotReady(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		db := openIn(t, where, Options{})
		editStep(t, where, 4)
		err := db.Ready(t.Context())
		wantRefusal(t, err, order.Unavailable, "store-diverged", "0004_")
	})
}

// TestStepsAreRecorded holds that new stores, upgraded ones and those that lost
// their digests have those of this program, and are warned of in the last case.
func TestStepsAreRecorded(t *testing.T) {
	onEach(t, func(t *testing.T, where string) {
		oldStore(t, where, 1)
		log := &logbook{}
		db := openIn(t, where, Options{Upgrade: true, Log: log.logger()})
		if got, want := recordedSteps(t, where), knownSteps(t, where); got != want {
			t.Errorf("an upgraded store has\n%swant\n%s", got, want)
		}
		err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Exec(ctx, "DELETE FROM steps WHERE number > 2")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			openIn(t, where, Options{Log: log.logger()})
		}
		if n := log.count(slog.LevelWarn, "no digest of schema steps"); n != 1 {
			t.Errorf("%d warnings, want 1:\n%s", n, log)
		}
		if got, want := recordedSteps(t, where), knownSteps(t, where); got != want {
			t.Errorf("a store without digests has\n%swant\n%s", got, want)
		}
	})
}

// TestStepsBelongToTheirStore: what is copied or restored into a store says
// nothing of how that one was made.
func TestStepsBelongToTheirStore(t *testing.T) {
	onEach(t, func(t *testing.T, to string) {
		from := t.TempDir()
		prepared(t, from)
		target := to
		if !sqldb.IsPostgres(to) {
			target = filepath.Join(to, "copy")
		}
		if _, err := Copy(t.Context(), from, target, CopyOptions{}); err != nil {
			t.Fatal(err)
		}
		if got, want := recordedSteps(t, target), knownSteps(t, target); got != want {
			t.Errorf("the copy has\n%swant\n%s", got, want)
		}
		file := filepath.Join(t.TempDir(), "b.db")
		if _, err := openIn(t, target, Options{}).Backup(t.Context(), file, BackupOptions{Verify: true}); err != nil {
			t.Fatal(err)
		}
		back := t.TempDir()
		if _, err := Restore(t.Context(), file, back, Options{}, nil); err != nil {
			t.Fatal(err)
		}
		if got, want := recordedSteps(t, back), knownSteps(t, back); got != want {
			t.Errorf("the restored store has\n%swant\n%s", got, want)
		}
	})
}

func TestBackupOfAnotherBuildIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir, Options{})
	addOrder(t, db, "A-1")
	statement(t, db, "UPDATE steps SET sha256 = x'00' WHERE number = 2") // as the other build has it
	file := filepath.Join(t.TempDir(), "b.db")
	if _, err := db.Backup(t.Context(), file, BackupOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := VerifyBackup(t.Context(), file, nil)
	wantRefusal(t, err, order.Invalid, "backup-diverged", "0002_")
	for engine, place := range engines() {
		where := place(t)
		if engine == "sqlite" {
			where = filepath.Join(where, "new")
		}
		_, err = Restore(t.Context(), file, where, Options{}, nil)
		wantRefusal(t, err, order.Invalid, "backup-diverged", "another build")
	}
}
