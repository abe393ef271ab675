package order_test

import (
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestNewForeign: a test order has a source and a purpose of its own, and the
// summary counts its copies.
func TestNewForeign(t *testing.T) {
	at := time.Date(2026, 6, 1, 14, 30, 59, 0, time.FixedZone("", 7200))
	for test, want := range map[bool]string{false: "hark 20260601T1230Z ", true: "hark.test 20260601T1230Z "} {
		o := order.NewForeign("hark", test, at)
		if got := o.Source + " " + string(o.Header.IssuedAt) + " "; got != want || o.IsTest() != test {
			t.Errorf("%s, test %t", got, o.IsTest())
		}
		o.Lines = []order.Line{{Number: 1, Quantity: 2}, {Number: 2, Quantity: 3}}
		if o.Summarize(); *o.Summary.Lines != 2 || *o.Summary.Units != 5 {
			t.Errorf("%d lines, %d copies", *o.Summary.Lines, *o.Summary.Units)
		}
	}
}

// TestLocator finds what NewContact put there, and nothing elsewhere.
func TestLocator(t *testing.T) {
	party := order.Party{ID: "7045", Scheme: "Bokhandelsentralen", Name: "Ark"}.TradeParty()
	if party.ID.Type != "Bokhandelsentralen" || party.ID.Value != "7045" || party.Names[0] != "Ark" {
		t.Errorf("%+v", party)
	}
	party.Contacts = []order.Contact{order.NewContact("Ola", "ola@example.no", "22123456")}
	var none *order.TradeParty
	if party.Locator(order.ByEmail) != "ola@example.no" || party.Locator(order.ByPhone) != "22123456" || party.Locator("Fax") != "" || none.Locator(order.ByEmail) != "" {
		t.Error("the address of a contact is lost")
	}
	if order.FreeText() != nil || len(order.FreeText("a", "b")[0].Lines) != 2 {
		t.Error("free text")
	}
}
