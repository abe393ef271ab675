package store

import (
	"context"
	"fmt"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// oldestSQLite is the first version without a fault that could reset a log
// that was still needed (SQLite 3.51.3, release notes).
const oldestSQLite = 3_051_003

// setting is one PRAGMA: how it is set, and what it must read back. The driver
// takes some from the address; the others are set on each new connection.
type setting struct {
	name    string
	value   string
	dsn     string // the driver's name for it
	reads   string // what it reads back, where that differs from value
	purpose []purpose
}

// sqliteSettings are the settings on which our promises rest.
var sqliteSettings = []setting{
	// Readers see the last commit while the writer writes.
	{name: "journal_mode", value: "wal", dsn: "_journal_mode", purpose: []purpose{writing, keeping}},
	// A commit is on the disk before it is answered. The driver's own choice,
	// NORMAL, loses what was acknowledged when the power fails.
	{name: "synchronous", value: "FULL", dsn: "_synchronous", reads: "2", purpose: []purpose{writing, keeping}},
	// Another process, such as an administration command, may hold the lock.
	{name: "busy_timeout", value: "5000", dsn: "_busy_timeout", purpose: []purpose{writing, reading, looking}},
	// The keeper blocks the writer while it waits, so it waits briefly.
	{name: "busy_timeout", value: "250", dsn: "_busy_timeout", purpose: []purpose{keeping}},
	// What is deleted or erased is overwritten, not only let go.
	{name: "secure_delete", value: "1", purpose: []purpose{writing}},
	{name: "foreign_keys", value: "on", dsn: "_foreign_keys", reads: "1", purpose: []purpose{writing}},
	// Readers cannot write, whatever the query says.
	{name: "query_only", value: "on", dsn: "_query_only", reads: "1", purpose: []purpose{reading, looking}},
	// Negative is KiB. Every reader has a cache of its own.
	{name: "cache_size", value: "-65536", dsn: "_cache_size", purpose: []purpose{writing}},
	{name: "cache_size", value: "-16384", dsn: "_cache_size", purpose: []purpose{reading}},
	// The keeper moves the log; the writer only when the keeper is stuck.
	{name: "wal_autocheckpoint", value: "65536", purpose: []purpose{writing}},
	{name: "wal_autocheckpoint", value: "0", purpose: []purpose{reading, keeping}},
	{name: "journal_size_limit", value: "67108864", purpose: []purpose{writing, keeping}},
	// Nothing in a damaged or crafted file may run code or be believed.
	{name: "trusted_schema", value: "0", purpose: []purpose{writing, reading, keeping, looking}},
	{name: "cell_size_check", value: "1", purpose: []purpose{writing, reading, keeping, looking}},
}

func (s setting) serves(p purpose) bool {
	for _, q := range s.purpose {
		if p == q {
			return true
		}
	}
	return false
}

func (s setting) wanted() string {
	if s.reads != "" {
		return s.reads
	}
	return s.value
}

func checkSQLiteVersion(version string, number int) error {
	if number >= oldestSQLite {
		return nil
	}
	return wrongSettings("SQLite %s has a known fault that loses data; 3.51.3 or newer is needed.", version).
		WithHint("Build bookgate with the SQLite that its driver brings along, without the tag libsqlite3.")
}

// checkSQLite reads every setting back: one that was misspelt or ignored would
// otherwise show itself at the next power failure.
func checkSQLite(ctx context.Context, c *conn, p purpose) error {
	version, number, _ := sqlite3.Version()
	if err := checkSQLiteVersion(version, number); err != nil {
		return err
	}
	for _, s := range sqliteSettings {
		if !s.serves(p) {
			continue
		}
		var got string
		if _, err := c.get(ctx, "PRAGMA "+s.name, nil, &got); err != nil {
			return fmt.Errorf("read back %s: %w", s.name, err)
		}
		if got != s.wanted() {
			return wrongSettings("SQLite has %s %s instead of %s.", s.name, got, s.wanted()).
				WithHint("Put the data folder on a local disk. If it is on one, this program was built with another SQLite than its own.")
		}
	}
	return nil
}
