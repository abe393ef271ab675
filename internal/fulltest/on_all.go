//go:build all

package fulltest

// On reports whether tests run in full, as in make test-all.
const On = true
