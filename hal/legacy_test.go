package hal

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
	"github.com/google/go-cmp/cmp"
)

func TestLegacyDocuments(t *testing.T) {
	s := legacy(t)
	it, sent, none, done := item(), school(), failed(), answered()
	golden(t, "item.json", AppendItem(nil, &it, s))
	golden(t, "order.json", AppendOrder(nil, &sent, s))
	golden(t, "order-failed.json", AppendOrder(nil, &none, s))
	golden(t, "order-answered.json", AppendOrder(nil, &done, s))
}

// TestLegacyLinesKeepTheirShape: what a receiver can say beyond the legacy
// document is under /v2 and in EDItX, and leaves the old document alone.
func TestLegacyLinesKeepTheirShape(t *testing.T) {
	with, without := parted(), parted()
	for i := range without.Lines {
		without.Lines[i].Answer = order.Answer{}
	}
	s := legacy(t)
	if diff := cmp.Diff(string(AppendOrder(nil, &without, s)), string(AppendOrder(nil, &with, s))); diff != "" {
		t.Errorf("the legacy document changed (-without +with):\n%s", diff)
	}
}

// documented is the single order as the API's page shows it.
const documented = `{
  "_embedded" : {
    "lines" : [ {
      "lineNumber" : 1,
      "status" : "SENT",
      "ean" : "9788202337926",
      "quantity" : 1
    }, {
      "lineNumber" : 2,
      "status" : "SENT",
      "ean" : "9788202339296",
      "quantity" : 1
    } ]
  },
  "shipToParty" : {
    "id" : "948061937",
    "name" : "Norsk Videregående skole",
    "contactPerson" : "Kari Nordmann",
    "address" : {
      "zip" : "0180",
      "street" : "St. Hanshaugen",
      "city" : "OSLO"
    },
    "communication" : [ {
      "type" : "Email",
      "value" : "kari.nordmann@skole.no"
    } ]
  },
  "_links" : {
    "self" : {
      "href" : "https://api.order.boknett.no/orders/c2b972ee-b2ec-11e5-9c35-0050569f5799"
    },
    "editx" : {
      "href" : "https://api.order.boknett.no/orders/c2b972ee-b2ec-11e5-9c35-0050569f5799/editx"
    }
  },
  "orderId" : "c2b972ee-b2ec-11e5-9c35-0050569f5799",
  "buyerOrderNumber" : "6252911_0",
  "buyer" : "104",
  "created" : "2015-10-13Z07:32:26",
  "status" : "SENT"
}`

// documentedItem is the last order of the documented list.
const documentedItem = `{
      "status" : "SENT",
      "created" : "2016-02-01Z13:44:30",
      "seller" : "900877",
      "orderId" : "73015709-08f3-476f-a152-d9cdc4c7a5f8",
      "buyer" : "116",
      "links" : [
         {
            "rel" : "self",
            "href" : "https://api.order.boknett.no/orders/73015709-08f3-476f-a152-d9cdc4c7a5f8"
         }
      ],
      "buyerOrderNumber" : "99999998"
   }`

func TestOrderIsTheDocumentedOneWithItsSeller(t *testing.T) {
	want, o := parsed(t, []byte(documented)), school()
	want["seller"] = "900877"
	for i, line := range want["_embedded"].(map[string]any)["lines"].([]any) {
		line.(map[string]any)["_links"] = map[string]any{"self": map[string]any{"href": legacy(t).Line(o.ID, i+1)}}
	}
	if diff := cmp.Diff(want, parsed(t, AppendOrder(nil, &o, legacy(t)))); diff != "" {
		t.Errorf("-documented +ours:\n%s", diff)
	}
}

func TestItemIsTheDocumentedOne(t *testing.T) {
	s := legacy(t)
	created, err := parseCreated("2016-02-01Z13:44:30", s)
	if err != nil {
		t.Fatal(err)
	}
	it := order.Item{ID: "73015709-08f3-476f-a152-d9cdc4c7a5f8", Number: "99999998", Buyer: "116", Seller: "900877", Status: order.Sent, Created: created.UTC()}
	if diff := cmp.Diff(parsed(t, []byte(documentedItem)), parsed(t, AppendItem(nil, &it, s))); diff != "" {
		t.Errorf("-documented +ours:\n%s", diff)
	}
}

func TestSurfacesLinkToThemselves(t *testing.T) {
	o, it := school(), item()
	for _, path := range []string{"/orders", "/orders/v1"} {
		s := legacy(t)
		s.Orders = path
		self := "https://api.order.boknett.no" + path + "/" + string(o.ID)
		doc := parsed(t, AppendOrder(nil, &o, s))
		want := map[string]any{"self": map[string]any{"href": self}, "editx": map[string]any{"href": self + "/editx"}}
		if diff := cmp.Diff(want, doc["_links"]); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
		links := parsed(t, AppendItem(nil, &it, s))["links"]
		if diff := cmp.Diff([]any{map[string]any{"rel": "self", "href": self}}, links); diff != "" {
			t.Errorf("%s: -want +got:\n%s", path, diff)
		}
	}
}

func TestAppendGoesOnWhereTheBufferEnds(t *testing.T) {
	s, o, it := legacy(t), answered(), item()
	if got := AppendOrder([]byte("before "), &o, s); string(got) != "before "+string(AppendOrder(nil, &o, s)) {
		t.Errorf("AppendOrder lost what was there: %s", got)
	}
	if got := AppendItem([]byte("before "), &it, s); string(got) != "before "+string(AppendItem(nil, &it, s)) {
		t.Errorf("AppendItem lost what was there: %s", got)
	}
}

func TestDocumentsOfSparseOrders(t *testing.T) {
	s := legacy(t)
	empty := order.Order{ID: "x", Header: order.Header{ShipTo: &order.TradeParty{}}}
	doc := parsed(t, AppendOrder(nil, &empty, s))
	if diff := cmp.Diff(map[string]any{"lines": []any{}}, doc["_embedded"]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, name := range []string{"orderId", "buyerOrderNumber", "buyer", "seller", "created", "_links"} {
		if _, there := doc[name]; !there {
			t.Errorf("%s is missing: %v", name, doc)
		}
	}
}

func TestShipToLeavesThePartyAlone(t *testing.T) {
	o := school()
	own := make([]order.Communication, 1, 4)
	own[0] = order.Communication{Type: "Phone", Locator: "+47 22 00 00 00"}
	o.Header.ShipTo.Communication = own
	AppendOrder(nil, &o, legacy(t))
	if own[:2][1] != (order.Communication{}) {
		t.Errorf("writing the document wrote into the order: %v", own[:2])
	}
}

func TestStatusWords(t *testing.T) {
	want := map[order.Status][]string{
		order.Unprocessed:       {"UNPROCESSED", "PROCESSING"},
		order.Failed:            {"FAILED"},
		order.Sent:              {"SENT"},
		order.Requested:         {"REQUESTED"},
		order.Received:          {"RECEIVED"},
		order.Rejected:          {"REJECTED"},
		order.Fulfilled:         {"FULFILLED", "FULLFILLED"},
		order.FulfilledBlocked:  {"FULFILLED_BLOCKED", "FULLFILLED_BLOCKED"},
		order.FulfilledAssigned: {"FULLFILLED_ASSIGNED_ORGANIZATION", "FULFILLED_ASSIGNED_ORGANIZATION", "FULLFILLED_ASSIGNED", "FULFILLED_ASSIGNED"},
	}
	for status, words := range want {
		if got := StatusWord(status); got != words[0] {
			t.Errorf("%s is written %s, want %s", status, got, words[0])
		}
		for _, word := range words {
			if got, ok := ParseStatus(word); !ok || got != status {
				t.Errorf("%s is read as %s, %v", word, got, ok)
			}
		}
	}
	for _, word := range []string{"", "sent", "SENT ", "FULFILED", "DONE"} {
		if got, ok := ParseStatus(word); ok {
			t.Errorf("%q is read as %s", word, got)
		}
	}
	for _, status := range order.Answers() {
		if !slices.Contains(want[status], StatusWord(status)) {
			t.Errorf("the answer %s has no word", status)
		}
	}
}

func parsed(t *testing.T, body []byte) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return doc
}

func parseCreated(text string, s Surface) (time.Time, error) {
	return time.ParseInLocation(createdLayout, text, s.Zone)
}
