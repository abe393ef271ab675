package conformance

import (
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/auth"
)

// probesFor returns the probes for test orders, or those for live ones.
func probesFor(probes []probe, testOrder bool) (some []probe) {
	for _, p := range probes {
		if p.testOrder == testOrder {
			some = append(some, p)
		}
	}
	return some
}

// tryStrangers tries the credentials for which there is no such order, and no such
// test order, and returns the order.
func (w *world) tryStrangers(m matrix, op operation) target {
	live := w.tryForeign(m, op, probesFor(m.probes, false), auth.ModeLive)
	if testOrders := probesFor(m.probes, true); len(testOrders) > 0 && op.does != creates { // what is made new asks for no test order
		w.tryForeign(m, op, testOrders, auth.ModeTest)
	}
	return live
}

// tryForeign tries the credentials for which a target is not there, and returns
// the target.
func (w *world) tryForeign(m matrix, op operation, probes []probe, mode string) target {
	absent, before := nothing(m.client), map[string]answer{}
	for _, p := range probes {
		if op.does != creates {
			before[p.name] = p.ask(w, op, absent)
		}
	}
	at := w.target(m.client, mode, op.ready)
	for _, p := range probes {
		state := w.state(at)
		a := w.try(op, p, at)
		w.checkForeign(op, p, at, a, before[p.name], state)
		if op.does != creates {
			w.checkAlike(p, at, absent, a, before[p.name])
		}
	}
	return at
}

// try asks with one credential and checks the outcome.
func (w *world) try(op operation, p probe, at target) answer {
	w.t.Helper()
	heads := w.heads()
	a := p.ask(w, op, at)
	want, special := op.want[p.name]
	if !special {
		want = p.usual
	}
	if strings.HasPrefix(op.route, http.MethodHead) {
		want, _, _ = strings.Cut(want, " ") // it has no body to tell more in
	}
	if got := outcome(a); got != want {
		w.t.Errorf("%s: %s, want %s\n%s", p.name, got, want, a.body)
	}
	if !granted(outcome(a)) && w.heads() != heads {
		w.t.Errorf("%s: refused, and something was added", p.name)
	}
	return a
}
