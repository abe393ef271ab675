package store

import (
	"context"
	"strconv"
	"testing"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// contents are the digests of all tables of a store.
type contents map[string]TableSum

func contentsOf(t testing.TB, db *DB) contents {
	t.Helper()
	all := contents{}
	err := db.engine.Snapshot(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for _, table := range dump.Tables() {
			rows, sum, err := dump.DigestTable(ctx, c, table)
			if err != nil {
				return err
			}
			all[table.Name] = TableSum{Rows: rows, SHA256: sum}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fill writes into a store some of everything that the exchange writes.
func fill(t testing.TB, db *DB) {
	t.Helper()
	for _, p := range []order.Party{{ID: buyer, Name: "Bokhandelen på hjørnet", Scheme: "NBSN"}, {ID: seller, Name: "Forlaget Ærlig", Scheme: "NBSN",
		Aliases: []order.Identifier{{Type: "GLN", Value: "7080000010010"}}}} {
		if err := db.AddParty(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Allow(t.Context(), buyer, seller); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Secret(t.Context(), "cursor"); err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		o := addOrder(t, db, "A-"+strconv.Itoa(i))
		route(t, db, o.ID)
		mark(t, db, o.ID, 1+i%5, order.Fulfilled)
	}
	addOrder(t, db, "waiting")
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for _, text := range []string{
			`INSERT INTO chores (name, holder, lease, done, place) VALUES ('verify', 'r1', 5, 4, -9223372036854775808)`,
			`INSERT INTO damages (order_n, found, text) VALUES (1, 9223372036854775807, 'found')`,
			`INSERT INTO epochs (id, began, ended) VALUES ('e1', 1, 2)`,
			`INSERT INTO epoch_heads (epoch, party, seq) VALUES ('e1', '7045', 3)`,
		} {
			if _, err := c.Exec(ctx, text); err != nil {
				return err
			}
		}
		_, err := c.Exec(ctx, `INSERT INTO guesses (key, free, trusted, used) VALUES ($1, 1, 2, 3)`, []byte{0, 1, 255})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryChangeShowsInTheDigest changes one value after the other.
func TestEveryChangeShowsInTheDigest(t *testing.T) { onEach(t, everyChangeShowsInTheDigest) }

func everyChangeShowsInTheDigest(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	fill(t, db)
	before := contentsOf(t, db)
	for _, change := range []struct{ table, text string }{
		{"orders", `UPDATE orders SET reason = reason || ' ' WHERE n = 3`},
		{"lines", `UPDATE lines SET quantity = quantity + 1 WHERE order_n = 2 AND place = 4`},
		{"documents", `UPDATE documents SET size = 0 WHERE order_n = 7`},
		{"feed", `UPDATE feed SET prev_seq = 0 WHERE seq = 1`}, // was NULL
		{"parties", `UPDATE parties SET name = scheme, scheme = name WHERE id = '7045'`},
		{"tickets", `INSERT INTO tickets (digest, kind, party, holder, created, expires) VALUES ('a', '', '', '', 1, 2)`},
		{"heads", `DELETE FROM heads`},
	} {
		text := change.text
		if change.table == "tickets" && db.engine.Name == "sqlite" {
			text = `INSERT INTO tickets (digest, kind, party, holder, created, expires) VALUES (x'61', '', '', '', 1, 2)`
		}
		err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Exec(ctx, text)
			return err
		})
		if err != nil {
			t.Fatal(change.text, err)
		}
		after := contentsOf(t, db)
		for name := range before {
			if (before[name].SHA256 != after[name].SHA256) != (name == change.table) {
				t.Errorf("%s: the digest of %s went from %x to %x", change.text, name, before[name].SHA256, after[name].SHA256)
			}
		}
		before = after
	}
}

// TestInsertionsAreWhole writes numbers of rows around the most at once.
func TestInsertionsAreWhole(t *testing.T) { onEach(t, insertionsAreWhole) }

func insertionsAreWhole(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	parties := dump.Define("parties", 1, "id name scheme profile created erased")
	for _, rows := range []int{1, 255, 256, 257, 700} {
		err := db.engine.Transaction(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			in := dump.NewInserter(c, parties)
			for i := range rows {
				if _, err := in.Add(ctx, []any{strconv.Itoa(rows*1000 + i), "N", "S", "", int64(i), int64(0)}); err != nil {
					return err
				}
			}
			return in.Flush(ctx)
		})
		if err != nil {
			t.Fatal(rows, err)
		}
	}
	var n int64
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) (err error) {
		n, err = parties.Count(ctx, c)
		return err
	})
	if err != nil || n != 1+255+256+257+700 {
		t.Errorf("%d rows are there, %v", n, err)
	}
}
