//go:build !plant

package plant

// Enabled is whether faults are compiled in. It is asked before On.
const Enabled = false

// On reports whether the fault is planted, which it never is without the build
// tag.
func On(Fault) bool { return false }
