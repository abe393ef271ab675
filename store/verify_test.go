package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// tamper runs statements on a file of SQLite, as an intruder would
// with it.
func tamper(t testing.TB, file string, statements ...string) {
	t.Helper()
	err := sqldb.WithFile(t.Context(), file, url.Values{"mode": {"rw"}}, func(c *sql.Conn) error {
		for _, s := range statements {
			if _, err := c.ExecContext(t.Context(), s); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// twinOf copies a file.
func twinOf(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestEveryFlippedBitIsFound flips one bit at a time at random places of a
// backup. Either it is found, or every row, every definition and the manifest
// are what they were, as another way of reading them shows: then the bit stood
// where nothing is.
func TestEveryFlippedBitIsFound(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	fill(t, db)
	for i := range 20 {
		route(t, db, addOrder(t, db, fmt.Sprintf("B-%d", i)).ID)
	}
	file, _ := backUp(t, db)
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := dumped(t, file)
	if !strings.Contains(want, "Bokhandelen") || !strings.Contains(want, "CREATE TRIGGER") {
		t.Fatal(want)
	}
	flips := fulltest.Rounds(20, 100)
	found, harmless := 0, 0
	for n := range flips + len(sound)/4096 { // and one in the head of each page
		if n >= flips && n%fulltest.Rounds(4, 1) != 0 {
			continue
		}
		at := rand.IntN(len(sound))
		for n%4 != 0 && sound[at] == 0 { // mostly where something is
			at = rand.IntN(len(sound))
		}
		if n >= flips {
			at = (n-flips)*4096 + rand.IntN(100)
		}
		bit := byte(1) << rand.IntN(8)
		flipped := bytes.Clone(sound)
		flipped[at] ^= bit
		name := filepath.Join(t.TempDir(), "flipped.db")
		if err := os.WriteFile(name, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyBackup(t.Context(), name, nil); err != nil {
			found++
			continue
		}
		harmless++
		if got := dumped(t, name); got != want {
			t.Errorf("bit %08b of byte %d was flipped and not found", bit, at)
		}
	}
	t.Logf("%d bits flipped in %d bytes: %d found, %d where nothing is", found+harmless, len(sound), found, harmless)
	if found < flips/2 {
		t.Errorf("only %d were found; the flips hit nothing", found)
	}
}

// TestFlippedBitInTheStepsIsFound flips each bit of a step's name and looks at the list
// of steps, which is no content of the store.
func TestFlippedBitInTheStepsIsFound(t *testing.T) {
	file, _ := backUp(t, openIn(t, t.TempDir(), Options{}))
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const name = "0006_steps.sql"
	at := bytes.LastIndex(sound, []byte(name))
	if at < 0 {
		t.Fatal("the name of a step is not in the file")
	}
	for bit := range 8 * len(name) {
		if bit%fulltest.Rounds(9, 1) != 0 { // each of the eight bits, in some byte
			continue
		}
		flipped := bytes.Clone(sound)
		flipped[at+bit/8] ^= 1 << (bit % 8)
		path := filepath.Join(t.TempDir(), "flipped.db")
		if err := os.WriteFile(path, flipped, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyBackup(t.Context(), path, nil); order.CodeOf(err) != "backup-damaged" {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

// dumped writes everything in a database as text, by the plainest means.
func dumped(t testing.TB, file string) string {
	t.Helper()
	var b strings.Builder
	err := sqldb.WithFile(t.Context(), file, url.Values{"mode": {"ro"}, "immutable": {"1"}}, func(c *sql.Conn) error {
		names := []string{"sqlite_schema"}
		rows, err := c.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
		if err != nil {
			return err
		}
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		for _, name := range names {
			if err := dumpTable(t.Context(), c, &b, name); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return "unreadable: " + err.Error()
	}
	return b.String()
}

func dumpTable(ctx context.Context, c *sql.Conn, b *strings.Builder, name string) error {
	columns := "*"
	if name == "sqlite_schema" {
		columns = "type, name, tbl_name, sql"
	}
	rows, err := c.QueryContext(ctx, "SELECT "+columns+" FROM "+name)
	if err != nil {
		return err
	}
	defer rows.Close()
	kinds, err := rows.Columns()
	if err != nil {
		return err
	}
	values, dest := make([]any, len(kinds)), make([]any, len(kinds))
	for i := range values {
		dest[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		fmt.Fprintf(b, "%s %q\n", name, values)
	}
	return rows.Err()
}

// TestFaultsAreNamed meddles with a backup, and wants the fault in words.
func TestFaultsAreNamed(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	fill(t, db)
	file, _ := backUp(t, db)
	for _, c := range []struct{ says, change string }{
		{"Table orders has other values than were backed up", `UPDATE orders SET reason = 'x' WHERE n = 3`},
		{"Table tickets has 1 rows; the manifest says 0.", `INSERT INTO tickets VALUES (x'00', '', '', '', 1, 2)`},
		{"Table meta has other values", `UPDATE meta SET value = x'00' WHERE name LIKE 'secret:%'`},
		{"The newest change of party 7045 is 23; the manifest says 22.", `UPDATE heads SET seq = 23 WHERE party = '7045'`},
		{"There are changes of 1 parties; the manifest says 2.", `DELETE FROM heads WHERE party = '1001'`},
		{"The definitions of tables, indexes and triggers are not those that were backed up.", `DROP TRIGGER events_are_not_deleted`},
		{"The definitions of tables", `DROP INDEX feed_at`},
		{"The epoch is \"x\"; the manifest says", `UPDATE epochs SET id = 'x' WHERE ended = 0`},
		{"Its manifest cannot be used: its seal does not fit.", `UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), '1.2.3', '1.2.4') AS BLOB) WHERE name = 'manifest'`},
		{"Its manifest cannot be used", `DELETE FROM meta WHERE name = 'manifest seal'`},
		{"its manifest says", `UPDATE meta SET value = CAST('1' AS BLOB) WHERE name = 'schema'`},
		{"The digests of the documents are not those that were backed up", `UPDATE documents SET sha256 = zeroblob(32) WHERE order_n = 2`},
		{"is not the one that came in", `UPDATE documents SET size = size - 1 WHERE order_n = 2`},
		{"refer to rows of orders which are not there", `PRAGMA foreign_keys = 0; UPDATE lines SET order_n = 99 WHERE order_n = 1`},
	} {
		meddled := twinOf(t, file)
		tamper(t, meddled, c.change)
		_, err := VerifyBackup(t.Context(), meddled, nil)
		wantFault(t, c.change, err, c.says)
		alone(t, meddled)
	}
}

// wantFault wants the error of a damaged backup, with a sentence in it.
func wantFault(t testing.TB, what string, err error, says string) {
	t.Helper()
	var e *order.Error
	if !errors.As(err, &e) || e.Code != "backup-damaged" || len(e.Fields) == 0 {
		t.Errorf("%s: %v", what, err)
		return
	}
	for _, f := range e.Fields {
		if !strings.HasSuffix(f.Message, ".") {
			t.Errorf("%q is no sentence", f.Message)
		}
		if strings.Contains(f.Message, says) {
			return
		}
	}
	t.Errorf("%s: %+v does not say %q", what, e.Fields, says)
}

// TestInconsistentStoreIsFound backs up stores that do not fit together. The
// rows are those of the manifest then, and the backup is refused all the same.
func TestInconsistentStoreIsFound(t *testing.T) { onEach(t, inconsistentStoreIsFound) }

func inconsistentStoreIsFound(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	fill(t, db)
	for _, c := range []struct{ says, change, back string }{
		{"on side 0 of the list of party 1001; it should be on side 2.", `UPDATE listing SET party = 'x' WHERE party = '1001' AND order_n = 2`, `UPDATE listing SET party = '1001' WHERE party = 'x'`},
		{"on side 3 of the list of party 7045; it should be on side 1.", `UPDATE listing SET side = 3 WHERE party = '7045' AND order_n = 3`, `UPDATE listing SET side = 1 WHERE side = 3`},
		{"is in the lists of 3 parties; 2 see it.", `INSERT INTO listing SELECT 'x', 1, seq, order_n, id, number, buyer, seller, status, created, updated FROM listing WHERE party = '7045' AND order_n = 4`, `DELETE FROM listing WHERE party = 'x'`},
		{"in places that no change gave them.", `UPDATE listing SET seq = 999 WHERE party = '7045' AND order_n = 8`, `UPDATE listing SET seq = 22 WHERE seq = 999`},
		{"Of the changes 1 to 22 of party 7045 there are 21; there should be 22.", `UPDATE feed SET party = 'x', seq = 99 WHERE party = '7045' AND seq = 5`, `UPDATE feed SET party = '7045', seq = 5 WHERE seq = 99`},
		{"begin at 2; they should begin at 1.", `UPDATE feed SET party = 'x', seq = 99 WHERE party = '7045' AND seq = 1`, `UPDATE feed SET party = '7045', seq = 1 WHERE seq = 99`},
		{"Party x has 1 changes and no newest one.", `UPDATE feed SET party = 'x', seq = 99 WHERE party = '7045' AND seq = 1`, `UPDATE feed SET party = '7045', seq = 1 WHERE seq = 99`},
		{"The changes of party 7045 end at 22; its newest is 23.", `UPDATE heads SET seq = 23 WHERE party = '7045'`, `UPDATE heads SET seq = 22 WHERE party = '7045'`},
		{"end at revision 3; the order has revision 4.", `UPDATE orders SET revision = 4 WHERE n = 1`, `UPDATE orders SET revision = 3 WHERE n = 1`},
		{"has no events.", `INSERT INTO orders SELECT 99, 'id', sender, 'other', buyer, seller, status, purpose, source, revision, created, updated, lease, routing, reason, summary, header, kept, subject, facts, held, leased_by, retired, erased, findings FROM orders WHERE n = 1`, `DELETE FROM orders WHERE n = 99`},
		{"has 4 events, the last of which is number 9.", `INSERT INTO events SELECT order_n, 9, kind, at, revision, line, from_status, to_status, party, actor, via, text FROM events WHERE order_n = 1 AND number = 3`, ``},
	} {
		meddle(t, db, c.change)
		file := filepath.Join(t.TempDir(), "backup.db")
		_, err := db.Backup(t.Context(), file, BackupOptions{Verify: true})
		wantFault(t, c.change, err, c.says)
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s: the backup is there", c.change)
		}
		if _, err := db.Backup(t.Context(), file, BackupOptions{}); err != nil {
			t.Errorf("%s: without looking at it the backup fails: %v", c.change, err)
		}
		if c.back != "" {
			meddle(t, db, c.back)
			backUp(t, db)
		}
	}
}

// meddle runs a statement on a store, by which it may fall apart.
func meddle(t testing.TB, db *DB, text string) {
	t.Helper()
	err := db.engine.Transaction(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, text)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// notBackups makes files that are no backup.
func notBackups(t *testing.T) map[string]struct{ file, code, says string } {
	db := openIn(t, t.TempDir(), Options{})
	fill(t, db)
	file, _ := backUp(t, db)
	newer := twinOf(t, file)
	tamper(t, newer, `UPDATE meta SET value = CAST('99' AS BLOB) WHERE name = 'schema'`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	foreign, _ := other(t, t.TempDir(), "CREATE TABLE meta (name, value)")
	cut := twinOf(t, file)
	if err := os.Truncate(cut, 50_000); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	plain, empty := filepath.Join(dir, "plain.db"), filepath.Join(dir, "empty.db")
	for name, text := range map[string]string{plain: strings.Repeat("plain text, not a database\n", 400), empty: ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]struct{ file, code, says string }{
		"missing":         {filepath.Join(dir, "missing.db"), "backup-missing", "There is no file"},
		"empty":           {empty, "backup-foreign", "not a file, or an empty one"},
		"folder":          {dir, "backup-foreign", "not a file, or an empty one"},
		"plain text":      {plain, "backup-foreign", "not a database of SQLite"},
		"another program": {foreign, "backup-foreign", "another program"},
		"plain store":     {db.Path(), "backup-foreign", "without the manifest"},
		"newer":           {newer, "backup-newer", "schema 99"},
		"cut short":       {cut, "backup-damaged", ""},
	}
}

func TestWhatIsNoBackupIsRefused(t *testing.T) {
	for name, c := range notBackups(t) {
		if _, err := VerifyBackup(t.Context(), c.file, nil); order.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("verify of %s gave %v", name, err)
		}
		for engine, place := range engines() {
			where := place(t)
			if engine == "sqlite" {
				where = filepath.Join(where, "new")
			}
			if _, err := Restore(t.Context(), c.file, where, Options{}, nil); order.CodeOf(err) != c.code {
				t.Errorf("restore of %s into %s gave %v", name, engine, err)
			}
			if _, err := os.Stat(where); engine == "sqlite" && err == nil {
				t.Errorf("restore of %s left a folder", name)
			}
		}
	}
}
