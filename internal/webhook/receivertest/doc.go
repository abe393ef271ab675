// Package receivertest is the receivers of webhooks that tests need: a server
// that follows a script with each connection, whatever HTTP says to it, until it
// is asked to be good and takes everything.
//
// It counts what a sender cannot know of itself: connections, requests that came
// in whole, bytes that were taken from it, and how long the longest try lasted.
package receivertest
