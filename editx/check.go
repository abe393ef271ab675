package editx

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Report is what Check found in a document.
type Report struct {
	Type     string // the root element, such as Order; "" when there is none
	Version  string // of the root element
	Profile  Profile
	Findings []Finding // in the order of the document
	Refused  bool      // a finding refuses the document under the profile
}

// Check returns all findings of a document of any kind that this package knows,
// and of bytes that are not XML. The error is about a profile that is not one of
// the three.
func Check(body []byte, p Profile, options ...Option) (Report, error) {
	if _, err := ParseProfile(string(p)); err != nil {
		return Report{}, err
	}
	report := Report{Profile: p}
	in := optionsOf(options)
	root, err := rootOf(body, in)
	report.Type, report.Version = order.Truncate(root.name), order.Truncate(root.version)
	if k, ok := kindOf(root.name); ok && err == nil {
		report.Findings = k.check(body, p, in)
	} else {
		// An unknown kind is reported as not being an order.
		report.Findings = checked(&orderDocument)(body, p, in)
	}
	slices.SortStableFunc(report.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	report.Refused = slices.ContainsFunc(report.Findings, func(f Finding) bool { return f.Severity == Refusal })
	return report, nil
}

// rootElement is the name and version of a document.
type rootElement struct{ name, version string }

// rootOf reads a document up to the start tag of its root element.
func rootOf(body []byte, k decodeOptions) (rootElement, error) {
	src, err := xmlread.Load(body, k.charset, &otherFormat)
	if err != nil {
		return rootElement{}, err
	}
	g := xmlread.New(src)
	for {
		tok, err := g.Next()
		if err != nil {
			return rootElement{}, err
		}
		if t, ok := tok.(xml.StartElement); ok {
			return rootElement{name: xmlread.QName(t.Name), version: attributeOf(t, "version")}, nil
		}
	}
}

func attributeOf(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// findingOf returns the error that ended the reading as a finding.
func findingOf(err error) Finding {
	var e *order.Error
	if !errors.As(err, &e) {
		return Finding{Severity: Refusal, Code: "xml-malformed", Path: "/", Message: "The document cannot be read."}
	}
	f := Finding{Severity: Refusal, Code: e.Code, Path: "/", Message: e.Detail}
	if len(e.Fields) > 0 {
		f.Line, f.Column = max(e.Fields[0].Line, 1), max(e.Fields[0].Column, 1)
		f.Path = cmp.Or(e.Fields[0].Path, "/")
	}
	if strings.HasPrefix(f.Message, "Line ") {
		_, f.Message, _ = strings.Cut(f.Message, ": ") // the finding has the position
	}
	if e.Hint != "" {
		f.Message += " " + e.Hint
	}
	return f
}

// A checker returns every finding of a document of one kind, in any order; those
// that refuse it under the profile are refusals. It is called only for documents
// with the root that it is listed for.
type checker func(body []byte, p Profile, k decodeOptions) []Finding

// kind is a kind of document that Check knows, by its root element.
type kind struct {
	root   string
	check  checker
	inside func(r *reader, t xml.StartElement) error // reads one inside a message
}

// inside returns the function that reads a kind of document inside a message.
func inside[T any](d *document[T]) func(r *reader, t xml.StartElement) error {
	return func(r *reader, t xml.StartElement) error { return d.whole(r, t, new(T)) }
}

// kinds is a function, since a table would refer to itself through the envelope.
func kinds() []kind {
	return []kind{
		{rootName, checked(&orderDocument), inside(&orderDocument)},
		{messageRoot, checkMessage, nil}, // messages do not nest
		{acknowledgementRoot, checked(&acknowledgementDocument), inside(&acknowledgementDocument)},
		{responseRoot, checked(&responseDocument), inside(&responseDocument)},
		{statusReportRoot, checked(&statusReportDocument), inside(&statusReportDocument)},
		{cancellationRoot, checked(cancellationDocument(cancellationRoot)),
			inside(cancellationDocument(cancellationRoot))},
		{shipNoticeRoot, checked(&shipNoticeDocument), inside(&shipNoticeDocument)},
		{cancellationOtherRoot, checked(cancellationDocument(cancellationOtherRoot)),
			inside(cancellationDocument(cancellationOtherRoot))},
	}
}

// checkMessage returns the findings of an envelope and of each document in it.
func checkMessage(body []byte, p Profile, k decodeOptions) []Finding {
	env := new(envelope)
	r, err := messageDocument().walk(body, p, k, env)
	if r == nil {
		return []Finding{findingOf(err)}
	}
	found := append(r.faults[:len(r.faults):len(r.faults)], r.warnings()...)
	if err != nil {
		found = append(found, findingOf(err))
	}
	for i := range env.enclosed {
		e := &env.enclosed[i]
		for _, f := range append(e.faults[:len(e.faults):len(e.faults)], e.warnings...) {
			f.Path = e.path() + strings.TrimPrefix(f.Path, "/"+order.Truncate(e.root))
			found = append(found, f)
		}
	}
	return found
}

// kindOf returns the kind with a root element.
func kindOf(root string) (kind, bool) {
	for _, k := range kinds() {
		if k.root == root {
			return k, true
		}
	}
	return kind{}, false
}

// What only the schema requires. Under Trade none of this is checked, since a
// receiver does not need it.

// everyVersion requires an element in all versions with a schema.
const everyVersion = "1.1 1.2 1.3"

// newerCodes are values of later lists than the public one, as in use.
var newerCodes = codes(append(strings.Fields(newerCurrencies+" "+newerCountries), "OrderSourceLocationReference"))

func (r *reader) reportMissing(fr *frame, k *field, n note) {
	r.report(n, fr.begins, r.path(fr)+"/"+k.name, "")
}

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
