// Package notices holds the licenses and notices of everything that is in the
// program: its modules, the Go standard library, and SQLite. The list is made by
// make generate after a change of go.mod; a test compares it with the built
// program.
package notices

//go:generate go run ./generate
