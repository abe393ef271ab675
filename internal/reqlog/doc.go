// Package reqlog is the one log entry of a request: facts are added to it on
// the way and it is written once, at the end.
package reqlog
