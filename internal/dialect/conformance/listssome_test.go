//go:build !all

package conformance

// quickLists is how many random sequences TestListsOfOneParty tries; make test-all
// tries more, and make soak the most.
const quickLists = 150
