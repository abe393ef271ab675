//go:build plant

package plant

import "os"

// variable names the fault that is on.
const variable = "PLANTED_FAULT"

// On reports whether the fault is planted.
func On(f Fault) bool { return os.Getenv(variable) == string(f) }
