package hal

import "github.com/bookgate/bookgate/order"

// Finding is one place where the document of an order that was accepted departs
// from its form, and what was made of it.
type Finding struct {
	Severity string `json:"severity"` // always warning: what refuses a document leaves no order
	Code     string `json:"code"`
	Path     string `json:"path,omitempty"`   // of the element
	Line     int    `json:"line,omitempty"`   // from 1, in the document as it was sent
	Column   int    `json:"column,omitempty"` // from 1
	Message  string `json:"message"`
	Value    string `json:"value,omitempty"` // what was seen, cut short
}

// NewFindings writes what was found in a document.
func NewFindings(found []order.Finding) []Finding {
	var findings []Finding
	for _, f := range found {
		findings = append(findings, Finding{Severity: "warning", Code: f.Code, Path: f.Path, Line: f.Line, Column: f.Column, Message: f.Message, Value: f.Value})
	}
	return findings
}
