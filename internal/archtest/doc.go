// Package archtest is one test: the arrows between the rooms of the house.
//
// The table in rules_test.go says which room may import which, and why; when
// an arrow breaks, the test prints the fact and the reason. A room that is not
// in the table fails too: whoever builds one says what it may know.
package archtest
