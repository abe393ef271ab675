package email

import (
	"context"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// view is an order as it is shown in an e-mail or on a page.
type view struct {
	Language actionmail.Language
	Title    string
	Number   string
	Buyer    string // who ordered
	Seller   string // the recipient
	Received string
	ShipTo   []string
	Notes    []string
	Contact  []string
	Lines    []lineView
	More     int // lines that do not fit
	Open     int // lines without an answer
}

// lineView is a line as it is shown.
type lineView struct {
	Number   int
	Title    string
	Product  string
	Quantity int64
	State    string
	Said     string // the earlier comment
	Notes    []string

	Choices    []choice // none when the line is closed
	MaxComment int
	Comment    string // as it stands in the form
	Fault      string
}

// Bounds of what is shown.
const (
	// maxLines bounds the lines of an e-mail or a page: more than a person
	// answers by hand at a time, and some hundred kilobytes of page.
	maxLines = 500

	maxNotes = 20 // lines of free text
)

// recipient is the party for which an e-mail or a page is, with the order.
type recipient struct {
	catalog actionmail.Catalog
	party   order.Party
	order   order.Order
	buyer   string
}

// recipient looks up what an e-mail or a page needs. The order is read as the
// party sees it.
func (ch *Channel) recipient(ctx context.Context, t webhook.Task) (r recipient, err error) {
	if r.party, err = ch.Exchange.Party(ctx, t.Delivery.Party); err != nil {
		return r, err
	}
	r.catalog = ch.Catalog(r.party.Language)
	if t.Delivery.Event.Order == "" {
		return r, nil
	}
	if r.order, err = ch.Exchange.Order(ctx, t.Delivery.Party, t.Delivery.Event.Order); err != nil {
		return r, err
	}
	r.buyer = string(r.order.Buyer)
	if p, err := ch.Exchange.Party(ctx, r.order.Buyer); err == nil {
		r.buyer = p.Name
	} else if order.KindOf(err) != order.NotFound {
		return r, err
	}
	return r, nil
}

// view returns the order with at most maxLines lines; those without an answer
// come first when not all of them fit.
func (r recipient) view(zone *time.Location) view {
	o := &r.order
	v := view{
		Language: r.catalog.Language,
		Number:   actionmail.SanitizeLine(o.Number),
		Buyer:    actionmail.SanitizeLine(r.buyer),
		Seller:   actionmail.SanitizeLine(r.party.Name),
		Received: r.catalog.FormatTime(o.Created.In(zone)),
		ShipTo:   shipTo(o),
		Notes:    notes(o),
		Contact:  contact(&o.Header.Buyer),
	}
	v.Title = r.catalog.MustText("page-title", v.Number, v.Buyer)
	open, withdrawn := openLines(o), o.Withdrawn()
	v.Open = len(open)
	full := len(o.Lines) > maxLines
	for i := range o.Lines {
		l := &o.Lines[i]
		if len(v.Lines) == maxLines || full && v.Open > 0 && !open[l.Number] {
			v.More++
			continue
		}
		shown := r.line(l)
		if agreed, ok := withdrawn[l.Number]; ok && l.Status == order.Sent {
			shown.State = r.catalog.MustText(withdrawnKey(agreed))
		}
		v.Lines = append(v.Lines, shown)
	}
	return v
}

func (r recipient) line(l *order.Line) lineView {
	v := lineView{
		Number: l.Number, Title: actionmail.SanitizeLine(l.Detail.Title), Product: productOf(l), Quantity: l.Quantity,
		State: r.catalog.MustText(stateKey(l.Status)), Said: actionmail.SanitizeLine(l.Answer.Comment),
	}
	for _, m := range l.Detail.Messages {
		v.Notes = appendLines(v.Notes, m.Lines...)
	}
	return v
}

func productOf(l *order.Line) string {
	id := l.Product()
	if ean, ok := order.ToEAN(id.Value); ok {
		return ean
	}
	return actionmail.SanitizeLine(id.String())
}

func stateKey(s order.Status) string {
	switch s {
	case order.Sent:
		return "state-open"
	case order.Requested:
		return "state-requested"
	case order.Received:
		return "state-accepted"
	case order.Rejected:
		return "state-rejected"
	}
	return "state-delivered"
}

func withdrawnKey(agreed bool) string {
	if agreed {
		return "state-withdrawn"
	}
	return "state-requested"
}

// shipTo returns where the goods are delivered: the address in the order, else
// that of the buyer.
func shipTo(o *order.Order) []string {
	p := o.Header.ShipTo
	if p == nil {
		p = &o.Header.Buyer
	}
	lines := appendLines(nil, p.Names...)
	if a := p.Address; a != nil {
		lines = appendLines(lines, a.Lines...)
		lines = appendLines(lines, a.PostalCode+" "+a.City, a.Country)
	}
	if o.Header.ShipTo == nil {
		return lines
	}
	return appendLines(lines, contact(p)...)
}

// contact returns how to reach a party.
func contact(p *order.TradeParty) (lines []string) {
	for _, c := range p.Contacts {
		words := []string{c.Name}
		for _, way := range c.Communication {
			words = append(words, way.Locator)
		}
		lines = appendLines(lines, strings.Join(words, ", "))
	}
	for _, way := range p.Communication {
		lines = appendLines(lines, way.Locator)
	}
	return lines
}

// notes returns the free texts of the order.
func notes(o *order.Order) []string {
	lines := appendLines(nil, o.Header.ShippingInstructions)
	if d := o.Header.Delivery; d != nil {
		lines = appendLines(lines, d.Notes)
	}
	for _, m := range o.Header.Messages {
		lines = appendLines(lines, m.Lines...)
	}
	return lines
}

// appendLines adds lines that are not empty, up to maxNotes.
func appendLines(lines []string, more ...string) []string {
	for _, text := range more {
		if text = actionmail.SanitizeLine(text); text != "" && len(lines) < maxNotes {
			lines = append(lines, text)
		}
	}
	return lines
}
