// Package migrations holds the numbered steps that make the schema of a store,
// one folder for each database. A step that was released is never edited:
// steps.sum has the digest of each.
package migrations

import "embed"

// SQLite holds the steps for SQLite, in the folder sqlite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS

// Postgres holds the steps for PostgreSQL, in the folder postgres.
//
//go:embed postgres/*.sql
var Postgres embed.FS
