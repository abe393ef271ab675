package order

import (
	"strings"
	"testing"
)

func TestDecide(t *testing.T) {
	one := map[PartyID]string{"900877": "978820"}
	two := map[PartyID]string{"900877": "978820", "900112": "978829"}
	cases := []struct {
		name     string
		sellers  map[PartyID]string
		unrouted string
		fallback PartyID
		want     PartyID
		code     string
		says     string
	}{
		{"all products of one receiver", one, "", "", "900877", "", "EAN prefix 978820"},
		{"a route beats the default", one, "", "5", "900877", "", ""},
		{"one product without route", one, "9780140372311", "", "", "receiver-missing", "9780140372311"},
		{"one without route, but a default", one, "9780140372311", "5", "5", "", "default seller of 104"},
		{"products of two receivers", two, "", "", "", "receiver-ambiguous", "900112, 900877"},
		{"two receivers, but a default", two, "", "5", "5", "", ""},
		{"no rule at all", nil, "9780140372311", "", "", "receiver-missing", "104"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := decide(c.sellers, c.unrouted, c.fallback, "104")
			if d.Seller != c.want {
				t.Errorf("seller %q, want %q", d.Seller, c.want)
			}
			if (d.Failed != nil) != (c.code != "") || d.Failed != nil && d.Failed.Code != c.code {
				t.Errorf("failed %+v, want %q", d.Failed, c.code)
			}
			said := d.Why
			if d.Failed != nil {
				said = d.Failed.Detail
				if d.Failed.Hint == "" {
					t.Error("a failure without a next step")
				}
			}
			if !strings.Contains(said, c.says) {
				t.Errorf("%q does not say %q", said, c.says)
			}
		})
	}
}

func TestUnknownReceiverNamesTheNearest(t *testing.T) {
	parties := []Party{{ID: "7045", Name: "Eksempel Bokhandel", Scheme: "NBSN"}, {ID: "116", Name: "Student", Scheme: "NBSN"}}
	r := unknownReceiver(Identifier{Type: "NBSN", Value: "7054"}, parties)
	if want := "The receiver 7054 (type NBSN) is not connected. Nearest connected: 7045 Eksempel Bokhandel."; r.Detail != want {
		t.Errorf("got %q, want %q", r.Detail, want)
	}
	if r := unknownReceiver(Identifier{Type: "GLN", Value: "7080010001559"}, parties); strings.Contains(r.Detail, "Nearest") {
		t.Errorf("nothing is near: %q", r.Detail)
	}
}

func TestEditDistance(t *testing.T) {
	cases := []struct {
		a, b string
		want int
	}{{"7045", "7045", 0}, {"7045", "7054", 2}, {"7045", "704", 1}, {"", "1", 1}, {"1234", "98", 3}, {"abc", "xbc", 1}}
	for _, c := range cases {
		if got := min(3, editDistance(c.a, c.b, 3)); got != c.want {
			t.Errorf("%s, %s: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestSettle(t *testing.T) {
	fresh := func() Order {
		o := sentOrder(Unprocessed, Unprocessed)
		o.Seller = ""
		return o
	}
	o := fresh()
	events := o.applyRouting(Decision{Seller: "900877", Why: "because"}, t1)
	if len(events) != 1 || events[0].From != Unprocessed || events[0].To != Sent || events[0].Text != "because" {
		t.Fatalf("events %+v", events)
	}
	if o.Status != Sent || o.Seller != "900877" || o.Lines[1].Status != Sent || o.Routing != "because" {
		t.Errorf("order %+v", o)
	}
	if again := o.applyRouting(Decision{Seller: "5"}, t1); again != nil || o.Seller != "900877" {
		t.Error("a settled order was settled again")
	}
	o = fresh()
	reason := &Reason{Code: "receiver-missing", Detail: "no receiver", Hint: "do"}
	if events := o.applyRouting(Decision{Failed: reason}, t1); events[0].To != Failed || events[0].Text != "no receiver" {
		t.Errorf("events %+v", events)
	}
	if o.Status != Failed || o.Reason != reason || o.Lines[0].Status != Failed || o.Seller != "" {
		t.Errorf("order %+v", o)
	}
}

func TestSides(t *testing.T) {
	cases := []struct {
		status  Status
		purpose Purpose
		want    map[PartyID]Role
	}{
		{Unprocessed, Original, map[PartyID]Role{"104": RoleSender, "7045": RoleSender, "900877": RoleNone, "116": RoleNone, "": RoleNone}},
		{Failed, Original, map[PartyID]Role{"104": RoleSender, "7045": RoleSender, "900877": RoleNone}},
		{Sent, Original, map[PartyID]Role{"104": RoleSender, "7045": RoleSender, "900877": RoleReceiver, "116": RoleNone}},
		{Sent, Test, map[PartyID]Role{"104": RoleSender, "7045": RoleSender, "900877": RoleNone}},
		{FulfilledBlocked, Duplicate, map[PartyID]Role{"900877": RoleReceiver}},
	}
	for _, c := range cases {
		o := sentOrder(c.status)
		o.Status, o.Header.Purpose = c.status, c.purpose
		for party, want := range c.want {
			if got := o.Role(party); got != want {
				t.Errorf("%s %s: party %q stands at %d, want %d", c.status, c.purpose, party, got, want)
			}
		}
	}
	o := sentOrder(Sent)
	if got := o.Audience(); len(got) != 3 || got[0] != "104" || got[1] != "7045" || got[2] != "900877" {
		t.Errorf("audience %v", got)
	}
	o.Buyer, o.Seller = "104", "104"
	if got := o.Audience(); len(got) != 1 {
		t.Errorf("audience of an order to oneself: %v", got)
	}
	if o.Role("104") != RoleSender|RoleReceiver {
		t.Error("an order to oneself is seen from both sides")
	}
}
