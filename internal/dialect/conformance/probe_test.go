package conformance

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

	// testOrder has the operation tried on a test order.
	testOrder bool
}

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
