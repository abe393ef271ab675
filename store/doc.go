// Package store stores everything in SQL, one file a noun.
//
// [DB] is the order.Store, the order.Directory, the auth.Store and the
// webhook.Store in one. How SQL is run, and all that differs between databases,
// is the business of store/internal/sqldb; what queries may use of a database it
// says as capabilities. The queries are shared and number their parameters $1,
// $2, … in the order in which they first appear, because SQLite's driver binds
// them by appearance. Backups, restores and copies of a whole store are
// store/internal/dump; the steps of the schema are store/migrations.
//
// Behind PgBouncer in transaction mode the address must carry
// default_query_exec_mode=exec: then nothing is prepared, and our settings are
// those of each transaction. An address of several servers finds the one that
// takes changes: postgres://user@a:5432,b:5432/bookgate.
//
// Processes that serve the same store are replicas: each has a row that shows
// that it is there (replicas.go), leases orders under its name (queue.go), and
// runs jobs for all, one replica at a time (jobs.go).
//
// Nothing is deleted, but for what the operator sets an age for (retention.go)
// or erases (erasure.go). The feed is never cut.
//
// The schema grows by numbered steps. Damage that is met while the store is open
// leaves it unready until a backup is restored (store.go).
//
// What a party sees is stored twice on purpose: listing holds each order once,
// at the place of its last change, so that a page is one range of one index;
// feed holds every change permanently (feed.go). Both are written in the
// transaction of the order and its event.
package store
