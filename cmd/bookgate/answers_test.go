package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
)

func messageText(number int, orders ...string) string {
	party := `<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID>`
	return fmt.Sprintf(`<EDItXMessage version="1.2"><EDItXMessageHeader><InterchangeReference>night</InterchangeReference><MessageNumber>%d</MessageNumber>
<DocumentType>Order</DocumentType><VersionNumber>1.3</VersionNumber><NumberOfDocuments>%d</NumberOfDocuments><Sender>`+party+`</Sender><Receiver>`+party+`</Receiver>
<PurposeCode>Original</PurposeCode><SentDateTime>20261121T0914</SentDateTime></EDItXMessageHeader><EDItXMessagePayload>%s</EDItXMessagePayload></EDItXMessage>`,
		number, len(orders), "7045", "900877", strings.Join(orders, "\n"))
}

// TestSendMessageOutcomes names every end of a message with its exit code.
func TestSendMessageOutcomes(t *testing.T) {
	d := newSession(t)
	good := func(number string) string { return orderText(number, "900877") }
	bad := func(number string) string { return strings.Replace(good(number), "7926<", "7925<", 1) }
	whole := d.file("whole.xml", messageText(1, good("M-1"), good("M-2")))
	d.runs(cli.ExitOK, "", "send", whole, "--profile", "shop")
	d.says("message night 1: Accepted\nDOCUMENT  NUMBER  ANSWER    ORDER", "")
	d.says("SENT    900877", "")
	d.runs(cli.ExitOK, "", "send", whole, "--no-wait", "--profile", "shop")
	d.says("sent before; nothing was taken twice", "")
	d.runs(cli.ExitPartial, messageText(2, bad("M-3"), good("M-4")), "send", "-", "--profile", "shop")
	d.says("1         M-3     SchemaErrors  -", "the last digit should be 6")
}

// TestSendMessageAllRefused, with orders that fail later and in JSON.
func TestSendMessageAllRefused(t *testing.T) {
	d := newSession(t)
	good := func(number string) string { return orderText(number, "900877") }
	bad := func(number string) string { return strings.Replace(good(number), "7926<", "7925<", 1) }
	d.runs(cli.ExitRefused, messageText(1, bad("M-1"), bad("M-2")), "send", "-", "--profile", "shop")
	d.says("PayloadErrors", "0 of 2 documents were accepted")
	d.runs(cli.ExitFailure, messageText(2, good("M-3"), orderText("M-4", "4711")), "send", "-", "--profile", "shop")
	d.says("FAILED", "FAILED: The receiver 4711")
	d.runs(cli.ExitRefused, "<EDItXMessage>", "send", "-", "--profile", "shop")
	d.runs(cli.ExitPartial, messageText(3, bad("M-5")), "send", "-", d.file("good.xml", good("M-6")), "--profile", "shop")
	d.runs(cli.ExitPartial, messageText(4, bad("M-7"), good("M-8")), "send", "-", "--json", "--profile", "shop")
	var results []sent
	mustNot(t, json.Unmarshal(d.out.Bytes(), &results))
	m := results[0].Message
	if m == nil || m.Number != 4 || len(m.Documents) != 2 || len(m.Documents[0].Errors) != 1 || m.Documents[0].Errors[0].Line == 0 ||
		m.Documents[1].ID == "" || m.Documents[1].Status != "SENT" || results[0].Error != nil || strings.Contains(d.err.String(), "said already") {
		t.Errorf("%s\n%s", &d.out, &d.err)
	}
}

func responseText(number string, lines ...string) string {
	return fmt.Sprintf(`<OrderResponse version="1.1"><Header><IssueDateTime>20261122</IssueDateTime><ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode>
<ReferenceNumber>%s</ReferenceNumber></ReferenceCoded><PurposeCode>Original</PurposeCode></Header>%s</OrderResponse>`, number, strings.Join(lines, ""))
}

func responseLineText(line int, code, more string) string {
	return fmt.Sprintf("<ItemDetail><LineNumber>%d</LineNumber><OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>%s</StatusCode></OrderLineStatusCoded>%s</ItemDetail>", line, code, more)
}

// TestAnswerJourney: mark in detail, respond, read it back, and cancel.
func TestAnswerJourney(t *testing.T) {
	d := newSession(t)
	id := d.order("R-1")
	d.runs(cli.ExitOK, "", "mark", id, "1", "RECEIVED", "--code", "AcceptedPartShippingPartBackordered", "--shipping", "2", "--backordered", "1",
		"--expected", "2026-12-01", "--substitute", "EAN13:9788203192388", "--profile", "publisher")
	const words = "AcceptedPartShippingPartBackordered, 2 shipping, 1 back-ordered, expected 2026-12-01, instead EAN13:9788203192388"
	d.says("line 1: SENT → RECEIVED  "+words, "")
	d.runs(cli.ExitOK, "", "order", id, "--profile", "shop")
	d.says("RECEIVED  "+words, "")
	d.runs(cli.ExitOK, responseText("R-1", responseLineText(1, "BackorderedOnOrderFromOverseas", "")), "respond", id, "-", "--profile", "publisher")
	d.says("line 1: RECEIVED → RECEIVED  BackorderedOnOrderFromOverseas\n", "")
	d.runs(cli.ExitOK, "", "order", id, "--response", "--profile", "shop")
	d.says("<StatusCode>BackorderedOnOrderFromOverseas</StatusCode>", "")
	report := filepath.Join(d.home, "report.xml")
	d.runs(cli.ExitOK, "", "order", id, "--status-report", "-o", report, "--profile", "shop")
	if b, err := os.ReadFile(report); err != nil || !strings.Contains(string(b), "<OrderStatusReport") || d.out.Len() > 0 {
		t.Errorf("the report is %s, %v; printed %s", b, err, &d.out)
	}
	d.runs(cli.ExitOK, "", "cancel", id, "--profile", "shop")
	d.says("line 2 added: 9788202337926 -3, REQUESTED\n", "")
	d.runs(cli.ExitNotAllowed, "", "cancel", id, "--profile", "shop")
}

// TestAnswerUsage: what cannot be meant is refused before anything is sent.
func TestAnswerUsage(t *testing.T) {
	d := newSession(t)
	id := d.order("U-1")
	for _, args := range [][]string{
		{"mark", id, "1", "RECEIVED", "--code", "Later"},
		{"mark", id, "1", "RECEIVED", "--expected", "1.12.2026"},
		{"mark", id, "1", "RECEIVED", "--substitute", "9788203192388"},
		{"mark", id, "1", "RECEIVED", "--shipping", "many"},
		{"mark", id, "1", "RECEIVED", "--shipping", "2"},
		{"order", id, "--response", "--status-report"},
		{"order", id, "--response", "--history"},
		{"order", id, "--response", "--json"},
		{"order", id, "-o", "x.xml"},
		{"respond", id},
		{"cancel"},
		{"cancel", id, "a", "b"},
	} {
		d.runs(cli.ExitUsage, "", append(args, "--profile", "publisher")...)
	}
	d.runs(cli.ExitRefused, " \n", "cancel", id, "-", "--profile", "shop")
	d.says("", "name no file")
	d.runs(cli.ExitNotFound, "", "respond", id, "nowhere.xml", "--profile", "publisher")
	d.runs(cli.ExitRefused, "", "respond", id, "-", "--profile", "publisher")
	d.runs(cli.ExitOK, "", "order", id, "--json", "--profile", "shop")
	var doc hal.Order
	mustNot(t, json.Unmarshal(d.out.Bytes(), &doc))
	if l := doc.Embedded.Lines; len(l) != 1 || l[0].Status != string(order.Sent) {
		t.Errorf("a refused command changed the order: %+v", l)
	}
}
