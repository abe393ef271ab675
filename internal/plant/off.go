//go:build !plant

package plant

// On reports whether the fault is planted, which it never is without the build
// tag.
func On(Fault) bool { return false }
