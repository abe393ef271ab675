package order

import "time"

// This file has the parts of an order that a dialect makes of a request which is no
// document of the trade: alike in all dialects, and none of them optional there.

// NewForeign returns an order that comes by a dialect, live or test, issued now. Its
// number, parties and lines are for the dialect to fill in.
func NewForeign(dialect string, test bool, now time.Time) Order {
	o := Order{Source: SourceOf(dialect, test), Header: Header{IssuedAt: DateAt(now), Purpose: Original}}
	if test {
		o.Header.Purpose = Test
	}
	return o
}

// DateAt returns a time as documents write it, in UTC and to the minute.
func DateAt(t time.Time) Date { return Date(t.UTC().Format("20060102T1504Z")) }

// Summarize sets the summary that the lines add up to.
func (o *Order) Summarize() {
	lines, units := int64(len(o.Lines)), int64(0)
	for i := range o.Lines {
		units += o.Lines[i].Quantity
	}
	o.Summary = Summary{Lines: &lines, Units: &units}
}

// TradeParty returns a party as documents name it.
func (p Party) TradeParty() TradeParty {
	return TradeParty{ID: Identifier{Type: p.Scheme, Value: string(p.ID)}, Names: []string{p.Name}}
}

// The types of communication that a person of a foreign order has.
const (
	ByEmail = "Email"
	ByPhone = "Phone"
)

// NewContact returns a person with an e-mail address and a phone number.
func NewContact(name, email, phone string) Contact {
	return Contact{Name: name,
		Communication: []Communication{{Type: ByEmail, Locator: email}, {Type: ByPhone, Locator: phone}}}
}

// Locator returns the first address or number of a type among the contacts of a
// party, "" when there is none or no party.
func (p *TradeParty) Locator(communication string) string {
	if p == nil {
		return ""
	}
	for _, contact := range p.Contacts {
		for _, c := range contact.Communication {
			if c.Type == communication {
				return c.Locator
			}
		}
	}
	return ""
}

// freeText is the type of a message of plain text (EDItEUR's code list).
const freeText = "01"

// FreeText returns lines of plain text as messages; none when there is no line.
func FreeText(lines ...string) []Message {
	if len(lines) == 0 {
		return nil
	}
	return []Message{{Type: freeText, Lines: lines}}
}
