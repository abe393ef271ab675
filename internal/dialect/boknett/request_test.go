package boknett

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// TestNames: members agree in any letter case and without underscores, and numbers
// have the name of their value.
func TestNames(t *testing.T) {
	v, err := parseObject([]byte(`{"Valid_From":"x","EAN":9.788202337926E12,"long":1e99,"yes":true}`))
	check(t, err)
	for name, want := range map[string]string{"validFrom": "x", "ean": "9788202337926", "long": "1e99", "yes": "", "none": ""} {
		if got := nameOf(v.Get(name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestSameName refuses two names that agree.
func TestSameName(t *testing.T) {
	for _, body := range []string{`{"status":"X","STATUS":"Y"}`, `{"valid_from":1,"validFrom":2}`, `{"price":{"tax":1,"Tax":1}}`} {
		if _, err := parseObject([]byte(body)); order.CodeOf(err) != "json-duplicate-key" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func partyXML(id order.PartyID) string {
	return fmt.Sprintf("<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID>", id)
}

// bare takes the XML declaration off a document.
func bare(document string) string {
	return regexp.MustCompile(`^<\?xml[^>]*\?>\s*`).ReplaceAllString(document, "")
}

// messageXML is a message of the sender around documents.
func messageXML(reference string, number int, documents ...string) string {
	var payload strings.Builder
	for _, d := range documents {
		payload.WriteString(bare(d))
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<EDItXMessage version="1.2"><EDItXMessageHeader><InterchangeReference>%s</InterchangeReference><MessageNumber>%d</MessageNumber>
<DocumentType>Order</DocumentType><VersionNumber>1.3</VersionNumber><NumberOfDocuments>%d</NumberOfDocuments>
<Sender>%s</Sender><Receiver>%s</Receiver><PurposeCode>Original</PurposeCode><SentDateTime>20260601T1200</SentDateTime></EDItXMessageHeader>
<EDItXMessagePayload>%s</EDItXMessagePayload></EDItXMessage>
`, reference, number, len(documents), partyXML(buyer), partyXML(seller), payload.String())
}

func headXML(own, number, kind string) string {
	return fmt.Sprintf(`<Header><%[1]s>s-1</%[1]s><IssueDateTime>20260602</IssueDateTime>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>%s</ReferenceNumber></ReferenceCoded>
<PurposeCode>Original</PurposeCode>%s<BuyerParty>%s</BuyerParty><SellerParty>%s</SellerParty></Header>
`, own, number, kind, partyXML(buyer), partyXML(seller))
}

// responseXML is the receiver's answer to an order by its number.
func responseXML(number string, lines ...string) string {
	return `<OrderResponse version="1.1">` + headXML("ResponseNumber", number, "<OrderResponseTypeCode>AllLines</OrderResponseTypeCode>") +
		strings.Join(lines, "") + fmt.Sprintf("<Summary><NumberOfLines>%d</NumberOfLines></Summary></OrderResponse>\n", len(lines))
}

// responseLine answers a line of the given quantity; more is what stands behind
// the code.
func responseLine(line, ordered int, code string, more ...string) string {
	return fmt.Sprintf("<ItemDetail><LineNumber>%d</LineNumber><OrderQuantity>%d</OrderQuantity>"+
		"<OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>%s</StatusCode></OrderLineStatusCoded>%s</ItemDetail>\n",
		line, ordered, code, strings.Join(more, ""))
}

// cancellationXML takes copies back, as lines of line number and copies.
func cancellationXML(number string, lines ...[2]int) string {
	var items strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&items, "<ItemDetail><LineNumber>%d</LineNumber><CanceledQuantity>%d</CanceledQuantity></ItemDetail>\n", l[0], l[1])
	}
	return `<OrderCancelation version="1.1">` + headXML("OrderCancelationNumber", number, "") + items.String() + "</OrderCancelation>\n"
}

// acknowledgement reads the answer to a message.
func (a answer) acknowledgement(t testing.TB, status int) editx.Acknowledgement {
	t.Helper()
	a.want(t, status)
	ack, findings, err := editx.DecodeAcknowledgement([]byte(a.body))
	check(t, err)
	for _, f := range findings {
		if f.Code != "code" { // our own number in a message given out is of no scheme of the list
			t.Errorf("the acknowledgement has the finding %+v", f)
		}
	}
	if a.Header.Get("Content-Type") != editx.MediaType || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("header %v", a.Header)
	}
	return ack
}

// rows returns an acknowledgement in short: what each document is answered.
func rows(ack editx.Acknowledgement) []string {
	var all []string
	for _, d := range ack.Documents {
		row := fmt.Sprintf("%d %s %s", d.Number, d.DocumentNumber, d.Status)
		for _, f := range d.Findings {
			if f.Severity == editx.Refusal {
				row += " " + f.Code
			}
		}
		all = append(all, row)
	}
	return all
}

// wantRows compares an acknowledgement with what is wanted.
func wantRows(t testing.TB, ack editx.Acknowledgement, status editx.AckStatus, want ...string) {
	t.Helper()
	if got := rows(ack); ack.Status != status || !slices.Equal(got, want) {
		t.Errorf("got %s %q, want %s %q", ack.Status, got, status, want)
	}
}
