package store

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// alterRow changes rows behind the store's back.
func alterRow(t *testing.T, db *DB, query string, args ...any) {
	t.Helper()
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		n, err := c.Exec(ctx, query, args...)
		if err == nil && n == 0 {
			return fmt.Errorf("nothing was altered")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// storedBody is a document as it is stored.
func storedBody(t *testing.T, db *DB) (body []byte) {
	t.Helper()
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, "SELECT body FROM documents ORDER BY order_n LIMIT 1", nil, &body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

const ofOrder = ` WHERE order_n = (SELECT n FROM orders WHERE number = $2)`

func TestScrubFindsWhatIsDamaged(t *testing.T) { onEach(t, scrubFindsWhatIsDamaged) }

func scrubFindsWhatIsDamaged(t *testing.T, where string) {
	log := &logbook{}
	db := openIn(t, where, Options{Log: log.logger()})
	ids := map[string]order.ID{}
	const orders = 9
	for i := range orders {
		number := fmt.Sprint("A-", i)
		ids[number] = addOrder(t, db, number).ID
	}
	wantScrub := func(checked int64, numbers ...string) []CorruptDocument {
		t.Helper()
		var at, of int64
		n, damages, err := db.Scrub(t.Context(), func(done, all int64) {
			if done < at || done > all {
				t.Errorf("progress went from %d to %d of %d", at, done, all)
			}
			at, of = done, all
		})
		if err != nil || n != checked || at != of || at == 0 {
			t.Errorf("%d checked, progress %d of %d, %v; want %d", n, at, of, err, checked)
		}
		var got []string
		for _, d := range damages {
			got = append(got, d.Number)
			if d.Order != ids[d.Number] || d.Sender != buyer || d.Text == "" || d.Found.IsZero() {
				t.Errorf("damage %+v", d)
			}
		}
		if d := cmp.Diff(numbers, got); d != "" {
			t.Errorf("damaged:\n%s", d)
		}
		listed, err := db.CorruptDocuments(t.Context())
		if d := cmp.Diff(damages, listed); err != nil || d != "" {
			t.Errorf("CorruptDocuments: %v\n%s", err, d)
		}
		return damages
	}
	wantScrub(orders)

	stored := storedBody(t, db)
	flipped := bytes.Clone(stored)
	flipped[len(flipped)/2] ^= 1
	alterRow(t, db, "UPDATE documents SET body = $1"+ofOrder, flipped, "A-1")
	alterRow(t, db, "UPDATE documents SET body = $1"+ofOrder, stored[:len(stored)/2], "A-2")
	alterRow(t, db, "UPDATE documents SET size = $1"+ofOrder, len(body)-1, "A-3")
	alterRow(t, db, "UPDATE documents SET sha256 = $1"+ofOrder, bytes.Repeat([]byte{7}, 32), "A-4")
	alterRow(t, db, "UPDATE documents SET sha256 = $1"+ofOrder, []byte("short"), "A-5")
	alterRow(t, db, "UPDATE documents SET size = $1"+ofOrder, int64(1)<<62, "A-6")
	alterRow(t, db, "UPDATE documents SET size = $1"+ofOrder, -1, "A-7")
	first := wantScrub(orders, "A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7")
	if n := log.count(slog.LevelError, "a stored document is damaged"); n != 7 || log.count(slog.LevelError, string(ids["A-4"])) != 1 {
		t.Errorf("the log says\n%s", log)
	}
	again := wantScrub(orders, "A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7")
	if d := cmp.Diff(first, again); d != "" || log.count(slog.LevelError, "") != 7 {
		t.Errorf("what is known already is found anew:\n%s%s", d, log)
	}

	// Repaired ones leave the list, and those that are no longer retained.
	alterRow(t, db, "UPDATE documents SET body = $1"+ofOrder, stored, "A-1")
	alterRow(t, db, "UPDATE documents SET size = $1"+ofOrder, len(body), "A-7")
	alterRow(t, db, "UPDATE documents SET body = $1, dropped = 1"+ofOrder, []byte{}, "A-2")
	wantScrub(orders-1, "A-3", "A-4", "A-5", "A-6")
}

func TestScrubOfNothing(t *testing.T) { onEach(t, scrubOfNothing) }

func scrubOfNothing(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	o := newOrder("A-1")
	if _, _, err := db.Add(t.Context(), o, order.Document{}, order.Event{Kind: order.EventReceived}); err != nil {
		t.Fatal(err)
	}
	n, damages, err := db.Scrub(t.Context(), nil)
	if n != 0 || len(damages) != 0 || err != nil {
		t.Errorf("%d checked, %v, %v", n, damages, err)
	}
}

func TestScrubWhoseCallerHasLeft(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	addOrder(t, db, "A-1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := db.Scrub(ctx, nil); err == nil {
		t.Error("Scrub ended without an error")
	}
}

// TestSlicesMakeAPass walks over the documents as the job does, in slices
// that are smaller than all.
func TestSlicesMakeAPass(t *testing.T) { onEach(t, slicesMakeAPass) }

func slicesMakeAPass(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	for i := range 7 {
		addOrder(t, db, fmt.Sprint("A-", i))
	}
	for _, number := range []string{"A-0", "A-6"} {
		alterRow(t, db, "UPDATE documents SET body = $1"+ofOrder, []byte("?"), number)
	}
	last, err := db.lastDocument(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var place, checked int64
	for slices := 0; ; slices++ {
		s, err := db.newScrub(t.Context(), last)
		if err != nil {
			t.Fatal(err)
		}
		s.place = place
		more, err := s.batch(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		place, checked = s.place, checked+s.checked
		if !more {
			break
		}
	}
	damages, err := db.CorruptDocuments(t.Context())
	if err != nil || checked != 7 || len(damages) != 2 || damages[0].Number != "A-0" || damages[1].Number != "A-6" {
		t.Errorf("%d checked, %+v, %v", checked, damages, err)
	}
	if next, err := db.scrubSlice(t.Context(), last-1); err != nil || next != 0 {
		t.Errorf("after the last document comes %d, %v", next, err)
	}
}

func TestAPassTakesAWeek(t *testing.T) {
	for _, documents := range []int64{1, 1000, 100_000, 1_000_000, scrubMost * scrubSlices} {
		slices := (documents + sliceOf(documents) - 1) / sliceOf(documents)
		if pass := time.Duration(slices) * scrubEvery; pass > 7*24*time.Hour {
			t.Errorf("%d documents take %s", documents, pass)
		}
	}
	if longest := scrubMost * time.Second / scrubRate; longest > scrubLease/2 {
		t.Errorf("the longest slice takes %s of a lease of %s", longest, scrubLease)
	}
}

// TestSlicesKeepTheirPace wants that no more documents are read than the clock
// lets pass.
func TestSlicesKeepTheirPace(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	for i := range 5 {
		addOrder(t, db, fmt.Sprint("A-", i))
	}
	last, err := db.lastDocument(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := db.newScrub(t.Context(), last)
	if err != nil {
		t.Fatal(err)
	}
	pace := make(chan time.Time, 3)
	for range 3 {
		pace <- time.Time{}
	}
	s.pace = pace
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.batch(ctx, 5); err == nil || s.checked != 3 {
		t.Errorf("%d documents were checked at a pace of 3, %v", s.checked, err)
	}
}
