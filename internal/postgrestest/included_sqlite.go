//go:build !all

package postgrestest

// Included reports whether tests that can run on several engines run on
// PostgreSQL too: make test-all does, make test needs no other program.
const Included = false
