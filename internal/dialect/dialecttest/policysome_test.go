//go:build !everycell

package dialecttest

const everyCell = false
