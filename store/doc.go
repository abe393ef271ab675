// Package store stores everything in SQL.
//
// [DB] is the order.Store, the order.Directory, the auth.Store and the
// webhook.Store in one.
// Everything that differs between databases is a field of engine; the queries
// are shared and number their parameters $1, $2, … in the order in which they
// first appear, because SQLite's driver binds them by appearance.
//
// In SQLite all changes pass through one writer, which commits what is waiting
// in one transaction and answers after the commit (writer.go). In PostgreSQL
// each change has a transaction of its own, on one of a few connections
// (pool.go), and is done again when the database was away; what became of a
// commit whose answer was lost is asked of the database itself (attempt.go).
// Readers have their own connections and see whole commits only.
//
// Behind PgBouncer in transaction mode the address must carry
// default_query_exec_mode=exec: then nothing is prepared, and our settings are
// those of each transaction. An address of several servers finds the one that
// takes changes: postgres://user@a:5432,b:5432/bookgate.
//
// Processes that serve the same store are replicas: each keeps a row that it
// is there (replicas.go), leases orders under its name (leases.go), and does
// jobs for all, one replica at a time (jobs.go).
//
// Nothing is deleted, but for what the operator sets an age for (retention.go)
// or erases (erase.go, forget.go). The feed is never cut.
//
// The schema grows by numbered steps (upgrade.go). A store is looked at without
// leaving a trace before anything is changed (look.go, folder.go): what is
// another program's, newer, damaged, or older and not to be upgraded, is
// refused untouched. In SQLite a copy is made before the first step
// changes a store. CorruptDocument that is met later leaves the store unready until a
// backup is restored (damage.go).
//
// What a party sees is stored twice on purpose: listing holds each order once,
// at the place of its last change, so that a page is one range of one index;
// feed holds every change permanently (feed.go). Both are written in the
// transaction of the order and its event.
package store
