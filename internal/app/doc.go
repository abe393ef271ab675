// Package app wires the gateway: store, exchange, APIs, mail, webhooks, metrics and jobs. It
// decides nothing. It also starts and ends a gateway, and lets one process take over from
// another.
package app
