// Package metrics counts what the gateway does and serves it to Prometheus, on
// a listener of its own.
//
// Three kinds of figures stand side by side. What happens in this process is
// counted when it happens: requests by the server (Route), the rest through
// plain functions that other packages call without knowing this one. What stands
// in the store is asked for when it is scraped, and not more often than it
// may cost (Watch). What the runtime and the system know is asked of them.
//
// Every label is bounded by the program: templates of routes, words of our own.
// No path, party, order, user or address becomes one, so nothing that is secret
// or personal can be read here, and no client can make series.
package metrics
