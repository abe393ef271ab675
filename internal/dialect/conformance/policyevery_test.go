//go:build everycell

package conformance

// everyCell has TestPolicy try each credential and each odd request. TestMutants
// builds with it, and runs the whole policy once before the mutants.
const everyCell = true
