package fulltest

import "slices"

// Rounds returns how often a test repeats itself: full times in make test-all, and
// part times in make test.
func Rounds(part, full int) int {
	if On {
		return full
	}
	return part
}

// Cases returns all cases in make test-all, and the first of each n in make test.
func Cases[S ~[]E, E any](all S, n int) S {
	if On {
		return all
	}
	return slices.Collect(func(yield func(E) bool) {
		for i := 0; i < len(all); i += n {
			if !yield(all[i]) {
				return
			}
		}
	})
}
