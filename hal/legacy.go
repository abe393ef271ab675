package hal

import (
	"strconv"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

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
