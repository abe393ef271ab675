//go:build all

package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// Two commits in many hang between the moment at which their changes are stamped
// and the moment at which they can be seen, which is where a reader that goes by
// time loses them. They come one behind the other, for what waits for the first
// is all in the second. Each fourth time they hang twice as long.
const (
	stallEvery   = 200 // commits
	stallLength  = 1500 * time.Millisecond
	stallsEnough = 4 // a run goes on until so many have hung: then the one who has no overlap has missed some
)

// pollOverlap is what the gateway is set to make good for clients that poll by
// time: no less than the longest time from a stamp to the end of a commit. A
// transaction of PostgreSQL may take 5 s, spent waiting behind one that hangs,
// before it hangs itself; and the machine may be busy.
const pollOverlap = 10 * time.Second

// stallingScene makes a scene whose commits stall, and a way to count them.
func stallingScene(t *testing.T, e engine) (s harness.Scene, stalls func() int64) {
	t.Helper()
	if e == postgres {
		return stallingDatabase(t)
	}
	return stallingDisk(t)
}

// stallingDisk lets flushes of the log take long.
func stallingDisk(t *testing.T) (harness.Scene, func() int64) {
	t.Helper()
	dir, disk := filepath.Join(t.TempDir(), "data"), newControl(t)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	scene := newSceneAt(t, dir, disk.env(t, dir, nil)...)
	disk.stall(t, stallEvery, stallLength)
	return scene, func() int64 { return disk.stalls(t) }
}

// stallingDatabase lets PostgreSQL sleep at the end of transactions, where it
// checks what it put off until then.
func stallingDatabase(t *testing.T) (harness.Scene, func() int64) {
	t.Helper()
	scene := newScene(t, postgres)
	tell(t, scene, fmt.Sprintf(`CREATE SEQUENCE stalls;
		CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$
		DECLARE n bigint := nextval('stalls');
		BEGIN
			IF n %% %[1]d >= %[1]d - 2 THEN PERFORM pg_sleep(%[2]g * CASE WHEN n %% (4 * %[1]d) >= 3 * %[1]d THEN 2 ELSE 1 END); END IF;
			RETURN NULL;
		END $$;
		CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stall()`,
		stallEvery, stallLength.Seconds()))
	return scene, func() (n int64) {
		db := openStore(t, scene)
		defer db.Close()
		if err := db.QueryRowContext(t.Context(), `SELECT last_value FROM stalls`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n / stallEvery * 2
	}
}
