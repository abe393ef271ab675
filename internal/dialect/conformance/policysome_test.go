//go:build !everycell

package conformance

const everyCell = false
