// Package harness starts the real binary and drives it over loopback, for the
// chaos runs and the benchmark.
package harness
