// Package store keeps everything in SQL.
//
// [DB] is the order.Store, the order.Directory and the auth.Store in one.
// Everything that differs between databases is a field of engine; the queries
// are shared and number their parameters $1, $2, … in the order in which they
// first appear, because SQLite's driver binds them by appearance.
//
// All changes pass through one writer, which commits what is waiting in one
// transaction and answers after the commit (writer.go). Readers have their own
// connections and see whole commits only (conn.go).
//
// What a party sees is kept twice on purpose: listing holds each order once,
// at the place of its last change, so that a page is one range of one index;
// feed holds every change for ever (places.go). Both are written in the
// transaction of the order and its event.
package store
