//go:build all

package dialecttest

// quickLists is how many random sequences TestListsOfOneParty tries.
const quickLists = 2000
