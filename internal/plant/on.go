//go:build plant

package plant

import "os"

// variable names the fault that is on.
const variable = "PLANTED_FAULT"

// Enabled is whether faults are compiled in. It is asked before On.
const Enabled = true

// On reports whether the fault is planted.
func On(f Fault) bool { return os.Getenv(variable) == string(f) }
