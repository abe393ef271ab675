package order

// Role is what a party is in an order.
type Role int

// The roles. A party that orders from itself has both.
const (
	RoleNone     Role = 0
	RoleSender   Role = 1 << 0 // the sender, or the buyer in whose name it was sent
	RoleReceiver Role = 1 << 1
)

// String names the role in documents: sender, receiver, both, or nothing.
func (s Role) String() string {
	switch s {
	case RoleSender:
		return "sender"
	case RoleReceiver:
		return "receiver"
	case RoleSender | RoleReceiver:
		return "both"
	}
	return ""
}

// Role returns the role of party in o. The receiver has none as long as the order
// has not been sent to it, and never in a test order.
func (o *Order) Role(party PartyID) Role {
	side := RoleNone
	if party == "" {
		return side
	}
	if party == o.Sender || party == o.Buyer {
		side |= RoleSender
	}
	if party == o.Seller && o.Status.Routed() && !o.IsTest() {
		side |= RoleReceiver
	}
	return side
}

// seenBy is o as a party may see it: what was odd about the sender's document is
// the sender's own.
func (o Order) seenBy(party PartyID) Order {
	if o.Role(party)&RoleSender == 0 {
		o.Findings = nil
	}
	return o
}

// Audience lists the parties that see o, each once, in a fixed order so that
// transactions that lock them never deadlock.
func (o *Order) Audience() []PartyID {
	var parties []PartyID
	for _, p := range []PartyID{o.Sender, o.Buyer, o.Seller} {
		if o.Role(p) != RoleNone {
			parties = insertParty(parties, p)
		}
	}
	return parties
}

func insertParty(parties []PartyID, p PartyID) []PartyID {
	at := 0
	for at < len(parties) && parties[at] < p {
		at++
	}
	if at < len(parties) && parties[at] == p {
		return parties
	}
	parties = append(parties, "")
	copy(parties[at+1:], parties[at:])
	parties[at] = p
	return parties
}

// errNotVisible is the one answer for an order that is not there and for one that
// is not this party's to see, so that ids cannot be probed.
func errNotVisible(party PartyID) *Error {
	return Errorf(NotFound, "order-not-found", "No order with this id is visible to party %s.", party).
		WithHint("Check the id and the login; the orders of a party are listed at /orders.")
}
