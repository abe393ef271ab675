package client_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// message is a message of the shop around orders.
func message(number int, orders ...[]byte) []byte {
	var b bytes.Buffer
	party := `<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID>`
	fmt.Fprintf(&b, `<EDItXMessage version="1.2"><EDItXMessageHeader><InterchangeReference>night</InterchangeReference><MessageNumber>%d</MessageNumber>
<DocumentType>Order</DocumentType><VersionNumber>1.3</VersionNumber><NumberOfDocuments>%d</NumberOfDocuments><Sender>`+party+`</Sender><Receiver>`+party+`</Receiver>
<PurposeCode>Original</PurposeCode><SentDateTime>20261121T0914</SentDateTime></EDItXMessageHeader><EDItXMessagePayload>`, number, len(orders), "7045", "900877")
	for _, o := range orders {
		_, body, _ := bytes.Cut(o, []byte("?>"))
		b.Write(body)
	}
	b.WriteString("</EDItXMessagePayload></EDItXMessage>")
	return b.Bytes()
}

// wrong is an order whose product number is a typing error.
func wrong(number string) []byte {
	return bytes.Replace(document(number, 1), []byte("9788202337926"), []byte("9788202337925"), 1)
}

// TestSendMessage: the acknowledgement comes whether something was accepted or
// nothing, and a message that was sent before is reported.
func TestSendMessage(t *testing.T) {
	w := newWorld(t)
	shop := w.client("shop")
	for i, c := range []struct {
		body     []byte
		status   editx.AckStatus
		accepted bool
		repeated bool
	}{
		{message(1, document("M-1", 1)), editx.AckAccepted, true, false},
		{message(1, document("M-1", 1)), editx.AckAccepted, true, true},
		{message(2, document("M-2", 1), wrong("M-3")), editx.AckPayloadErrors, true, false},
		{message(3, wrong("M-4")), editx.AckPayloadErrors, false, false},
	} {
		ack, repeated, err := shop.SendMessage(t.Context(), c.body)
		check(t, err)
		_, accepted := client.ParseLocation(ack.Documents[0].Location)
		if ack.Status != c.status || repeated != c.repeated || accepted != c.accepted {
			t.Errorf("message %d: repeated %t, %+v", i, repeated, ack)
		}
	}
	_, _, err := shop.SendMessage(t.Context(), []byte("<EDItXMessage>"))
	want(t, err, order.Malformed, "xml-malformed")
}

// TestSendMessageElsewhere: what answers with something else is recognised.
func TestSendMessageElsewhere(t *testing.T) {
	for body, status := range map[string]int{"<html/>": http.StatusAccepted, "<a/>": http.StatusUnprocessableEntity} {
		url := scripted(t, loggedIn, func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/xml")
			rw.WriteHeader(status)
			rw.Write([]byte(body))
		})
		_, _, err := newClient(t, url).SendMessage(t.Context(), message(1, document("M-1", 1)))
		want(t, err, order.Unavailable, "not-bookgate")
	}
}

func TestParseLocation(t *testing.T) {
	for location, ok := range map[string]bool{"": false, "https://x/orders/1": false, "%zz": false,
		"https://x/orders/" + someID: true, "https://x/v2/orders/" + strings.ToUpper(someID): true} {
		if id, got := client.ParseLocation(location); got != ok || ok && id != someID {
			t.Errorf("%q means %s, %t", location, id, got)
		}
	}
}

// reply is the publisher's answer to lines of an order.
func reply(number string, lines ...string) []byte {
	return fmt.Appendf(nil, `<OrderResponse version="1.1"><Header><ResponseNumber>1</ResponseNumber><IssueDateTime>20261122</IssueDateTime>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>%s</ReferenceNumber></ReferenceCoded><PurposeCode>Original</PurposeCode>
</Header>%s</OrderResponse>`, number, strings.Join(lines, ""))
}

func replyLine(number int, code string) string {
	return fmt.Sprintf(`<ItemDetail><LineNumber>%d</LineNumber><OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>%s</StatusCode></OrderLineStatusCoded></ItemDetail>`, number, code)
}

// TestRespond answers lines with a document and reads the answers as documents.
func TestRespond(t *testing.T) {
	w := newWorld(t)
	id := w.send("A-1", 2)
	shop, publisher := w.client("shop"), w.client("publisher")
	missing, _, err := publisher.Respond(t.Context(), id, "", reply("A-1", replyLine(2, "CanceledSold")))
	check(t, err)
	if len(missing) != 1 || missing[0] != 1 {
		t.Errorf("missing are %v, want line 1", missing)
	}
	_, _, err = publisher.Respond(t.Context(), id, `"r1-hal2"`, reply("A-1", replyLine(1, "AcceptedShipping")))
	want(t, err, order.Stale, "stale")
	_, _, err = publisher.Respond(t.Context(), id, "", reply("A-1", replyLine(1, "Later")))
	want(t, err, order.Invalid, "editx-content")
	check(t, publisher.Mark(t.Context(), id, "", order.LineUpdate{Line: 1, Status: order.Received, Answer: order.Answer{Code: "AcceptedPartShippingPartBackordered",
		Expected: "2026-12-01", Quantities: &order.Quantities{Shipping: 2, Backordered: 3}, Substitute: []order.Identifier{{Type: "EAN13", Value: "9788203192388"}}}}))
	doc, _, err := shop.Order(t.Context(), id)
	check(t, err)
	if l := doc.Embedded.Lines[0]; l.Code != "AcceptedPartShippingPartBackordered" || l.Expected != "2026-12-01" || *l.Quantities != (order.Quantities{Shipping: 2, Backordered: 3}) || len(l.Substitute) != 1 {
		t.Errorf("line 1 is %+v", l)
	}
	for name, read := range map[string]func(context.Context, order.ID) ([]byte, error){"OrderResponse": shop.Response, "OrderStatusReport": shop.StatusReport} {
		body, err := read(t.Context(), id)
		check(t, err)
		if !bytes.Contains(body, []byte("<"+name)) || !bytes.Contains(body, []byte("CanceledSold")) {
			t.Errorf("%s is\n%s", name, body)
		}
	}
}

// TestCancel withdraws lines, then the rest, and never twice when the answer is
// lost on its way.
func TestCancel(t *testing.T) {
	w := newWorld(t)
	id := w.send("A-1", 1) // five copies
	shop := w.client("shop")
	var lost atomic.Bool
	w.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/cancellation") && lost.CompareAndSwap(false, true) {
				next.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(rw, r)
		})
	}
	body := bytes.ReplaceAll(reply("A-1", `<ItemDetail><LineNumber>1</LineNumber><CanceledQuantity>2</CanceledQuantity></ItemDetail>`), []byte("OrderResponse"), []byte("OrderCancelation"))
	body = bytes.Replace(body, []byte("<ResponseNumber>1</ResponseNumber>"), nil, 1)
	lines, _, err := shop.Cancel(t.Context(), id, body)
	check(t, err)
	if !lost.Load() || len(lines) != 1 || lines[0].Quantity != -2 {
		t.Errorf("added are %+v", lines)
	}
	lines, _, err = shop.Cancel(t.Context(), id, nil)
	check(t, err)
	if len(lines) != 1 || lines[0].Quantity != -3 || lines[0].Number != 3 {
		t.Errorf("added are %+v", lines)
	}
	_, _, err = shop.Cancel(t.Context(), id, nil)
	want(t, err, order.Forbidden, "nothing-to-cancel")
	_, _, err = w.client("publisher").Cancel(t.Context(), id, nil)
	want(t, err, order.Forbidden, "not-sender")
}
