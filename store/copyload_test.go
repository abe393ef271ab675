package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// change is one thing that happens in a store, with what it needs.
type change struct {
	kind, lines, pick int
	number, text      string
	body              []byte
}

// histories are changes with texts of any characters that can be stored.
func histories() *rapid.Generator[[]change] {
	text := rapid.StringOfN(rapid.Rune().Filter(func(c rune) bool { return c != 0 }), 0, 40, -1)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change {
		return change{kind: rapid.IntRange(0, 5).Draw(t, "kind"), lines: rapid.IntRange(0, 5).Draw(t, "lines"), pick: rapid.IntRange(0, 11).Draw(t, "pick"),
			number: text.Draw(t, "number"), text: text.Draw(t, "text"), body: rapid.SliceOfN(rapid.Byte(), 1, 3000).Draw(t, "body")}
	}), 0, 12)
}

func TestAnyHistoryIsCopied(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		copyHistory(t, histories().Draw(r, "history"), t.TempDir())
	})
}

// copyHistory makes a store by a history and copies it.
func copyHistory(t *testing.T, history []change, to string) contents {
	t.Helper()
	from := t.TempDir()
	db := openIn(t, from, Options{})
	live(t, db, history)
	want := contentsOf(t, db)
	closeNow(t, db)
	c, err := Copy(t.Context(), from, to, CopyOptions{})
	if err != nil || !c.Written || len(c.Tables) != len(want) {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, table := range c.Tables {
		if table.To != want[table.Name] {
			t.Fatalf("%s: %d rows became %d, or other values", table.Name, want[table.Name].Rows, table.To.Rows)
		}
	}
	return want
}

// live plays a history in a store.
func live(t *testing.T, db *DB, history []change) {
	t.Helper()
	var ids []order.ID
	for _, id := range []order.PartyID{buyer, seller} {
		if err := db.AddParty(t.Context(), order.Party{ID: id, Name: "N", Scheme: "NBSN"}); err != nil {
			t.Fatal(err)
		}
	}
	for i, h := range history {
		var err error
		switch {
		case h.kind < 2:
			o := newOrder(fmt.Sprintf("%s-%d", h.number, i))
			o.Lines, o.Header.Buyer.Names = o.Lines[:h.lines], []string{h.text}
			o, _, err = db.Add(t.Context(), o, order.NewDocument("application/xml", h.body), order.Event{Kind: order.EventReceived, Party: buyer, Actor: h.text})
			ids = append(ids, o.ID)
		case h.kind == 2 && len(ids) > 0:
			route(t, db, ids[h.pick%len(ids)])
		case h.kind == 3 && len(ids) > 0:
			err = answer(t.Context(), db, ids[h.pick%len(ids)], h.text)
		case h.kind == 4:
			err = db.AddUser(t.Context(), auth.User{Name: fmt.Sprintf("u%d", i), Party: buyer, Password: h.text})
		case h.kind == 5:
			_, err = db.Secret(t.Context(), fmt.Sprintf("s%d", i))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func answer(ctx context.Context, db *DB, id order.ID, text string) error {
	_, err := db.Update(ctx, id, func(o *order.Order) ([]order.Event, error) {
		for i := range o.Lines {
			o.Lines[i].Changed = time.Now()
		}
		return []order.Event{{Kind: order.EventMarked, Line: 1, To: order.Received, Party: seller, Text: text}}, nil
	})
	return err
}

// BenchmarkCopy copies 20,000 orders of five lines each way.
func BenchmarkCopy(b *testing.B) {
	lite := b.TempDir()
	db := openIn(b, lite, Options{})
	fillFor(b, db, 20_000)
	closeNow(b, db)
	for name, place := range engines() {
		b.Run(name, func(b *testing.B) {
			from := place(b)
			benchCopy(b, lite, from)
			for other, target := range engines() {
				b.Run(other, func(b *testing.B) {
					var rows int64
					for b.Loop() {
						rows += benchCopy(b, from, target(b))
					}
					b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
				})
			}
		})
	}
}

// benchCopy copies a store and returns the number of rows.
func benchCopy(b *testing.B, from, to string) (rows int64) {
	b.Helper()
	c, err := Copy(b.Context(), from, to, CopyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range c.Tables {
		rows += t.From.Rows
	}
	return rows
}

// fillFor adds orders of five lines, many at once, and routes them.
func fillFor(b *testing.B, db *DB, orders int) {
	b.Helper()
	work := make(chan int)
	done := make(chan struct{})
	const hands = 16
	for range hands {
		go func() {
			for i := range work {
				route(b, db, addOrder(b, db, fmt.Sprint("B-", i)).ID)
			}
			done <- struct{}{}
		}()
	}
	for i := range orders {
		work <- i
	}
	close(work)
	for range hands {
		<-done
	}
}
