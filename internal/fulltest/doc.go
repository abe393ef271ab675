// Package fulltest says how much of a long test runs: all of it in make test-all, and
// a part of it in make test, where the race detector makes everything several times
// slower.
package fulltest
