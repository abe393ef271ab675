package hal

import (
	"encoding/json"

	"github.com/bookgate/bookgate/order"
)

// Link is a HAL link object.
type Link struct {
	Href      string `json:"href"`
	Name      string `json:"name,omitempty"`
	Type      string `json:"type,omitempty"`
	Templated bool   `json:"templated,omitempty"`
}

// Curies names the documentation of our own relations, all called bk:….
type Curies []Link

func curies(s Surface) Curies {
	return Curies{{Name: "bk", Href: s.Base + "/rels/{rel}", Templated: true}}
}

// OrderLinks are the links of an order under /v2.
type OrderLinks struct {
	Self         Link   `json:"self"`
	EDItX        Link   `json:"bk:editx"`
	Original     Link   `json:"bk:original"`
	Response     Link   `json:"bk:response"`
	StatusReport Link   `json:"bk:status-report"`
	History      Link   `json:"bk:history"`
	Curies       Curies `json:"curies,omitempty"`
}

// Order is the document of one order under /v2: everything that is known.
type Order struct {
	Links    OrderLinks    `json:"_links"`
	ID       order.ID      `json:"id"`
	Number   string        `json:"number"`
	Sender   order.PartyID `json:"sender"`
	Buyer    order.PartyID `json:"buyer"`
	Seller   string        `json:"seller"`
	Status   string        `json:"status"`
	Reason   *order.Reason `json:"reason,omitempty"`
	Routing  string        `json:"routing,omitempty"`
	Test     bool          `json:"test,omitempty"`
	Source   string        `json:"source,omitempty"`
	Revision int64         `json:"revision"`
	Created  Time          `json:"createdAt"`
	Updated  Time          `json:"updatedAt"`
	Erased   Time          `json:"erasedAt,omitzero"`
	Header   order.Header  `json:"header"`
	Summary  order.Summary `json:"summary,omitzero"`
	Kept     []order.Kept  `json:"kept,omitempty"`
	Embedded OrderEmbedded `json:"_embedded"`
}

// OrderEmbedded holds an order's lines.
type OrderEmbedded struct {
	Lines []Line `json:"bk:line"`
}

// Line is a line of an order under /v2.
type Line struct {
	Number     int                `json:"number"`
	EAN        string             `json:"ean"`
	Products   []order.Identifier `json:"products"`
	Quantity   int64              `json:"quantity"`
	Adjustment bool               `json:"adjustment,omitempty"`
	Status     string             `json:"status"`
	Comment    string             `json:"comment,omitempty"`
	ValidFrom  order.Day          `json:"validFrom,omitempty"`
	ValidTo    order.Day          `json:"validTo,omitempty"`
	Price      *order.SoldPrice   `json:"price,omitempty"`
	Code       order.LineCode     `json:"code,omitempty"`
	Expected   order.Day          `json:"expectedDate,omitempty"`
	Quantities *order.Shares      `json:"quantities,omitempty"`
	Substitute []order.Identifier `json:"substitute,omitempty"`
	Changed    Time               `json:"changedAt"`
	Detail     order.LineDetail   `json:"detail,omitzero"`
}

// xmlType is what a link says of an EDItX document.
const xmlType = "application/xml"

// NewOrder makes the document of an order.
func NewOrder(o *order.Order, s Surface) Order {
	self := s.Order(o.ID)
	doc := Order{
		Links: OrderLinks{
			Self:         Link{Href: self},
			EDItX:        Link{Href: self + "/editx", Type: xmlType},
			Original:     Link{Href: self + "/editx/original"},
			Response:     Link{Href: self + "/response", Type: xmlType},
			StatusReport: Link{Href: self + "/status-report", Type: xmlType},
			History:      Link{Href: self + "/history"},
			Curies:       curies(s),
		},
		ID: o.ID, Number: o.Number, Sender: o.Sender, Buyer: o.Buyer, Seller: o.SellerName(),
		Status: StatusWord(o.Status), Reason: o.Reason, Routing: o.Routing, Test: o.IsTest(), Source: o.Source,
		Revision: o.Revision, Created: NewTime(o.Created), Updated: NewTime(o.Updated), Erased: NewTime(o.Erased),
		Header: o.Header, Summary: o.Summary, Kept: o.Kept,
		Embedded: OrderEmbedded{Lines: make([]Line, len(o.Lines))},
	}
	for i := range o.Lines {
		doc.Embedded.Lines[i] = newLine(&o.Lines[i])
	}
	return doc
}

func newLine(l *order.Line) Line {
	a := l.Answer
	return Line{
		Number: l.Number, EAN: l.EAN(), Products: l.Products, Quantity: l.Quantity, Adjustment: l.Adjustment,
		Status: StatusWord(l.Status), Comment: a.Comment, ValidFrom: a.ValidFrom, ValidTo: a.ValidTo,
		Price: a.Price, Code: a.Code, Expected: a.Expected, Quantities: a.Shares, Substitute: a.Substitute,
		Changed: NewTime(l.Changed), Detail: l.Detail,
	}
}

// ParseOrder reads what NewOrder made. Members it does not know are left out,
// for a newer server may have more.
func ParseOrder(body []byte) (doc Order, err error) {
	err = json.Unmarshal(body, &doc)
	return doc, err
}
