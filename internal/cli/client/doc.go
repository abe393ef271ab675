// Package client holds the commands of senders and receivers, which speak to a server over
// HTTP with a stored login.
package client
