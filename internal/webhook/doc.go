// Package webhook carries events out: it signs them, sends them to the
// addresses that parties gave, and tries again for days.
//
// A delivery is one event for one endpoint. The store writes it in the
// transaction of the change, so that neither can be without the other. A
// [Dispatcher] leases what is due, a [Format] makes the request, the guarded
// client sends it, and the outcome goes back into the store with the time of
// the next try. Only a 2xx from the registered address itself counts as
// delivered.
//
// The events of one order reach one endpoint in their order: a later one waits
// until the earlier was delivered or given up. Different orders, and different
// endpoints, do not wait for each other.
//
// An endpoint that fails rests for seconds, then for minutes; after five days it
// is failing, and asked once an hour. The first success wakes what waits. A
// receiver may ask for more time than the schedule has, and not for less.
//
// Whatever a receiver does costs one try: some seconds, some kilobytes, and no
// connection to where it leads (TestReceivers).
//
// Every message is signed under the endpoint's secret and under each that was
// rotated within a day. Its body is what JSON.stringify writes, byte for byte.
//
// The standard format is Standard Webhooks 1.0.0. Dialects bring their own, and
// so do e-mails.
package webhook
