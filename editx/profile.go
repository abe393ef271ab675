package editx

import (
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Profile decides which findings refuse a document. The three are steps of one
// stair: what passes Strict passes Trade, and what passes Trade passes Lenient.
// What is no acceptable XML is refused under each.
type Profile string

// The profiles.
const (
	// Strict asks for all that Trade asks for, and for what the public schema
	// of the declared version says as well. It is for those who write
	// software that sends: a document that passes is taken by any receiver
	// who reads EDItX. It is more than the schema alone, because an order of
	// nought copies, or of a product whose number is a typing error, is valid
	// by the schema and of use to nobody.
	Strict Profile = "strict"

	// Trade takes what a receiver can process without guessing. It is how
	// Decode reads.
	Trade Profile = "trade"

	// Lenient also takes what can only be a slip of the sender's software and
	// harms nobody: a product number that fails its check digit, an optional
	// value that cannot be read. A purpose that is not known makes the order
	// a Test, which no receiver sees; it is never taken for an order to be
	// delivered.
	Lenient Profile = "lenient"
)

// ParseProfile reads the name of a profile; case does not matter.
func ParseProfile(s string) (Profile, error) {
	switch p := Profile(strings.ToLower(strings.TrimSpace(s))); p {
	case Strict, Trade, Lenient:
		return p, nil
	}
	return "", order.Errorf(order.Invalid, "profile", "%q is not a profile; write strict, trade or lenient.", order.Cut(s)).
		WithHint("strict is the schema and trade together, trade is what a receiver can process, lenient forgives slips.")
}

// schema is Strict without Trade: the public schema alone. It tells whether a
// document may leave as a version, and is what another validator is compared
// with.
const schema Profile = "schema"

// checksSchema reports whether the schema of the declared version must be obeyed.
func (p Profile) checksSchema() bool { return p == Strict || p == schema }

// apply gives a note the severity that it has under the profile.
func (p Profile) apply(n note) note {
	switch {
	case p.checksSchema() && n.forbidden:
		n.severity = Refusal
	case p == schema:
		n.severity = Warning
	case p == Lenient && n.severity == Refusal && n.lenientMessage != "":
		n.severity = Warning
		n.message += " " + n.lenientMessage
	}
	return n
}
