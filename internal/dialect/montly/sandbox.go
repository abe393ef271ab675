package montly

import "strings"

// sandboxOutcome is what becomes of a trial at once.
type sandboxOutcome int

const (
	signedAtOnce sandboxOutcome = iota // accepted, and signed as if by the customer
	awaitsSignature
	awaitsDecision
	declinedAtOnce
	refusedAtOnce // no order is made
)

// The organisation numbers of trials. Their check digits are right, and no firm
// has a number that begins with 4.
const (
	orgRefused  = "449999-0010"
	orgDeclined = "449999-0028"
	orgPending  = "449999-0036"
	orgAccepted = "449999-0044"
)

// outcomeOf decides about a trial by the organisation number of the customer, so
// that a shop can try every outcome. The decision on real orders is the finance
// company's.
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

// sandboxReason is why a trial is declined.
const sandboxReason = "Declined by the sandbox"
