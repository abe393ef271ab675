//go:build all

package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"testing"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// mostLive bounds the memory of a copy, whatever the store holds: a batch of
// rows or of document bytes on its way, its copy in the driver, and the buffers
// of three connections.
const mostLive = 24 << 20

// TestCopyNeedsNoMemoryForRows copies some 40 MB and many rows, and looks at
// what is alive meanwhile.
func TestCopyNeedsNoMemoryForRows(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		db := openIn(t, from, Options{})
		addLarge(t, db, 80, 512<<10)
		addRows(t, db, 20_000)
		closeNow(t, db)
		onEach(t, func(t *testing.T, to string) {
			before := alive()
			var most uint64
			calls := 0
			_, err := Copy(t.Context(), from, to, CopyOptions{Progress: func(string, string, int64, int64) {
				if calls++; calls%10 == 0 {
					most = max(most, alive())
				}
			}})
			if err != nil || calls < 100 {
				t.Fatal(calls, err)
			}
			if most > before+mostLive {
				t.Errorf("%d bytes were alive, %d before", most, before)
			}
			t.Logf("at most %d KiB more were alive", (int64(most)-int64(before))>>10)
		})
	})
}

func alive() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// addLarge adds orders whose documents cannot be compressed.
func addLarge(t testing.TB, db *DB, orders, size int) {
	t.Helper()
	b := make([]byte, size)
	for i := range orders {
		rand.Read(b)
		if _, _, err := db.Add(t.Context(), newOrder(fmt.Sprint("L-", i)), order.NewDocument("application/xml", b), order.Event{}); err != nil {
			t.Fatal(err)
		}
	}
}

// addRows adds rows of history past the exchange.
func addRows(t testing.TB, db *DB, n int64) {
	t.Helper()
	err := db.engine.Transaction(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		in := dump.NewInserter(c, dump.Define("feed", 2, "party seq order_n event kind at side prev_seq prev_side"))
		for i := range n {
			if _, err := in.Add(ctx, []any{"P", i, int64(1), i, "marked", i, int64(1), nil, nil}); err != nil {
				return err
			}
		}
		return in.Flush(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
}
