package dialecttest

import (
	"net/http"

	"github.com/bookgate/bookgate/order"
)

// probe is a kind of credential with which every operation is tried.
type probe struct {
	name string

	// ask asks for a target with the credential.
	ask func(w *world, op operation, at target) answer

	// usual is the outcome that the dialect documents, unless the operation has
	// its own.
	usual string

	// kind tells whose the credential is, seen from the target.
	kind kindOfProbe

	// trial has the operation tried on a trial.
	trial bool
}

type kindOfProbe int

const (
	foreign kindOfProbe = iota // the target is not there for it
	side                       // the other side of the order, who sees it and may do other things
	owning                     // may do what is tried
	spent                      // could do it once, and comes after
)

// header puts a credential into the header of a call.
func header(line func(w *world, by order.PartyID) string) func(*world, operation, target) answer {
	return func(w *world, op operation, at target) answer {
		c := op.call(at)
		c.header = append([]string{line(w, op.by), "Date: " + w.now().Format(http.TimeFormat)}, c.header...)
		return w.do(c)
	}
}

// bare leaves a call without a credential.
func bare(w *world, op operation, at target) answer { return w.do(op.call(at)) }

// counterpart is the other side of an order.
func counterpart(by order.PartyID) order.PartyID {
	if by == sender {
		return seller
	}
	return sender
}
