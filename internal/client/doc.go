// Package client is the Go client of the Boknett API, for the commands and the
// end-to-end tests.
package client
