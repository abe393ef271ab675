//go:build !all || race

package dialecttest

const everyCell = false
