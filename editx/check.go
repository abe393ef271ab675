package editx

import (
	"cmp"
	"encoding/xml"
	"errors"
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

// kindOf returns the kind with a root element.
func kindOf(root string) (kind, bool) {
	for _, k := range kinds() {
		if k.root == root {
			return k, true
		}
	}
	return kind{}, false
}
