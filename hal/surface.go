package hal

import (
	"net/url"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// MediaType labels HAL documents.
const MediaType = "application/hal+json"

// Surface is the API under which a request was made: documents link to the same
// one, never to another generation's.
type Surface struct {
	Base   string         // public address of the server, without a slash at the end
	Orders string         // path of the order collection: /orders, /orders/v1 or /v2/orders
	Zone   *time.Location // of the legacy times
}

// Collection returns the URL of the order collection.
func (s Surface) Collection() string { return s.Base + s.Orders }

// Order returns the URL of an order.
func (s Surface) Order(id order.ID) string { return s.Base + s.Orders + "/" + string(id) }

// Line returns the URL of a line of an order.
func (s Surface) Line(id order.ID, number int) string {
	return s.Order(id) + "/lines/" + strconv.Itoa(number)
}

// Event returns the URL of an event of an order.
func (s Surface) Event(id order.ID, number int) string {
	return s.Order(id) + "/history/" + strconv.Itoa(number)
}

// Webhook returns the URL of an endpoint.
func (s Surface) Webhook(id string) string { return s.Base + WebhooksPath + "/" + url.PathEscape(id) }

// Delivery returns the URL of a delivery to an endpoint.
func (s Surface) Delivery(endpoint, id string) string {
	return s.Webhook(endpoint) + "/deliveries/" + url.PathEscape(id)
}

// Attempt returns the URL of one attempt of a delivery.
func (s Surface) Attempt(endpoint, delivery string, number int) string {
	return s.Delivery(endpoint, delivery) + "/attempts/" + strconv.Itoa(number)
}

// createdLayout is the legacy format of a time, with a literal Z where others
// have a T, and no zone: "2016-02-01Z11:26:00".
const createdLayout = "2006-01-02Z15:04:05"

// assignedWord is the API's own spelling, with a double L.
const assignedWord = "FULLFILLED_ASSIGNED_ORGANIZATION"

// StatusWord returns a status as the Boknett API spells it.
func StatusWord(s order.Status) string {
	if s == order.FulfilledAssigned {
		return assignedWord
	}
	return string(s)
}

// ParseStatus returns the status for any spelling of any version of the Boknett
// API: one L or two in all three FULFILLED words, and PROCESSING for
// UNPROCESSED.
func ParseStatus(word string) (s order.Status, ok bool) {
	switch word {
	case "FULLFILLED":
		return order.Fulfilled, true
	case "FULLFILLED_BLOCKED":
		return order.FulfilledBlocked, true
	case assignedWord, "FULFILLED_ASSIGNED_ORGANIZATION", "FULLFILLED_ASSIGNED":
		return order.FulfilledAssigned, true
	case "PROCESSING":
		return order.Unprocessed, true
	}
	s = order.Status(word)
	return s, s.Valid()
}

// appendMember appends `"name":"value"`. name is one of our constants.
func appendMember(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, '"'), name...), `":`...)
	return jsontext.AppendString(dst, value)
}

// object appends the members of one JSON object and the commas between them.
type object struct {
	dst   []byte
	begun bool
}

func openObject(dst []byte) *object { return &object{dst: append(dst, '{')} }

// name begins a member whose value the caller appends to o.dst.
func (o *object) name(name string) {
	if o.begun {
		o.dst = append(o.dst, ',')
	}
	o.begun = true
	o.dst = append(append(append(o.dst, '"'), name...), `":`...)
}

// text appends a member, or nothing when value is empty.
func (o *object) text(name, value string) {
	if value != "" {
		o.name(name)
		o.dst = jsontext.AppendString(o.dst, value)
	}
}

func (o *object) close() []byte { return append(o.dst, '}') }

// Time is an instant in a document: RFC 3339 in UTC with microseconds, the
// precision of the store. All have the same length, for readers that expect it.
type Time struct{ time.Time }

// timeLayout is the format of every time in our own documents and events.
const timeLayout = "2006-01-02T15:04:05.000000Z07:00"

// NewTime returns the Time of an instant; the zero time stays zero.
func NewTime(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// MarshalJSON writes the time.
func (t Time) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"`+timeLayout+`"`), nil
}

// AppendItem appends an order of the legacy list: a plain object with a links
// array, not HAL's _links.
func AppendItem(dst []byte, it *order.Item, s Surface) []byte {
	dst = append(dst, '{')
	dst = append(appendMember(dst, "orderId", string(it.ID)), ',')
	dst = append(appendMember(dst, "buyerOrderNumber", it.Number), ',')
	dst = append(appendMember(dst, "buyer", string(it.Buyer)), ',')
	dst = append(appendMember(dst, "seller", it.Seller), ',')
	dst = append(appendMember(dst, "created", it.Created.In(s.Zone).Format(createdLayout)), ',')
	dst = append(appendMember(dst, "status", StatusWord(it.Status)), `,"links":[{"rel":"self",`...)
	return append(appendMember(dst, "href", s.Order(it.ID)), `}]}`...)
}

// AppendOrder appends a single order of the legacy API. Beyond the members of
// the documented example it has seller, and when set: reason on a failed order,
// and comment, valid_from, valid_to and price on an answered line. Lines have a
// self link.
func AppendOrder(dst []byte, o *order.Order, s Surface) []byte {
	doc := openObject(dst)
	doc.name("_embedded")
	doc.dst = append(appendLines(append(doc.dst, `{"lines":[`...), o.ID, o.Lines, s), `]}`...)
	if o.Header.ShipTo != nil {
		doc.name("shipToParty")
		doc.dst = appendShipTo(doc.dst, o.Header.ShipTo)
	}
	self := s.Order(o.ID)
	doc.name("_links")
	doc.dst = append(appendMember(append(doc.dst, `{"self":{`...), "href", self), `},"editx":{`...)
	doc.dst = append(appendMember(doc.dst, "href", self+"/editx"), `}}`...)
	doc.name("orderId")
	doc.dst = jsontext.AppendString(doc.dst, string(o.ID))
	doc.name("buyerOrderNumber")
	doc.dst = jsontext.AppendString(doc.dst, o.Number)
	doc.name("buyer")
	doc.dst = jsontext.AppendString(doc.dst, string(o.Buyer))
	doc.name("seller")
	doc.dst = jsontext.AppendString(doc.dst, o.SellerName())
	doc.text("created", o.Created.In(s.Zone).Format(createdLayout))
	doc.text("status", StatusWord(o.Status))
	if o.Reason != nil {
		doc.name("reason")
		doc.dst = appendReason(doc.dst, o.Reason)
	}
	return doc.close()
}

func appendReason(dst []byte, r *order.Reason) []byte {
	doc := openObject(dst)
	doc.text("code", r.Code)
	doc.text("detail", r.Detail)
	doc.text("hint", r.Hint)
	return doc.close()
}

func appendLines(dst []byte, id order.ID, lines []order.Line, s Surface) []byte {
	for i := range lines {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendLine(dst, id, &lines[i], s)
	}
	return dst
}

// AppendLine appends a line as embedded in the legacy order, which is also its
// own document. Beyond the documented members it has a self link, as every
// embedded resource in HAL: clients drop those without.
func AppendLine(dst []byte, id order.ID, l *order.Line, s Surface) []byte {
	dst = strconv.AppendInt(append(dst, `{"lineNumber":`...), int64(l.Number), 10)
	dst = appendMember(append(dst, ','), "status", StatusWord(l.Status))
	dst = appendMember(append(dst, ','), "ean", l.EAN())
	dst = strconv.AppendInt(append(dst, `,"quantity":`...), l.Quantity, 10)
	doc := object{dst: dst, begun: true}
	doc.text("comment", l.Answer.Comment)
	doc.text("valid_from", string(l.Answer.ValidFrom))
	doc.text("valid_to", string(l.Answer.ValidTo))
	if p := l.Answer.Price; p != nil {
		doc.name("price")
		doc.dst = append(append(append(doc.dst, `{"amount":`...), p.Amount.String()...), `,"tax":`...)
		doc.dst = append(append(doc.dst, p.Tax.String()...), '}')
	}
	doc.name("_links")
	doc.dst = append(appendLink(append(doc.dst, '{'), "self", s.Line(id, l.Number)), '}')
	return doc.close()
}

func appendShipTo(dst []byte, p *order.TradeParty) []byte {
	doc := openObject(dst)
	doc.text("id", p.ID.Value)
	if len(p.Names) > 0 {
		doc.text("name", p.Names[0])
	}
	if len(p.Contacts) > 0 {
		doc.text("contactPerson", p.Contacts[0].Name)
	}
	if p.Address != nil {
		doc.name("address")
		doc.dst = appendAddress(doc.dst, p.Address)
	}
	if ways := communications(p); len(ways) > 0 {
		doc.name("communication")
		doc.dst = appendCommunication(doc.dst, ways)
	}
	return doc.close()
}

func appendAddress(dst []byte, a *order.Address) []byte {
	doc := openObject(dst)
	doc.text("zip", a.PostalCode)
	if len(a.Lines) > 0 {
		doc.text("street", a.Lines[0])
	}
	doc.text("city", a.City)
	return doc.close()
}

// communications returns the means of communication of a party and of its first
// contact, which is the person that the document has.
func communications(p *order.TradeParty) []order.Communication {
	ways := p.Communication
	if len(p.Contacts) > 0 {
		ways = append(ways[:len(ways):len(ways)], p.Contacts[0].Communication...)
	}
	return ways
}

func appendCommunication(dst []byte, ways []order.Communication) []byte {
	dst = append(dst, '[')
	for i, c := range ways {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendMember(append(dst, '{'), "type", c.Type), ',')
		dst = append(appendMember(dst, "value", c.Locator), '}')
	}
	return append(dst, ']')
}
