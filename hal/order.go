package hal

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/bookgate/bookgate/order"
)

// Link is a HAL link object.
type Link struct {
	Href      string `json:"href"`
	Name      string `json:"name,omitempty"`
	Type      string `json:"type,omitempty"`
	Templated bool   `json:"templated,omitempty"`
}

// Curies links to the documentation of our own relations, all named bk:….
type Curies []Link

func curies(s Surface) Curies {
	return Curies{{Name: "bk", Href: s.Base + "/rels/{rel}", Templated: true}}
}

// OrderLinks are the links of an order under /v2: to what its reader can read,
// and to what the reader may do in the order's current state.
type OrderLinks struct {
	Self         Link   `json:"self"`
	EDItX        Link   `json:"bk:editx"`
	Original     Link   `json:"bk:original,omitzero"`
	Response     Link   `json:"bk:response"`
	StatusReport Link   `json:"bk:status-report"`
	History      Link   `json:"bk:history"`
	Answer       Link   `json:"bk:answer,omitzero"`
	Respond      Link   `json:"bk:respond,omitzero"`
	Reduce       Link   `json:"bk:reduce,omitzero"`
	Cancel       Link   `json:"bk:cancel,omitzero"`
	Curies       Curies `json:"curies,omitempty"`
}

// Order is the document of one order under /v2, with all its data.
type Order struct {
	Links      OrderLinks        `json:"_links"`
	ID         order.ID          `json:"id"`
	Number     string            `json:"number"`
	Sender     order.PartyID     `json:"sender"`
	Buyer      order.PartyID     `json:"buyer"`
	Seller     string            `json:"seller"`
	Status     string            `json:"status"`
	Reason     *order.Reason     `json:"reason,omitempty"`
	Routing    string            `json:"routing,omitempty"`
	Test       bool              `json:"test,omitempty"`
	Source     string            `json:"source,omitempty"`
	Revision   int64             `json:"revision"`
	Created    Time              `json:"createdAt"`
	Updated    Time              `json:"updatedAt"`
	Erased     Time              `json:"erasedAt,omitzero"`
	Header     order.Header      `json:"header"`
	Summary    order.Summary     `json:"summary,omitzero"`
	Extensions []order.Extension `json:"extensions,omitempty"`
	Findings   []Finding         `json:"findings,omitempty"` // for the sender alone
	Embedded   OrderEmbedded     `json:"_embedded"`
}

// OrderEmbedded holds an order's lines.
type OrderEmbedded struct {
	Lines []Line `json:"bk:line"`
}

// LineLinks are the links of a line, with what its reader may do to it. Curies
// are set where the line is a document of its own.
type LineLinks struct {
	Self   Link   `json:"self"`
	Order  Link   `json:"bk:order"`
	Answer Link   `json:"bk:answer,omitzero"`
	Reduce Link   `json:"bk:reduce,omitzero"`
	Curies Curies `json:"curies,omitempty"`
}

// Line is a line of an order under /v2, embedded in the order and a document of
// its own.
type Line struct {
	Links      LineLinks             `json:"_links"`
	Number     int                   `json:"number"`
	EAN        string                `json:"ean"`
	Products   []order.Identifier    `json:"products"`
	Quantity   int64                 `json:"quantity"`
	Adjustment bool                  `json:"adjustment,omitempty"`
	Status     string                `json:"status"`
	Comment    string                `json:"comment,omitempty"`
	ValidFrom  order.Day             `json:"validFrom,omitempty"`
	ValidTo    order.Day             `json:"validTo,omitempty"`
	Price      *order.ConfirmedPrice `json:"price,omitempty"`
	Code       order.LineCode        `json:"code,omitempty"`
	Expected   order.Day             `json:"expectedDate,omitempty"`
	Quantities *order.Quantities     `json:"quantities,omitempty"`
	Substitute []order.Identifier    `json:"substitute,omitempty"`
	Changed    Time                  `json:"changedAt"`
	Detail     order.LineDetail      `json:"detail,omitzero"`
}

// xmlType is the type of links to EDItX documents.
const xmlType = "application/xml"

// NewOrder returns the document of an order for a reader who may do what may
// lists; original is whether the reader can read the original request.
func NewOrder(o *order.Order, may order.Actions, original bool, s Surface) Order {
	doc := Order{
		Links: orderLinks(o.ID, may, original, s),
		ID:    o.ID, Number: o.Number, Sender: o.Sender, Buyer: o.Buyer, Seller: o.SellerName(),
		Status: StatusWord(o.Status), Reason: o.Reason, Routing: o.Routing, Test: o.IsTest(), Source: o.Source,
		Revision: o.Revision, Created: NewTime(o.Created), Updated: NewTime(o.Updated), Erased: NewTime(o.Erased),
		Header: o.Header, Summary: o.Summary, Extensions: o.Extensions, Findings: NewFindings(o.Findings),
		Embedded: OrderEmbedded{Lines: make([]Line, len(o.Lines))},
	}
	for i := range o.Lines {
		doc.Embedded.Lines[i] = newLine(o.ID, &o.Lines[i], may, s)
	}
	return doc
}

func orderLinks(id order.ID, may order.Actions, original bool, s Surface) OrderLinks {
	self := s.Order(id)
	links := OrderLinks{
		Self:         Link{Href: self},
		EDItX:        Link{Href: self + "/editx", Type: xmlType},
		Response:     Link{Href: self + "/response", Type: xmlType},
		StatusReport: Link{Href: self + "/status-report", Type: xmlType},
		History:      Link{Href: self + "/history"},
		Curies:       curies(s),
	}
	if original {
		links.Original = Link{Href: self + "/editx/original"}
	}
	if len(may.Answer) > 0 {
		links.Answer = Link{Href: self + "/lines/{line}", Templated: true}
		links.Respond = Link{Href: self + "/response", Type: xmlType}
	}
	if len(may.Reduce) > 0 {
		links.Reduce = Link{Href: self + "/update"}
	}
	if may.Cancel {
		links.Cancel = Link{Href: self + "/cancellation"}
	}
	return links
}

// NewLine returns the document of one line.
func NewLine(id order.ID, l *order.Line, may order.Actions, s Surface) Line {
	doc := newLine(id, l, may, s)
	doc.Links.Curies = curies(s)
	return doc
}

func newLine(id order.ID, l *order.Line, may order.Actions, s Surface) Line {
	self := s.Line(id, l.Number)
	links := LineLinks{Self: Link{Href: self}, Order: Link{Href: s.Order(id)}}
	if _, ok := slices.BinarySearch(may.Answer, l.Number); ok {
		links.Answer = Link{Href: self}
	}
	if _, ok := slices.BinarySearch(may.Reduce, l.Number); ok {
		links.Reduce = Link{Href: s.Order(id) + "/update/" + strconv.Itoa(l.Number)}
	}
	a := l.Answer
	return Line{
		Links:  links,
		Number: l.Number, EAN: l.EAN(), Products: l.Products, Quantity: l.Quantity, Adjustment: l.Adjustment,
		Status: StatusWord(l.Status), Comment: a.Comment, ValidFrom: a.ValidFrom, ValidTo: a.ValidTo,
		Price: a.Price, Code: a.Code, Expected: a.Expected, Quantities: a.Quantities, Substitute: a.Substitute,
		Changed: NewTime(l.Changed), Detail: l.Detail,
	}
}

// ParseLine reads the document of a line.
func ParseLine(body []byte) (doc Line, err error) {
	err = json.Unmarshal(body, &doc)
	return doc, err
}

// ParseOrder reads the document of an order. Unknown members are ignored, since
// a newer server may have more.
func ParseOrder(body []byte) (doc Order, err error) {
	err = json.Unmarshal(body, &doc)
	return doc, err
}

// Finding is one place where the document of an accepted order departs from its
// format, and how it was understood.
type Finding struct {
	Severity string `json:"severity"` // always warning, since a refused document has no order
	Code     string `json:"code"`
	Path     string `json:"path,omitempty"`   // of the element
	Line     int    `json:"line,omitempty"`   // from 1, in the document as sent
	Column   int    `json:"column,omitempty"` // from 1
	Message  string `json:"message"`
	Value    string `json:"value,omitempty"` // what was read, truncated
}

// NewFindings returns the findings of a document.
func NewFindings(found []order.Finding) []Finding {
	var findings []Finding
	for _, f := range found {
		findings = append(findings, Finding{Severity: "warning", Code: f.Code, Path: f.Path, Line: f.Line,
			Column: f.Column, Message: f.Message, Value: f.Value})
	}
	return findings
}
