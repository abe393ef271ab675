//go:build all && !race

package dialecttest

// everyCell has TestPolicy try each credential and each odd request. The race
// detector makes that last minutes, and has nothing to find: a cell is one request
// at a time.
const everyCell = true
