//go:build !all

package fulltest

import (
	"flag"

	_ "pgregory.net/rapid" // it defines the flag
)

// On reports whether tests run in full, as in make test-all.
const On = false

// Each property of rapid is tried on 20 cases and not on 100, in the packages whose
// tests import this one, unless the command line says how many.
func init() {
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
}
