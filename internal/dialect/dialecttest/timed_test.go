//go:build all

package dialecttest

// timingVariable tells TestMeasureRefusals and TestMeasureLogins how many pairs
// they measure, and of which routes.
const timingVariable = "BOOKGATE_TIMING"
