package editx

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// answered is an order whose lines are in every state.
func answered() *order.Order {
	ean := func(s string) []order.Identifier { return []order.Identifier{{Type: "EAN13", Value: s}} }
	o := &order.Order{
		ID: "01936f3e-0000-7000-8000-000000000001", Revision: 7, Number: "HB-1", Updated: time.Date(2026, 11, 21, 9, 30, 59, 0, time.UTC),
		Header: order.Header{
			Purpose: order.Original, Currency: "NOK",
			Buyer:      order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "4711"}, Names: []string{"Bokhandelen"}},
			Seller:     &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "900877"}},
			References: []order.Reference{{Type: "ContractReference", Number: "K-1"}, {Type: "OrderSourceLocationReference", Number: "digitalelev"}},
		},
	}
	add := func(l order.Line) {
		l.Number, l.Products = len(o.Lines)+1, ean("9788299010016")
		if l.Quantity == 0 {
			l.Quantity = 5
		}
		o.Lines = append(o.Lines, l)
	}
	add(order.Line{Status: order.Sent, Detail: order.LineDetail{Title: "Eksempelboka",
		References: []order.Reference{{Type: "BuyersOrderLineReference", Number: "L-1"}, {Type: "Intern", Number: "x"}}}})
	add(order.Line{Status: order.Received})
	add(order.Line{Status: order.Received, Answer: order.Answer{Code: "AcceptedPartShippingPartBackordered", Expected: "2026-12-01",
		Quantities: &order.Quantities{Shipping: 2, Backordered: 2, Cancelled: 1}, Comment: "To nå,\nresten før jul"}})
	add(order.Line{Status: order.Received, Answer: order.Answer{Code: "BackorderedAwaitingSupply"}})
	add(order.Line{Status: order.Received, Answer: order.Answer{Code: "SubstShipping", Substitute: ean("9788203192388")}})
	add(order.Line{Status: order.Rejected})
	add(order.Line{Status: order.Rejected, Answer: order.Answer{Code: "CanceledDuplicateOrder", Comment: "Kom i går"}})
	add(order.Line{Status: order.Fulfilled})
	add(order.Line{Status: order.FulfilledBlocked})
	add(order.Line{Status: order.FulfilledAssigned})
	add(order.Line{Status: order.Requested, Quantity: -2, Adjustment: true, Adjusts: 2})
	return o
}

func written(t *testing.T, encode func(io.Writer, *order.Order) error, o *order.Order) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestResponseGolden(t *testing.T) {
	for name, encode := range map[string]func(io.Writer, *order.Order) error{"response": EncodeResponse, "report": EncodeStatusReport} {
		out := written(t, encode, answered())
		golden(t, "reply/"+name+".xml.golden", string(out))
		for _, p := range []Profile{Strict, Trade, Lenient} {
			if r := mustCheck(t, out, p); len(r.Findings) > 0 {
				t.Errorf("%s: %s has something against it:\n%s", name, p, listing(r.Findings))
			}
		}
		if again := written(t, encode, answered()); !bytes.Equal(out, again) {
			t.Errorf("%s: one state is written in two ways", name)
		}
	}
}

// TestResponseRoundTrip holds that a receiver's answer comes back as it was
// given: the codes and everything said beside them, and where nothing was said
// of the copies, what the state of the line leaves no doubt of.
func TestResponseRoundTrip(t *testing.T) {
	o := answered()
	got, findings, err := DecodeResponse(written(t, EncodeResponse, o))
	if err != nil || len(findings) > 0 || got.OrderNumber != "HB-1" || len(got.Lines) != len(o.Lines) {
		t.Fatalf("%v %+v\n%s", err, got, listing(findings))
	}
	for i := range o.Lines {
		l := &o.Lines[i]
		want := order.LineResponse{Name: order.LineRef{Number: l.Number, Products: l.Products}, Mark: order.LineUpdate{Status: l.CodeFor().Status(), Answer: l.Answer}}
		if i == 0 {
			want.Name.Reference = "L-1"
		}
		want.Mark.Answer.Code, want.Mark.Answer.Quantities = l.CodeFor(), sharesOf(l)
		if diff := cmp.Diff(want, got.Lines[i]); diff != "" {
			t.Errorf("line %d (-want +got):\n%s", i+1, diff)
		}
	}
}

func TestOrderStatus(t *testing.T) {
	line := func(s order.Status, code order.LineCode) order.Line {
		return order.Line{Status: s, Quantity: 2, Answer: order.Answer{Code: code}}
	}
	for _, tt := range []struct {
		want  string
		lines []order.Line
	}{
		{"", []order.Line{line(order.Sent, ""), line(order.Sent, "")}},
		{"", []order.Line{line(order.Unprocessed, "")}},
		{"CanceledSeeDetail", []order.Line{line(order.Failed, "")}},
		{"AcceptedShipping", []order.Line{line(order.Fulfilled, ""), line(order.Received, "AcceptedShipping")}},
		{"AcceptedBackordered", []order.Line{line(order.Received, "BackorderedDateChange"), line(order.Received, "AcceptedBackordered")}},
		{"CanceledSeeDetail", []order.Line{line(order.Rejected, ""), line(order.Rejected, "CanceledSold")}},
		{"AcceptedSeeDetail", []order.Line{line(order.Rejected, ""), line(order.Fulfilled, "")}},
		{"AcceptedSeeDetail", []order.Line{line(order.Received, "")}},
		{"AcceptedSeeDetail", []order.Line{line(order.Sent, ""), line(order.Fulfilled, "")}},
		{"CanceledSeeDetail", []order.Line{line(order.Rejected, ""), {Status: order.Requested, Quantity: -1, Adjustment: true}}},
		{"", nil},
	} {
		if got := orderStatus(&order.Order{Lines: tt.lines}); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.lines, got, tt.want)
		}
	}
}

// plainResponse is the smallest response that is taken without a word.
const plainResponse = `<OrderResponse version="1.1">
<Header>
<IssueDateTime>20261121T0930</IssueDateTime>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>HB-1</ReferenceNumber></ReferenceCoded>
<PurposeCode>Original</PurposeCode>
<OrderResponseTypeCode>AllLines</OrderResponseTypeCode>
<BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier></PartyID></BuyerParty>
</Header>
<ItemDetail>
<LineNumber>1</LineNumber>
<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID>
<OrderQuantity>5</OrderQuantity>
<OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>AcceptedPartShippingPartCanceled</StatusCode></OrderLineStatusCoded>
<QuantityShipping>3</QuantityShipping>
<CanceledQuantity>2</CanceledQuantity>
<AvailabilityCoded><ExpectedShipDate>20261201</ExpectedShipDate></AvailabilityCoded>
</ItemDetail>
<Summary><NumberOfLines>1</NumberOfLines></Summary>
</OrderResponse>
`

// inResponse is the plain response with one piece replaced.
func inResponse(old, new string) []byte { return changed([]byte(plainResponse), old, new) }

func TestPlainResponse(t *testing.T) {
	got, findings, err := DecodeResponse([]byte(plainResponse))
	want := order.Response{OrderNumber: "HB-1", Lines: []order.LineResponse{{
		Name: order.LineRef{Number: 1, Products: []order.Identifier{{Type: "EAN13", Value: "9788299010016"}}},
		Mark: order.LineUpdate{Status: order.Received, Answer: order.Answer{Code: "AcceptedPartShippingPartCanceled", Expected: "2026-12-01",
			Quantities: &order.Quantities{Shipping: 3, Cancelled: 2}}},
	}}}
	if diff := cmp.Diff(want, got); err != nil || len(findings) > 0 || diff != "" {
		t.Errorf("%v\n%s\n%s", err, diff, listing(findings))
	}
}

// secondLine is the line of the plain response once more.
func secondLine() string {
	line, _ := mustCut(plainResponse, "<ItemDetail>", "</ItemDetail>\n")
	return line
}

func TestBadResponses(t *testing.T) {
	const named = "<LineNumber>1</LineNumber>\n<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID>\n"
	for _, tt := range []struct {
		name, code string
		line       int
		says       string
		body       []byte
	}{
		{"too few", "line-shares", 9, "2 shipping, 2 cancelled, and 5 were ordered", inResponse("<QuantityShipping>3<", "<QuantityShipping>2<")},
		{"too many", "line-shares", 9, "and 5 were ordered", inResponse("<CanceledQuantity>2<", "<CanceledQuantity>3<")},
		{"negative", "quantity", 14, "-3", inResponse("<QuantityShipping>3<", "<QuantityShipping>-3<")},
		{"no number", "quantity", 14, "three", inResponse("<QuantityShipping>3<", "<QuantityShipping>three<")},
		{"half a copy", "quantity", 14, "2.5", inResponse("<QuantityShipping>3<", "<QuantityShipping>2.5<")},
		{"rejected and shipping", "line-shares", 9, "only 2 of 5", inResponse("AcceptedPartShippingPartCanceled", "CanceledCannotSupply")},
		{"taken back and shipping", "line-shares", 9, "takes copies back", inResponse("<OrderQuantity>5<", "<OrderQuantity>-5<")},
		{"misspelt code", "line-code", 9, "did you mean AcceptedShipping?", inResponse("AcceptedPartShippingPartCanceled", "AceptedShiping")},
		{"strange code", "line-code", 9, "such as AcceptedShipping", inResponse("AcceptedPartShippingPartCanceled", "Sendt")},
		{"own code", "line-code", 9, "sender's own", inResponse("EDItEUR", "Sender")},
		{"no code", "missing", 13, "StatusCode", inResponse("<StatusCode>AcceptedPartShippingPartCanceled</StatusCode>", "")},
		{"no status", "missing", 9, "OrderLineStatusCoded", inResponse("<OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>AcceptedPartShippingPartCanceled</StatusCode></OrderLineStatusCoded>", "")},
		{"no name", "line-name", 9, "not named", inResponse(named, "")},
		{"line nought", "line-number", 10, "0", inResponse("<LineNumber>1<", "<LineNumber>0<")},
		{"line twice", "line-twice", 18, "line 1", inResponse("</ItemDetail>\n", "</ItemDetail>\n"+secondLine())},
		{"product twice", "line-twice", 17, "9788299010016", changed(inResponse("</ItemDetail>\n", "</ItemDetail>\n"+strings.Replace(secondLine(), "<LineNumber>1</LineNumber>\n", "", 1)), "<LineNumber>1</LineNumber>\n", "")},
		{"wrong product", "ean-check", 11, "last digit", inResponse("9788299010016", "9788299010017")},
		{"wrong date", "date", 16, "20261301", inResponse("20261201", "20261301")},
		{"wrong issue", "date", 3, "yesterday", inResponse("20261121T0930", "yesterday")},
		{"no order", "order-reference", 1, "which order", inResponse("BuyersOrderReference", "ContractReference")},
		{"two orders", "order-reference", 1, "HB-2", inResponse("<PurposeCode>", "<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>HB-2</ReferenceNumber></ReferenceCoded><PurposeCode>")},
		{"no detail", "no-lines", 1, "NoDetail", changed(inResponse(secondLine(), ""), "AllLines", "NoDetail")},
		{"no lines", "no-lines", 1, "no `<ItemDetail>`", inResponse(secondLine(), "")},
		{"no exceptions", "no-lines", 1, "no `<ItemDetail>`", changed(inResponse(secondLine(), ""), "AllLines", "ExceptionsOnly")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := DecodeResponse(tt.body)
			if order.CodeOf(err) != "editx-content" || got.Lines != nil {
				t.Fatalf("%v", err)
			}
			if f := onlyField(t, err); f.Code != tt.code || f.Line != tt.line || !strings.Contains(f.Message, tt.says) {
				t.Errorf("line %d %s: %s\nwant line %d %s: … %s", f.Line, f.Code, f.Message, tt.line, tt.code, tt.says)
			}
		})
	}
	if _, _, err := DecodeResponse(inResponse(">Original<", ">Test<")); order.CodeOf(err) != "editx-test" {
		t.Errorf("a test document is carried out: %v", err)
	}
}

// TestTolerableResponses holds what is read all the same, and said.
func TestTolerableResponses(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		body       []byte
	}{
		{"exceptions only", "lines-left-out", inResponse("AllLines", "ExceptionsOnly")},
		{"lines without detail", "lines-left-out", inResponse("AllLines", "NoDetail")},
		{"BIC's spelling", "misplaced", []byte(strings.ReplaceAll(plainResponse, "CanceledQuantity", "CancelledQuantity"))},
		{"BIC's place", "misplaced", inResponse("<AvailabilityCoded><ExpectedShipDate>20261201</ExpectedShipDate></AvailabilityCoded>", "<ExpectedShipDate>20261201</ExpectedShipDate>")},
		{"loose date", "date-form", inResponse("20261201", "2026-12-01")},
		{"wrong count", "summary", inResponse("<NumberOfLines>1<", "<NumberOfLines>2<")},
		{"unknown type", "code", inResponse("AllLines", "SomeLines")},
	} {
		got, findings, err := DecodeResponse(tt.body)
		if err != nil || len(findings) != 1 || findings[0].Code != tt.code || len(got.Lines) != 1 {
			t.Errorf("%s: %v\n%s", tt.name, err, listing(findings))
			continue
		}
		if a := got.Lines[0].Mark.Answer; a.Quantities == nil || a.Quantities.Cancelled != 2 || a.Expected != "2026-12-01" {
			t.Errorf("%s: %+v", tt.name, a)
		}
	}
	got, findings, err := DecodeResponse(inResponse("</AvailabilityCoded>\n", `</AvailabilityCoded>
<Substitute><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID></Substitute>
<Substitute><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID></Substitute>
<Message><MessageType>01</MessageType><MessageLine>a</MessageLine><MessageLine>b</MessageLine></Message><x/>
`))
	if err != nil || codesOf(findings)["substitute"] != 1 || codesOf(findings)["unknown"] != 1 || strings.Contains(listing(findings), "stored") {
		t.Fatalf("%v\n%s", err, listing(findings))
	}
	if a := got.Lines[0].Mark.Answer; a.Substitute[0].Value != "9788203192388" || a.Comment != "a\nb" {
		t.Errorf("%+v", a)
	}
}

// TestLineCodesAreValid holds that the list for the misspelt is the core's.
func TestLineCodesAreValid(t *testing.T) {
	for _, c := range lineCodes {
		if !order.LineCode(c).Valid() {
			t.Errorf("%s is none", c)
		}
	}
	if len(lineCodes) != 60 {
		t.Errorf("%d codes; compare with those of order.LineCode", len(lineCodes))
	}
}
