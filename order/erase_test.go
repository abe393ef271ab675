package order

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// fates says of every member of the content of an order what erasing does with
// it: it stays, it goes, or a rule of its own decides. A type that goes as a
// whole stands alone.
func fates() map[string][]string {
	return map[string][]string{
		"stays": {
			"Header.IssuedAt", "Header.References", "Header.Purpose", "Header.Currency", "Header.Country", "Header.Dates", "Header.FillTerms",
			"Header.Buyer", "Header.Seller", "Header.ShipTo", "Header.BillTo", "Header.ShipFrom", "Header.Qualifiers", "Header.Delivery",
			"Header.PaymentTerms", "Header.Discount", "Header.Services",
			"Reference.Type", "Reference.Number", "Reference.Date", "DateCoded.Date", "DateCoded.Qualifier", "Coded.Type", "Coded.Code",
			"TradeParty.Role", "TradeParty.ID", "TradeParty.AdditionalIDs", "TradeParty.Country", "Identifier.Type", "Identifier.TypeName", "Identifier.Value",
			"Location.IDs", "Delivery.Time", "Delivery.Carrier", "Carrier.Code",
			"PaymentTerms.NetDaysDue", "PaymentTerms.NetDueDate", "PaymentTerms.ExtendedDays", "PaymentTerms.Coded",
			"Service.Coded", "Service.Quantity", "Service.References", "Service.Pricing", "ServiceQuantity.Value", "ServiceQuantity.Unit",
			"Pricing.Price", "Pricing.Discount", "Pricing.Discounts", "Price.Amount", "Price.Currency", "Price.Country", "Price.Qualifier", "Price.Taxes",
			"Tax.Type", "Tax.RateCode", "Tax.Percent", "Tax.AmountTaxable", "Tax.Amount",
			"DiscountDetail.CodeType", "DiscountDetail.Parts", "DiscountPart.Code", "DiscountPart.Percent",
			"Returns.LastDate", "Returns.MaxPercent", "Returns.MaxQuantity", "Returns.Conditions", "Bonus.Type", "Bonus.Quantity",
			"Summary.Lines", "Summary.Units", "Decimal.Units", "Decimal.Scale",
			"Line.Number", "Line.Products", "Line.Quantity", "Line.Adjustment", "Line.Adjusts", "Line.Status", "Line.Answer", "Line.Changed", "Line.Detail",
			"Answer.ValidFrom", "Answer.ValidTo", "Answer.Price", "Answer.Code", "Answer.Expected", "Answer.Quantities", "Answer.Substitute",
			"ConfirmedPrice.Amount", "ConfirmedPrice.Tax", "Quantities.Shipping", "Quantities.Backordered", "Quantities.Cancelled",
			"LineDetail.Title", "LineDetail.Seller", "LineDetail.Parties", "LineDetail.Bonus", "LineDetail.References", "LineDetail.Dates",
			"LineDetail.FillTerms", "LineDetail.Qualifiers", "LineDetail.Pricing", "LineDetail.Returns", "LineDetail.Services",
			"Reason.Code",
		},
		"goes": {
			"Header.ShippingInstructions", "Header.InvoiceInstructions", "Header.Messages",
			"TradeParty.Names", "TradeParty.Address", "TradeParty.Communication", "TradeParty.Contacts", "Location.Name",
			"Delivery.Service", "Delivery.Notes", "Carrier.Name", "Carrier.Service", "Service.Description", "ServiceQuantity.Description",
			"Answer.Comment", "LineDetail.WrittenNumber", "LineDetail.Messages", "Reason.Detail", "Reason.Hint",
		},
	}
}

func fateOf(t *testing.T, member string) string {
	t.Helper()
	for fate, members := range fates() {
		if slices.Contains(members, member) {
			return fate
		}
	}
	t.Errorf("it is not decided what erasing does with %s: say so in fates, and in erase.go", member)
	return ""
}

// fill sets everything below v to a value. Texts are words of their own place;
// references get a number and a type that stay.
func fill(v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), at)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1, 0)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), at+"."+v.Type().Field(i).Name)
		}
		if v.Type() == reflect.TypeFor[Reference]() {
			v.Set(reflect.ValueOf(Reference{Type: "ContractReference", Number: "2026/14", Date: "20260101"}))
		}
	case reflect.String:
		v.SetString("Ola Nordmann " + at)
	case reflect.Int, reflect.Int64, reflect.Int8, reflect.Uint8:
		if v.CanInt() {
			v.SetInt(7)
		} else {
			v.SetUint(7)
		}
	case reflect.Bool:
		v.SetBool(true)
	}
}

// compare checks that below a member everything is as its fate says.
func compare(t *testing.T, before, after reflect.Value, at string) {
	t.Helper()
	switch before.Kind() {
	case reflect.Pointer:
		if after.IsNil() {
			t.Errorf("%s is gone", at)
			return
		}
		compare(t, before.Elem(), after.Elem(), at)
	case reflect.Slice:
		if after.Len() != before.Len() {
			t.Errorf("%s has %d of %d", at, after.Len(), before.Len())
			return
		}
		for i := range before.Len() {
			compare(t, before.Index(i), after.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Struct:
		if before.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range before.NumField() {
			name := before.Type().Field(i).Name
			member := before.Type().Name() + "." + name
			if fateOf(t, member) == "stays" {
				compare(t, before.Field(i), after.Field(i), at+"."+name)
			} else if !after.Field(i).IsZero() {
				t.Errorf("%s.%s is still %v", at, name, after.Field(i))
			}
		}
	default:
		if !before.Equal(after) {
			t.Errorf("%s was %v and is %v", at, before, after)
		}
	}
}

// filled is an order with a value in every member of its content.
func filled() Order {
	o := Order{Routing: "SellerParty names Ola Nordmann", Extensions: []Extension{{Parent: "/Order", XML: "<Ola>Nordmann</Ola>"}}, Findings: []Finding{{Code: "unknown", Path: "/Order/Ola", Value: "Nordmann"}}, Reason: new(Reason)}
	fill(reflect.ValueOf(&o.Header).Elem(), "Header")
	fill(reflect.ValueOf(&o.Lines).Elem(), "Lines")
	fill(reflect.ValueOf(&o.Summary).Elem(), "Summary")
	fill(reflect.ValueOf(o.Reason).Elem(), "Reason")
	return o
}

func TestErasingDecidesOnEveryMember(t *testing.T) {
	before, after := filled(), filled()
	after.erase(Actor{Name: "operator"}, "", time.Now())
	for _, part := range []struct {
		name          string
		before, after any
	}{{"Header", before.Header, after.Header}, {"Lines", before.Lines, after.Lines}, {"Summary", before.Summary, after.Summary}, {"Reason", before.Reason, after.Reason}} {
		compare(t, reflect.ValueOf(part.before), reflect.ValueOf(part.after), part.name)
	}
	if after.Extensions != nil || after.Findings != nil || after.Routing != "" {
		t.Errorf("stored %v, routing %q", after.Extensions, after.Routing)
	}
}

// TestErasingLeavesTheOrderThatOthersHold looks whether a list or pointer that
// is shared with a copy was written into.
func TestErasingLeavesTheOrderThatOthersHold(t *testing.T) {
	before := filled()
	held := before
	before.erase(Actor{Name: "operator"}, "", time.Now())
	if want := filled(); !reflect.DeepEqual(held, want) {
		t.Error("the copy was changed")
	}
}

func TestReferencesThatStay(t *testing.T) {
	for number, stays := range map[string]bool{
		"2026/14": true, "PO-1234.5": true, "14": true, "7_2": true, "": true,
		"Rammeavtale 14/2025": false, "elev-ola-7b": false, "HØSTKAMPANJE": false, "Ola": false, "AB": false, "12 34": false, "12å": false,
	} {
		got := redactedReferences([]Reference{{Type: "ContractReference", Number: number, Date: "20260101"}})
		if (len(got) == 1) != stays {
			t.Errorf("%q stays: %v, want %v", number, len(got) == 1, stays)
		}
	}
	for _, kind := range []string{"CustomerOrderReference", "RepOrderReference", "Elev"} {
		if got := redactedReferences([]Reference{{Type: kind, Number: "14"}}); len(got) != 0 {
			t.Errorf("a %s stays", kind)
		}
	}
}

// TestTitlesOfWorksGo takes out the title of a work that the buyer named itself,
// not that of a product, which is in every catalogue.
func TestTitlesOfWorksGo(t *testing.T) {
	for kind, want := range map[string]string{"EAN13": "Kitchen of Ola", "SKU": "Kitchen of Ola", "Proprietary": ""} {
		o := Order{Lines: []Line{{Products: []Identifier{{Type: kind, Value: "1"}}, Detail: LineDetail{Title: "Kitchen of Ola"}}}}
		if o.erase(Actor{}, "", time.Now()); o.Lines[0].Detail.Title != want {
			t.Errorf("%s: %q is left", kind, o.Lines[0].Detail.Title)
		}
	}
}

func TestPartiesWithoutNumberGoAsAWhole(t *testing.T) {
	ola := TradeParty{Role: "EndUser", Names: []string{"Ola Nordmann"}, Address: &Address{City: "Oslo", CountryCode: "NO"}}
	numbered := ola
	numbered.ID = Identifier{Type: "GLN", Value: "7080010001559"}
	o := Order{Header: Header{ShipTo: &ola, BillTo: &numbered, ShipFrom: &Location{Name: "hos Ola"}, Delivery: &Delivery{Notes: "ring på"}},
		Lines: []Line{{Detail: LineDetail{Parties: []TradeParty{ola, numbered}}}}}
	o.erase(Actor{}, "", time.Now())
	h := o.Header
	if h.ShipTo != nil || h.ShipFrom != nil || h.Delivery != nil || len(o.Lines[0].Detail.Parties) != 1 {
		t.Errorf("left are %+v, %+v", h, o.Lines)
	}
	if want := (TradeParty{Role: "EndUser", ID: numbered.ID, Country: "NO"}); h.BillTo == nil || !reflect.DeepEqual(*h.BillTo, want) {
		t.Errorf("bill to %+v, want %+v", h.BillTo, want)
	}
}

func TestErasingAgain(t *testing.T) {
	o := filled()
	now := time.Now()
	if events := o.erase(Actor{Name: "operator", Via: "command"}, "case 7", now); len(events) != 1 || events[0].Kind != EventErased || events[0].Text != "case 7" || events[0].Actor != "operator" {
		t.Fatalf("events %+v", events)
	}
	o.Erased, o.Updated = now, now
	if events := o.erase(Actor{}, "", now); events != nil {
		t.Errorf("an unchanged order was erased again: %+v", events)
	}
	o.Updated = now.Add(time.Hour)
	o.Lines[0].Answer.Comment = "til Ola"
	if events := o.erase(Actor{}, "", now); len(events) != 1 || o.Lines[0].Answer.Comment != "" || events[0].Text == "" {
		t.Errorf("what came afterwards stays: %+v", events)
	}
}

func TestPersonalListsWhatGoes(t *testing.T) {
	o := Order{Number: "7", Routing: "names Forlag", Header: Header{
		Buyer:      TradeParty{ID: Identifier{Type: "NBSN", Value: "7045"}, Names: []string{"Ola Nordmann"}},
		References: []Reference{{Type: "Elev", Number: "ola"}, {Type: "ContractReference", Number: "14"}},
		Messages:   []Message{{Type: "01", Lines: []string{"Til Ola", "Nordmann"}}},
	}}
	fields, err := o.PersonalData()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields {
		got = append(got, f.Pointer+" "+f.Value)
	}
	want := []string{"/header/buyer/names/0 Ola Nordmann", "/header/messages/0/lines/0 Til Ola", "/header/messages/0/lines/1 Nordmann",
		"/header/messages/0/type 01", "/header/references/0/number ola", "/header/references/0/type Elev", "/routing names Forlag"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if o.Routing == "" || len(o.Header.Messages) != 1 {
		t.Error("the order itself was erased")
	}
}

func TestReasonIsOneLine(t *testing.T) {
	for reason, ok := range map[string]bool{"": true, "case 7, æøå": true, strings.Repeat("x", maxReason): true,
		strings.Repeat("x", maxReason+1): false, "two\nlines": false, "\x1b[31m": false} {
		if err := checkReason(reason); (err == nil) != ok {
			t.Errorf("%q: %v", reason, err)
		}
	}
}
