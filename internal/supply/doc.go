// Package supply checks what the program is made of. It holds tests only.
//
//	TestModulesAreVerified  the module cache holds what go.sum says, nothing is replaced
//	  control             a go.sum with another digest
//	TestModuleMinimums    no module is older than its last known fault
//	  control             a go.mod with an old etree, and one with an old x/net behind others
//	TestRebuild           the same commit in two folders becomes the same bytes
//	  control             a build without -trimpath
//	TestSoakRebuild       the same, with nothing taken from a build cache
//
// govulncheck is not among them: it needs its database from the network, and
// without fresh data its silence proves nothing. make advisories runs it.
// Which modules are in the binary is shown by package notices.
package supply
