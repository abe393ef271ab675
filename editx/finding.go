package editx

import (
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Severity is whether a finding refuses the document.
type Severity int

// The severities of a finding.
const (
	Warning Severity = iota // tolerated: the order was accepted
	Refusal                 // the order was not accepted
)

// String returns the severity in lower case.
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
	Value        string // what was read, truncated
	Message      string // what was read, what is expected, and how it was understood
}

// Field returns the finding as a field of an error.
func (f Finding) Field() order.Field {
	return order.Field{Path: f.Path, Line: f.Line, Column: f.Column, Code: f.Code, Message: f.Message, Value: f.Value}
}

// Stored returns the findings of an accepted document as they are stored with
// its order: the first of them, and how many more there are.
func Stored(findings []Finding) []order.Finding {
	var stored []order.Finding
	for i, f := range findings {
		if i == maxStored {
			return append(stored, order.Finding{Code: "editx-more", Path: "/",
				Message: fmt.Sprintf("%d further findings are not listed.", len(findings)-i)})
		}
		stored = append(stored, order.Finding{Code: f.Code, Path: f.Path, Line: f.Line, Column: f.Column,
			Message: f.Message, Value: f.Value})
	}
	return stored
}

// note is a finding without its position. The zero note means that there is
// none.
type note struct {
	severity       Severity
	code           string
	message        string
	unread         bool   // the value could not be read
	forbidden      bool   // the schema forbids it: a refusal under Strict
	omittable      bool   // a refusal only where the element is required
	lenientMessage string // added under Lenient, which makes it a warning; "" when it stays a refusal
}

func warn(code, format string, args ...any) note {
	return note{severity: Warning, code: code, message: fmt.Sprintf(format, args...)}
}

// against returns a warning about what the schema forbids and a receiver can
// process.
func against(code, format string, args ...any) note {
	return note{severity: Warning, code: code, message: fmt.Sprintf(format, args...), forbidden: true}
}

func refuse(code, format string, args ...any) note {
	return note{severity: Refusal, code: code, message: fmt.Sprintf(format, args...)}
}

// always marks a refusal as one of the schema as well.
func (n note) always() note {
	n.forbidden = true
	return n
}

// lenientOr returns the refusal with the message that Lenient has instead.
func (n note) lenientOr(mercy string) note {
	n.lenientMessage = mercy
	return n
}

// report adds a note with its position: warnings to the findings, refusals to
// the error that the document ends with.
func (r *reader) report(n note, at xmlread.Pos, path, value string) {
	n = r.profile.apply(n)
	line, column := r.tokens.LineColumn(at)
	f := Finding{n.severity, n.code, line, column, path, order.Truncate(value), n.message}
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

// listFull reports whether another warning would only be counted, so that its
// text is not needed.
func (r *reader) listFull() bool {
	return len(r.findings) >= maxFindings && !r.profile.checksSchema()
}

// all returns the findings of either severity, for a report.
func (r *reader) all() []Finding {
	found := append(r.faults[:len(r.faults):len(r.faults)], r.warnings()...)
	if n := r.refused - len(r.faults); n > 0 {
		found = append(found, Finding{Severity: Refusal, Code: "editx-more", Line: r.faults[len(r.faults)-1].Line,
			Column: 1, Path: "/",
			Message: fmt.Sprintf("%d further refusals are not listed. Correct these and check again.", n)})
	}
	return found
}

// warnings returns the warnings, with a last one for those that were not
// listed.
func (r *reader) warnings() []Finding {
	if r.unlisted == 0 {
		return r.findings
	}
	return append(r.findings, Finding{Code: "editx-more", Path: "/Order",
		Message: fmt.Sprintf("%d further findings are not listed.", r.unlisted)})
}

// refusal returns the error of a document whose content cannot be accepted, or
// nil.
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

// Profile decides which findings refuse a document. Each is more tolerant than
// the one before: what passes Strict passes Trade, and what passes Trade passes
// Lenient. What is not acceptable XML is refused under each.
type Profile string

// The profiles.
const (
	// Strict requires all that Trade requires, and what the public schema of
	// the declared version requires. It is for developers of senders: every
	// receiver of EDItX accepts a document that passes. The schema alone
	// accepts an order of 0 copies, or a product number with a wrong check
	// digit; Strict does not.
	Strict Profile = "strict"

	// Trade accepts what a receiver can process without guessing. Decode uses
	// it.
	Trade Profile = "trade"

	// Lenient also accepts mistakes of the sender's software that do no harm: a
	// product number with a wrong check digit, an optional value that cannot be
	// read. An unknown purpose makes the order a Test, which no receiver sees;
	// it never becomes an order to be delivered.
	Lenient Profile = "lenient"
)

// ParseProfile returns the profile with a name; case does not matter.
func ParseProfile(s string) (Profile, error) {
	switch p := Profile(strings.ToLower(strings.TrimSpace(s))); p {
	case Strict, Trade, Lenient:
		return p, nil
	}
	return "", order.Errorf(order.Invalid, "profile", "%q is not a profile; write strict, trade or lenient.",
		order.Truncate(s)).
		WithHint("strict is the schema and trade together, trade is what a receiver can process, lenient forgives " +
			"slips.")
}

// schema is Strict without Trade: the public schema alone. It decides whether a
// document may be written as a version, and is compared with other validators.
const schema Profile = "schema"

// checksSchema reports whether the profile requires the schema of the declared
// version.
func (p Profile) checksSchema() bool { return p == Strict || p == schema }

// apply returns a note with the severity that it has under the profile.
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
