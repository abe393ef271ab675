package montly

import (
	"context"
	"strings"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// sandboxOutcome is what becomes of a test order.
type sandboxOutcome int

const (
	signedAtOnce sandboxOutcome = iota // accepted, and signed as if by the customer
	awaitsSignature
	awaitsDecision
	declinedAtOnce
	refusedAtOnce // no order is made
)

// The organisation numbers of test orders. Their check digits are right, and no
// company has a number that begins with 4.
const (
	orgRefused  = "449999-0010"
	orgDeclined = "449999-0028"
	orgPending  = "449999-0036"
	orgAccepted = "449999-0044"
)

// outcomeOf returns the outcome of a test order by the customer's organisation
// number, so that a shop can test every outcome. The finance company decides on
// live orders.
func outcomeOf(orgNumber string) sandboxOutcome {
	switch strings.TrimSpace(orgNumber) {
	case orgRefused:
		return refusedAtOnce
	case orgDeclined:
		return declinedAtOnce
	case orgPending:
		return awaitsDecision
	case orgAccepted:
		return awaitsSignature
	}
	return signedAtOnce
}

// sandboxReason is why a test order is declined.
const sandboxReason = "Declined by the sandbox"

// runSandbox decides on a test order. If that fails, the order stays pending, for
// an operator to decide.
func (a *API) runSandbox(ctx context.Context, c caller, o *order.Order, outcome sandboxOutcome) {
	if err := a.applyOutcome(ctx, c, o.ID, outcome); err != nil {
		reqlog.From(ctx).Note("the test order stays as it is, because the sandbox failed: " + err.Error())
	}
}

// applyOutcome does what the finance company and the customer would do.
func (a *API) applyOutcome(ctx context.Context, c caller, id order.ID, outcome sandboxOutcome) error {
	sandbox := order.Actor{Party: c.by.Party, Name: "sandbox", Via: "system"}
	if outcome == declinedAtOnce {
		_, err := a.Decline(ctx, sandbox, id, sandboxReason)
		return err
	}
	if outcome == awaitsDecision {
		return nil
	}
	if _, err := a.Accept(ctx, sandbox, id); err != nil || outcome == awaitsSignature {
		return err
	}
	_, err := signOrder(ctx, a.config.Exchange, sandbox, id, a.config.Now())
	return err
}
