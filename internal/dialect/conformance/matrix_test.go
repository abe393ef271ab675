package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// operation is one thing that can be asked of a route.
type operation struct {
	route string // method and path, as the route table has them
	name  string // where a route has several
	by    order.PartyID
	does  effect

	// body is what is sent, and header what goes with it beside the credential;
	// query stands behind the path.
	body   func(at target) string
	header []string
	query  string

	// ask makes the call of an operation that is more than a body to a path; nil
	// makes it of the route.
	ask func(at target) call

	// ready brings the target to where the operation applies; nil is what the
	// client's open does.
	ready func(w *world, at *target)

	// want are the outcomes that are not the usual ones, by probe.
	want map[string]string

	// probes are those of an operation whose credential is in what it sends;
	// nil are those of the dialect.
	probes []probe
}

// call makes the call for a target, without a credential.
func (op operation) call(at target) call {
	if op.ask != nil {
		return op.ask(at)
	}
	method, path, _ := strings.Cut(op.route, " ")
	c := call{method: method, path: filled(path, at) + op.query, header: op.header}
	if op.body != nil {
		c.body = op.body(at)
	}
	return c
}

// text is a body that is the same for every target.
func text(body string) func(target) string { return func(target) string { return body } }

// effect is what an operation does to its target.
type effect int

const (
	shows   effect = iota // answers with something of it
	reads                 // answers with nothing that would name it
	moves                 // changes it
	creates               // makes something new of the asker's own
)

// matrix are the operations of a dialect and the credentials that they are tried
// with.
type matrix struct {
	client     client
	probes     []probe
	operations []operation
	prepare    func(w *world) // makes the world ready; nil is as it is
}

// matrices are those of all dialects, by the name that a dialect has.
func matrices() map[string]matrix {
	return map[string]matrix{"boknett": boknettMatrix(), "hark": harkMatrix(), "installer": installerMatrix(), "montly": montlyMatrix(), "email": emailMatrix()}
}

// TestForeignOrdersOfEveryClient tries the changes of the trade's own API on what
// came by the other clients: it is as foreign there as at its own. They are tried over
// a connection, and all that the store has of the order must be as it was; the other
// operations, on these orders too, are in the policy.
func TestForeignOrdersOfEveryClient(t *testing.T) {
	for _, d := range clients()[1:] { // the first is that API
		for _, op := range boknettOrders("/v2/orders") {
			if op.does != moves {
				continue
			}
			t.Run(d.name+"/"+strings.ReplaceAll(op.route, " ", "_"), func(t *testing.T) {
				probes := boknettProbes()
				if d.sender == seller { // who sees its own test orders
					probes = slices.DeleteFunc(probes, func(p probe) bool { return p.testOrder })
				}
				newWorld(t, t.TempDir()).tryStrangers(matrix{client: d, probes: probes}, op)
			})
		}
	}
}
