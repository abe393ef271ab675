// Package plant holds the faults that the tests plant on purpose, to see that
// they would be caught: a test whose control passes has proved nothing. They are
// compiled in with the build tag "plant" alone, and even then only the fault that
// the environment variable PLANTED_FAULT names is on. In a build without the
// tag, Enabled is a constant false and the compiler removes what stands behind it;
// TestShippedBinaryHasNone looks.
//
// A fault is one condition at the place that it breaks:
//
//	if plant.Enabled && plant.On(plant.FollowRedirects) {
//		client.CheckRedirect = nil
//	}
//
// Clock is the one thing besides faults: a clock that a test sets while the
// program runs, for a machine's cannot be set.
package plant
