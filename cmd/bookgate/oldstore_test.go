package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"
)

// oldRows are an order in a store of schema 1.
const oldRows = `
	INSERT INTO parties VALUES ('7045', 'Eksempel Bokhandel', 'NBSN', '', 1);
	INSERT INTO identifiers VALUES ('7045', 'nbsn', '7045', 0, 'NBSN', '');
	INSERT INTO orders (n, id, sender, number, buyer, seller, status, purpose, source, revision, created, updated, routing, reason, summary, header, kept)
		VALUES (1, '01a1fdd7-dc38-7ebc-9873-7efd9fda3b92', '7045', 'A-1', '7045', '', 'FAILED', 'Original', 'boknett', 1, 1, 1, '{}', '', '{}', '{}', '');
	INSERT INTO events VALUES (1, 1, 'received', 1, 1, 0, '', 'UNPROCESSED', '7045', 'bokhandel', 'boknett', '');`

// cmdOldStore makes a store of schema 1 in a folder, or in the database of the
// story:
//
//	oldstore data
func cmdOldStore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: oldstore FOLDER")
	}
	if database := ts.Getenv("BOOKGATE_DATABASE"); database != "" {
		ts.Check(oldDatabase(database))
		return
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(sqlIn(filepath.Join(dir, "bookgate.db"), "PRAGMA journal_mode = wal", firstStep("sqlite"), oldRows, "INSERT INTO meta VALUES ('schema', CAST('1' AS BLOB))"))
}

// firstStep is the schema of the first bookgate.
func firstStep(engine string) string {
	text, err := os.ReadFile(filepath.Join("../../store/migrations", engine, "0001_exchange.sql"))
	if err != nil {
		panic(err)
	}
	return string(text)
}

// sqlIn runs statements on a file of SQLite.
func sqlIn(path string, statements ...string) error {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			return err
		}
	}
	return nil
}

func oldDatabase(database string) error {
	return sqlOn(database, firstStep("postgres")+oldRows+"INSERT INTO meta VALUES ('schema', '1')")
}

// sqlOn runs statements on a database of PostgreSQL.
func sqlOn(database, statements string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.PgConn().Exec(ctx, statements).ReadAll()
	return err
}

// cmdSQLite runs statements on a file, past every check:
//
//	sqlite data/bookgate.db 'CREATE TABLE things (a)'
func cmdSQLite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sqlite FILE STATEMENT…")
	}
	ts.Check(sqlIn(ts.MkAbs(args[0]), args[1:]...))
}
