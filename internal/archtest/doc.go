// Package archtest tests the arrows between the packages, and the language.
//
// The table in rules_test.go says which package may import which, and why; when
// an arrow breaks, the test prints the fact and the reason. A package that is not
// in the table fails too: a new one needs a row that says what it may know.
//
// wordlist_test.go lists the words that comments, texts and names do without, and
// words_test.go reads everything for them; not under the race detector.
package archtest
