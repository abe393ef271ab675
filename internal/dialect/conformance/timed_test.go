//go:build all

package conformance

// timingVariable says to TestMeasureRefusals and TestMeasureLogins how many pairs
// they measure, and of which routes.
const timingVariable = "BOOKGATE_TIMING"
