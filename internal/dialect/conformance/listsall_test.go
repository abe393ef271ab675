//go:build all

package conformance

// quickLists is how many random sequences TestListsOfOneParty tries.
const quickLists = 2000
