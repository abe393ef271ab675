package editx

import (
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Severity says what a finding meant for the document.
type Severity int

// The severities of a finding.
const (
	Warning Severity = iota // tolerated: the order was taken
	Refusal                 // the order could not be taken
)

// String gives the severity in lower case.
func (s Severity) String() string {
	if s == Refusal {
		return "refusal"
	}
	return "warning"
}

// Finding is one place where a document departs from EDItX.
type Finding struct {
	Severity     Severity
	Code         string // stable, in lower case with dashes
	Line, Column int    // from 1; columns count bytes of the document as sent
	Path         string // of the element, in canonical names
	Value        string // what was seen, cut short
	Message      string // what was seen, what is wanted, what was made of it
}

// Field gives the finding as errors and programs have it.
func (f Finding) Field() order.Field {
	return order.Field{Path: f.Path, Line: f.Line, Column: f.Column, Code: f.Code, Message: f.Message, Value: f.Value}
}

// Stored returns the findings of an accepted document as they are stored with its
// order: the first of them, and how many more there were.
func Stored(findings []Finding) []order.Finding {
	var stored []order.Finding
	for i, f := range findings {
		if i == maxStored {
			return append(stored, order.Finding{Code: "editx-more", Path: "/", Message: fmt.Sprintf("%d further findings are not listed.", len(findings)-i)})
		}
		stored = append(stored, order.Finding{Code: f.Code, Path: f.Path, Line: f.Line, Column: f.Column, Message: f.Message, Value: f.Value})
	}
	return stored
}

// note is what reading one value has to say. The zero note is silence.
type note struct {
	severity       Severity
	code           string
	message        string
	unread         bool   // nothing could be made of the value
	forbidden      bool   // the schema forbids it: under Strict it refuses
	omittable      bool   // a refusal only where the element cannot be done without
	lenientMessage string // what Lenient makes of a refusal; "" when it refuses too
}

func warn(code, format string, args ...any) note {
	return note{severity: Warning, code: code, message: fmt.Sprintf(format, args...)}
}

// against warns of what the schema forbids and a receiver can live with.
func against(code, format string, args ...any) note {
	return note{severity: Warning, code: code, message: fmt.Sprintf(format, args...), forbidden: true}
}

func refuse(code, format string, args ...any) note {
	return note{severity: Refusal, code: code, message: fmt.Sprintf(format, args...)}
}

// always marks a refusal that is the schema's as well.
func (n note) always() note {
	n.forbidden = true
	return n
}

// lenientOr gives a refusal that Lenient does not make, with what it does instead.
func (n note) lenientOr(mercy string) note {
	n.lenientMessage = mercy
	return n
}

// report files a note under its place: warnings for the caller, refusals for
// the error that the document ends with.
func (r *reader) report(n note, at xmlread.Pos, path, value string) {
	n = r.profile.apply(n)
	line, column := r.tokens.LineColumn(at)
	f := Finding{n.severity, n.code, line, column, path, order.Cut(value), n.message}
	switch {
	case n.severity == Refusal:
		r.refused++
		if len(r.faults) < maxFindings {
			r.faults = append(r.faults, f)
		}
	case len(r.findings) < maxFindings:
		r.findings = append(r.findings, f)
	default:
		r.unlisted++
	}
}

// listFull reports whether a warning would only be counted, so that its words
// need not be made.
func (r *reader) listFull() bool {
	return len(r.findings) >= maxFindings && !r.profile.checksSchema()
}

// several gives what was found of either severity, for a report.
func (r *reader) all() []Finding {
	found := append(r.faults[:len(r.faults):len(r.faults)], r.warnings()...)
	if n := r.refused - len(r.faults); n > 0 {
		found = append(found, Finding{Severity: Refusal, Code: "editx-more", Line: r.faults[len(r.faults)-1].Line, Column: 1, Path: "/",
			Message: fmt.Sprintf("%d further refusals are not listed. Correct these and check again.", n)})
	}
	return found
}

// warnings gives the warnings, with a last one for those that were not listed.
func (r *reader) warnings() []Finding {
	if r.unlisted == 0 {
		return r.findings
	}
	return append(r.findings, Finding{Code: "editx-more", Path: "/Order",
		Message: fmt.Sprintf("%d further findings are not listed.", r.unlisted)})
}

// refusal is the error of a document whose content cannot be accepted, or nil.
func (r *reader) refusal() error {
	if r.refused == 0 {
		return nil
	}
	first := r.faults[0]
	e := order.Errorf(order.Invalid, "editx-content", "Line %d, column %d: %s", first.Line, first.Column, first.Message)
	if r.refused > 1 {
		e.Detail = fmt.Sprintf("The %s has %d faults; the first: %s", r.noun(), r.refused, e.Detail)
	}
	for _, f := range r.faults[:min(len(r.faults), maxFaults)] {
		e = e.WithField(f.Field())
	}
	return e.WithHint("Correct what is listed and send the %s again. Nothing was stored.", r.noun())
}

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
