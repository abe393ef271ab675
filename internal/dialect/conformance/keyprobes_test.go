package conformance

import (
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
)

// keyDialects are those that have keys.
func keyDialects() []string { return []string{hark.Source, installer.Source, montly.Source} }

// refusals are the words of a dialect for who may not do something.
type refusals struct {
	stranger string // no credential of the dialect
	absent   string // a good one, for which there is no such order
}

// keyProbes are the credentials of a dialect that has keys, in a header that
// begins with head. A key of the seller's shows nothing of what it is to deliver:
// only who ordered has orders in such a dialect.
func keyProbes(d client, head string, words refusals) []probe {
	of := func(secret func(w *world, by order.PartyID) string) func(*world, operation, target) answer {
		return header(func(w *world, by order.PartyID) string { return head + secret(w, by) })
	}
	key := func(party order.PartyID, dialect, mode string) func(*world, operation, target) answer {
		return of(func(w *world, _ order.PartyID) string { return w.key(party, dialect, mode) })
	}
	probes := []probe{
		{name: "stranger", ask: key(stranger, d.source, auth.ModeLive), usual: words.absent},
		{name: "test key", ask: key(d.sender, d.source, auth.ModeTest), usual: words.absent},
		{name: "live key, of a test order", ask: key(d.sender, d.source, auth.ModeLive), usual: words.absent, testOrder: true},
		{name: "ticket", ask: of(func(w *world, by order.PartyID) string { return w.ticket(by, auth.KindTicket) }), usual: words.stranger},
		{name: "token", ask: of(func(w *world, by order.PartyID) string { return w.ticket(by, auth.KindToken) }), usual: words.stranger},
		{name: "revoked", ask: of(func(w *world, by order.PartyID) string { return w.revoked(by, d.source) }), usual: words.stranger},
		{name: "none", ask: bare, usual: words.stranger},
		{name: "invented", ask: of(func(*world, order.PartyID) string { return "bgk_" + d.source + "_x" }), usual: words.stranger},
	}
	if d.sender != seller {
		probes = append(probes, probe{name: "receiver", ask: key(seller, d.source, auth.ModeLive), usual: words.absent})
	}
	for _, other := range keyDialects() {
		if other != d.source {
			probes = append(probes, probe{name: "key of " + other, ask: key(d.sender, other, auth.ModeLive), usual: words.stranger})
		}
	}
	return probes
}

// good are the outcomes of an operation that needs no order: each key gets its
// own.
func good(outcome string) map[string]string {
	return map[string]string{"stranger": outcome, "receiver": outcome, "test key": outcome, "live key, of a test order": outcome, "own": outcome}
}
