package editx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

const plainCancellation = `<OrderCancelation version="1.1">
<Header>
<OrderCancelationNumber>C-1</OrderCancelationNumber>
<IssueDateTime>20261121T0930</IssueDateTime>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>HB-1</ReferenceNumber></ReferenceCoded>
<PurposeCode>Original</PurposeCode>
<BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier></PartyID></BuyerParty>
</Header>
<ItemDetail>
<LineNumber>2</LineNumber>
<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID>
<OrderQuantity>5</OrderQuantity>
<CanceledQuantity>3</CanceledQuantity>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderLineReference</ReferenceTypeCode><ReferenceNumber>L-2</ReferenceNumber></ReferenceCoded>
</ItemDetail>
<ItemDetail>
<LineNumber>3</LineNumber>
</ItemDetail>
<Summary><NumberOfLines>2</NumberOfLines></Summary>
</OrderCancelation>
`

func inCancellation(old, new string) []byte { return changed([]byte(plainCancellation), old, new) }

func TestCancellation(t *testing.T) {
	want := order.Cancellation{OrderNumber: "HB-1", Lines: []order.LineCancellation{
		{Name: order.LineRef{Number: 2, Reference: "L-2", Products: []order.Identifier{{Type: "EAN13", Value: "9788299010016"}}}, Quantity: 3},
		{Name: order.LineRef{Number: 3}},
	}}
	perLine := strings.ReplaceAll(plainCancellation, "<LineNumber>3</LineNumber>\n", "<LineNumber>3</LineNumber>\n<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>HB-1</ReferenceNumber></ReferenceCoded>\n")
	perLine = strings.Replace(perLine, "<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>HB-1</ReferenceNumber></ReferenceCoded>\n<PurposeCode>", "<PurposeCode>", 1)
	for name, tt := range map[string]struct {
		body  string
		codes []string
	}{
		"plain":             {plainCancellation, nil},
		"with two l":        {strings.ReplaceAll(plainCancellation, "<OrderCancelation ", "<OrderCancellation "), []string{"root-name"}},
		"reference on line": {perLine, nil},
	} {
		body := tt.body
		if tt.codes != nil {
			body = strings.Replace(body, "</OrderCancelation>", "</OrderCancellation>", 1)
		}
		got, findings, err := DecodeCancellation([]byte(body))
		if diff := cmp.Diff(want, got); err != nil || diff != "" || len(findings) != len(tt.codes) || len(findings) > 0 && findings[0].Code != tt.codes[0] {
			t.Errorf("%s: %v\n%s\n%s", name, err, diff, listing(findings))
		}
		if r := mustCheck(t, []byte(body), Trade); r.Refused || len(r.Findings) != len(tt.codes) {
			t.Errorf("%s: Check: %s", name, listing(r.Findings))
		}
	}
	lines, _ := mustCut(plainCancellation, "<ItemDetail>", "<LineNumber>3</LineNumber>\n</ItemDetail>\n")
	whole, _, err := DecodeCancellation(changed(inCancellation(lines, ""), "<Summary><NumberOfLines>2</NumberOfLines></Summary>\n", ""))
	if diff := cmp.Diff(order.Cancellation{OrderNumber: "HB-1"}, whole); err != nil || diff != "" {
		t.Errorf("the whole order: %v\n%s", err, diff)
	}
}

// TestCancelledCopies holds that how many copies are cancelled is read as other
// standards spell it, and refused under a name that is not known: without it all
// that remain would be cancelled.
func TestCancelledCopies(t *testing.T) {
	named := func(name string) []byte {
		return []byte(strings.NewReplacer("<CanceledQuantity>", "<"+name+">", "</CanceledQuantity>", "</"+name+">", "<OrderQuantity>5</OrderQuantity>\n", "").Replace(plainCancellation))
	}
	c, findings, err := DecodeCancellation(named("CancelledQuantity"))
	if err != nil || c.Lines[0].Quantity != 3 || codesOf(findings)["misplaced"] != 1 {
		t.Errorf("CancelledQuantity: %+v, %v\n%s", c.Lines, err, listing(findings))
	}
	for _, name := range []string{"CancelQuantity", "CancelationQuantity", "Quantity", "canceledquantity", "QuantityCancelled"} {
		if c, _, err := DecodeCancellation(named(name)); err == nil || !strings.Contains(err.Error(), "`<"+name+">`") || !strings.Contains(err.Error(), nameCanceled) {
			t.Errorf("%s: %+v, %v", name, c.Lines, err)
		}
	}
	both := inCancellation("<CanceledQuantity>3<", "<CancelledQuantity>2</CancelledQuantity><CanceledQuantity>3<")
	if c, _, err := DecodeCancellation(both); err == nil {
		t.Errorf("two quantities: %+v", c.Lines)
	}
}

func TestBadCancellations(t *testing.T) {
	for _, tt := range []struct {
		name, code string
		line       int
		body       []byte
	}{
		{"only what was ordered", "quantity", 9, inCancellation("<CanceledQuantity>3</CanceledQuantity>\n", "")},
		{"nought", "quantity", 13, inCancellation("<CanceledQuantity>3<", "<CanceledQuantity>0<")},
		{"less than nought", "quantity", 13, inCancellation("<CanceledQuantity>3<", "<CanceledQuantity>-3<")},
		{"no name", "line-name", 16, inCancellation("<LineNumber>3</LineNumber>", "<Message><MessageType>01</MessageType><MessageLine>x</MessageLine></Message>")},
		{"line twice", "line-twice", 16, inCancellation("<LineNumber>3<", "<LineNumber>2<")},
		{"no order", "order-reference", 1, inCancellation("BuyersOrderReference", "ContractReference")},
		{"another order on a line", "order-reference", 1, inCancellation("<LineNumber>3</LineNumber>\n", "<LineNumber>3</LineNumber>\n<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>HB-2</ReferenceNumber></ReferenceCoded>\n")},
	} {
		got, _, err := DecodeCancellation(tt.body)
		if order.CodeOf(err) != "editx-content" || got.OrderNumber != "" {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if f := onlyField(t, err); f.Code != tt.code || f.Line != tt.line {
			t.Errorf("%s: line %d %s, want line %d %s", tt.name, f.Line, f.Code, tt.line, tt.code)
		}
	}
	if _, _, err := DecodeCancellation(inCancellation(">Original<", ">Test<")); order.CodeOf(err) != "editx-test" {
		t.Errorf("a test document is carried out: %v", err)
	}
	if _, _, err := DecodeCancellation([]byte(plainOrder)); order.CodeOf(err) != "editx-root" {
		t.Error(err)
	}
}
