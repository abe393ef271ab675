// Package freshstore opens new, empty SQLite stores for tests. The schema
// steps run once in a test process; every other store is a copy of that one.
package freshstore
