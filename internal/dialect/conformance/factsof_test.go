package conformance

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

func coreFacts(w *world, text string) facts {
	w.t.Helper()
	var o order.Order
	check(w.t, json.Unmarshal([]byte(text), &o))
	return factsOf(&o).with(facts{"buyer": string(o.Buyer), "seller": o.SellerName(), "number": o.Number,
		"order status": hal.StatusWord(o.Status), "line status": hal.StatusWord(o.Lines[0].Status)})
}

// factsOf reads what the core's model and EDItX say in the same places.
func factsOf(o *order.Order) facts {
	l := o.Lines[0]
	f := partyFacts(o.Header.ShipTo).with(facts{"number": o.Number, "BuyerParty": o.Header.Buyer.ID.Value,
		"product": l.Product().Value, "title": l.Detail.Title, "quantity": strconv.FormatInt(l.Quantity, 10)})
	for _, p := range l.Detail.Pricing {
		f["unit price"], f["currency"] = p.Price.Amount.String(), p.Price.Currency
		if f["currency"] == "" {
			f["currency"] = o.Header.Currency
		}
	}
	return f
}

func partyFacts(p *order.TradeParty) facts {
	f := facts{"name": p.Names[0], "contact": p.Contacts[0].Name, "address": p.Address.Lines[0], "city": p.Address.City,
		"postal code": p.Address.PostalCode, "country": p.Address.CountryCode, "second line": strings.Join(p.Address.Lines[1:], "\n")}
	for _, c := range p.Contacts[0].Communication {
		f[map[string]string{"Email": "e-mail", "Phone": "phone"}[c.Type]] = c.Locator
	}
	return f
}

// legacy is an order as old clients read it, in the list or alone.
type legacy struct {
	BuyerOrderNumber, Buyer, Seller, Status string
	ShipToParty                             struct {
		Name, ContactPerson string
		Address             struct{ Zip, Street, City string }
		Communication       []struct{ Type, Value string }
	}
	Embedded struct {
		Lines []struct {
			Status   string
			Quantity json.Number
		}
	} `json:"_embedded"`
}

func listFacts(w *world, text string) facts {
	w.t.Helper()
	var l legacy
	check(w.t, json.Unmarshal([]byte(text), &l))
	return facts{"number": l.BuyerOrderNumber, "buyer": l.Buyer, "seller": l.Seller, "order status": l.Status}
}

func legacyFacts(w *world, text string) facts {
	w.t.Helper()
	var l legacy
	check(w.t, json.Unmarshal([]byte(text), &l))
	to, line := l.ShipToParty, l.Embedded.Lines[0]
	f := listFacts(w, text).with(facts{"name": to.Name, "contact": to.ContactPerson, "address": to.Address.Street, "postal code": to.Address.Zip,
		"city": to.Address.City, "line status": line.Status, "quantity": line.Quantity.String()})
	for _, c := range to.Communication {
		f[map[string]string{"Email": "e-mail", "Phone": "phone"}[c.Type]] = c.Value
	}
	return f
}

func cleanFacts(w *world, text string) facts {
	w.t.Helper()
	doc, err := hal.ParseOrder([]byte(text))
	check(w.t, err)
	l := doc.Embedded.Lines[0]
	o := order.Order{Number: doc.Number, Header: doc.Header,
		Lines: []order.Line{{Number: l.Number, Products: l.Products, Quantity: l.Quantity, Detail: l.Detail}}}
	return factsOf(&o).with(facts{"buyer": string(doc.Buyer), "seller": doc.Seller, "order status": doc.Status, "line status": l.Status})
}

// editxFacts reads the EDItX, which the strictest profile must take without a
// word. What a sender took back stands in it as a line of less than no copies,
// which no order of its own could have: that line is read as one that orders,
// and the sum at the end is then another.
func editxFacts(w *world, text string) facts {
	w.t.Helper()
	document := strings.Replace(text, "<OrderQuantity>-", "<OrderQuantity>", 1)
	report, err := editx.Check([]byte(document), editx.Strict)
	check(w.t, err)
	for _, f := range report.Findings {
		if document == text || f.Code != "summary" {
			w.t.Errorf("the EDItX is found at fault: %+v\n%s", f, text)
		}
	}
	o, _, err := editx.DecodeAs([]byte(document), editx.Strict)
	check(w.t, err)
	return factsOf(&o)
}
