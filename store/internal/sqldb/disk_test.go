package sqldb

import (
	"bytes"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDiskIsLowBeforeItIsFull(t *testing.T) {
	const mb, gb = int64(1) << 20, int64(1) << 30
	for _, c := range []struct {
		free, size int64
		low        bool
	}{
		{24 * mb, 24 * mb, false}, {3 * mb, 24 * mb, false}, {2 * mb, 24 * mb, true}, {0, 24 * mb, true},
		{600 * mb, 5 * gb, false}, {500 * mb, 5 * gb, true},
		{2 * gb, 1000 * gb, false}, {gb - 1, 1000 * gb, true},
	} {
		if got := LowSpace(c.free, c.size); got != c.low {
			t.Errorf("%d of %d is low: %v", c.free, c.size, got)
		}
	}
}

// TestSpaceIsWatched: a disk that fills up is reported once and again after an
// hour, and so is its end.
func TestSpaceIsWatched(t *testing.T) {
	var log bytes.Buffer
	free := int64(5 << 30)
	r := &spaceWatch{path: filepath.Join(t.TempDir(), FileName), log: slog.New(slog.NewTextHandler(&log, nil)),
		disk: func(string) (int64, int64, error) { return free, 100 << 30, nil }}
	now := time.Now()
	want := func(warned, relieved int) {
		t.Helper()
		for range 3 {
			r.look(t.Context(), now)
			now = now.Add(spaceEvery)
		}
		count := func(line string) int { return strings.Count(log.String(), line) }
		w, i := count(`level=WARN msg="the disk of the store is nearly full`), count(`level=INFO msg="the disk of the store has space again`)
		if w != warned || i != relieved {
			t.Errorf("%d warnings and %d reliefs, want %d and %d:\n%s", w, i, warned, relieved, &log)
		}
	}
	want(0, 0)
	free = 900 << 20
	want(1, 0)
	now = now.Add(spaceAgain)
	want(2, 0)
	free = 2 << 30
	want(2, 1)
	free = 0
	want(3, 1)
}
