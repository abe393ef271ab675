package hal

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// golden compares got with a document in testdata/hal, byte for byte.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("..", "testdata", "hal", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; go test ./hal -update writes it anew):\n%s", name, diff)
	}
	if !json.Valid(got) {
		t.Errorf("%s is not JSON", name)
	}
}

// legacy is the surface of the documented example.
func legacy(t *testing.T) Surface {
	t.Helper()
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	return Surface{Base: "https://api.order.boknett.no", Orders: "/orders", Zone: oslo}
}

func second(t *testing.T) Surface {
	s := legacy(t)
	s.Orders = "/v2/orders"
	return s
}

// school is the order of the documented example: two books for a school. In
// Oslo it was 07:32:26 then.
func school() order.Order {
	created := time.Date(2015, 10, 13, 5, 32, 26, 0, time.UTC)
	book := func(number int, ean string) order.Line {
		return order.Line{Number: number, Products: []order.Identifier{{Type: "EAN13", Value: ean}}, Quantity: 1, Status: order.Sent, Changed: created}
	}
	return order.Order{
		ID: "c2b972ee-b2ec-11e5-9c35-0050569f5799", Revision: 2, Source: "boknett",
		Sender: "104", Buyer: "104", Seller: "900877", Number: "6252911_0", Status: order.Sent,
		Routing: "SellerParty names 900877", Created: created, Updated: created,
		Header: order.Header{
			Buyer: order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "104"}},
			ShipTo: &order.TradeParty{
				ID:       order.Identifier{Type: "SellersAccountNumber", Value: "948061937"},
				Names:    []string{"Norsk Videregående skole"},
				Address:  &order.Address{PostalCode: "0180", Lines: []string{"St. Hanshaugen"}, City: "OSLO"},
				Contacts: []order.Contact{{Name: "Kari Nordmann", Communication: []order.Communication{{Type: "Email", Locator: "kari.nordmann@skole.no"}}}},
			},
		},
		Lines: []order.Line{book(1, "9788202337926"), book(2, "9788202339296")},
	}
}

// failed is the same order when it cannot be delivered.
func failed() order.Order {
	o := school()
	o.Status, o.Seller, o.Routing, o.Header.ShipTo = order.Failed, "", "", nil
	o.Header.Seller = &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "900878"}}
	o.Reason = &order.Reason{Code: "receiver-unknown", Detail: "The receiver 900878 (type NBSN) is not connected.",
		Hint: "Correct SellerParty/PartyID and send again with a new OrderNumber."}
	for i := range o.Lines {
		o.Lines[i].Status = order.Failed
	}
	return o
}

// answered is the same order with everything that a receiver and a sender can
// add: an answer with its price, a rejection, a reduction.
func answered() order.Order {
	o := school()
	o.Revision, o.Updated, o.Status = 5, o.Created.Add(48*time.Hour), order.FulfilledAssigned
	o.Lines[0].Status = order.FulfilledAssigned
	o.Lines[0].Answer = order.Answer{Comment: "Lisens for «hele» skolen", ValidFrom: "2015-10-15", ValidTo: "2016-10-14",
		Price: &order.ConfirmedPrice{Amount: order.Decimal{Units: 25010, Scale: 2}, Tax: order.Decimal{Units: 25}}}
	o.Lines[1].Status = order.Rejected
	o.Lines[1].Answer.Comment = "Utsolgt"
	o.Lines = append(o.Lines, order.Line{Number: 3, Products: o.Lines[0].Products, Quantity: -1, Adjustment: true,
		Status: order.Requested, Changed: o.Updated})
	return o
}

// parted is the same order when the receiver can ship a part, expects another,
// and offers one book in place of the other.
func parted() order.Order {
	o := school()
	o.Revision, o.Updated, o.Status = 4, o.Created.Add(24*time.Hour), order.Received
	o.Lines[0].Quantity, o.Lines[0].Status = 5, order.Received
	o.Lines[0].Answer = order.Answer{Code: "AcceptedPartShippingPartBackordered", Expected: "2015-11-02",
		Quantities: &order.Quantities{Shipping: 3, Backordered: 2}}
	o.Lines[1].Status = order.Rejected
	o.Lines[1].Answer = order.Answer{Code: "CanceledSubstOffered", Quantities: &order.Quantities{Cancelled: 1},
		Substitute: []order.Identifier{{Type: "EAN13", Value: "9788203192388"}}}
	return o
}

func item() order.Item {
	o := school()
	return order.Item{Change: 17, ID: o.ID, Number: o.Number, Buyer: o.Buyer, Seller: o.SellerName(), Status: o.Status, Created: o.Created, Updated: o.Updated}
}

func events() []order.Event {
	o := school()
	return []order.Event{
		{Number: 1, Kind: order.EventReceived, At: o.Created, Revision: 1, To: order.Unprocessed, Party: "104", Actor: "skole", Via: "ticket", Text: "number 6252911_0, 2 lines"},
		{Number: 2, Kind: order.EventProcessed, At: o.Created.Add(time.Millisecond), Revision: 2, From: order.Unprocessed, To: order.Sent, Actor: "bookgate", Via: "system", Text: o.Routing},
		{Number: 3, Kind: order.EventMarked, At: o.Created.Add(time.Hour), Revision: 3, Line: 1, From: order.Sent, To: order.FulfilledAssigned, Party: "900877", Actor: "forlag", Via: "token",
			Fetched: o.Created.Add(2 * time.Hour)},
	}
}
