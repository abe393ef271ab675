// Package sqldb runs SQL: it opens the databases, checks them and their
// settings, runs transactions, and brings the schema up to date. It is the only
// package that imports database drivers, and knows nothing of what is stored.
//
// An [Engine] is everything that differs between databases. In SQLite all
// changes pass through one [Writer], which commits what is waiting in one
// transaction and answers after the commit, while a [Checkpointer] moves the
// write-ahead log into the database. In PostgreSQL each change has a transaction
// of its own on a connection of a [Pool], and is run again when the database was
// away; whether a commit succeeded whose answer was lost is asked of the database
// itself (postgres_pool.go). Readers have their own connections and see whole
// commits only.
//
// A store is inspected without leaving a trace before anything in it is changed
// (inspect.go, datadir.go): one that belongs to another program, is newer, is
// damaged, or is older and must not be upgraded, is refused untouched. In SQLite
// a copy is made before the first step changes a store (migrate_backup.go).
package sqldb
