// Package chaos breaks the real binary on purpose and checks that nothing is
// lost, doubled or hidden. It holds tests only: the short forms run with
// make test, the long ones with make soak.
package chaos
