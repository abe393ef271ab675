package boknett

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// TestMessage: each document of a message is accepted or refused by itself, on
// every surface, and an accepted one has its own bytes as its original.
func TestMessage(t *testing.T) {
	for _, surface := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		t.Run(surface, func(t *testing.T) {
			w := newWorld(t)
			body := messageXML("night", 1, orderXML("m-1", 2), orderXML("m-2", 0), orderXML("m-3", 1), "<Invoice/>")
			ack := w.post(buyer, surface, body).acknowledgement(t, http.StatusAccepted)
			wantRows(t, ack, editx.AckPayloadErrors, "1 m-1 Accepted", "2 m-2 SchemaErrors quantity", "3 m-3 Accepted", "4  InvalidDocument editx-root")
			if ack.Header.InterchangeReference != "night" || ack.Header.MessageNumber != 1 || ack.Header.Sender.ID.Value != string(buyer) {
				t.Errorf("the header is not the message's: %+v", ack.Header)
			}
			at, ok := strings.CutPrefix(ack.Documents[2].Location, public+surface+"/")
			if !ok {
				t.Fatalf("location %q leaves the surface", ack.Documents[2].Location)
			}
			w.settle()
			original := w.get(seller, surface+"/"+at+"/editx/original").want(t, http.StatusOK).body
			if !strings.Contains(original, "<OrderNumber>m-3<") || strings.Contains(original, "EDItXMessage") {
				t.Errorf("the original of a document is\n%s", original)
			}
			if f := ack.Documents[1].Findings; f[0].Line == 0 || !strings.Contains(f[0].Path, "OrderQuantity") {
				t.Errorf("the fault has no place: %+v", f)
			}
		})
	}
}

// TestMessageAgain: a message that is sent again, whose answer was lost, returns
// the very answer of the first time and nothing new.
func TestMessageAgain(t *testing.T) {
	w := newWorld(t)
	body := messageXML("night", 1, orderXML("m-1", 2), orderXML("m-2", 0))
	first := w.post(buyer, "/orders", body).want(t, http.StatusAccepted)
	w.settle()
	ack, _, err := editx.DecodeAcknowledgement([]byte(first.body))
	check(t, err)
	id := order.ID(ack.Documents[0].Location[len(public+"/orders/"):])
	before := w.state(id)
	again := w.post(buyer, "/orders", body).want(t, http.StatusAccepted)
	if first.Header.Get("Idempotency-Replayed") != "" || again.Header.Get("Idempotency-Replayed") != "true" || again.body != first.body {
		t.Errorf("again %v\n%s\nfirst\n%s", again.Header, again.body, first.body)
	}
	if after := w.state(id); after != before {
		t.Errorf("a repeated message changed\n%s\nto\n%s", before, after)
	}
}

// TestMessageSequence: a number out of its place is reported, and the orders are
// taken all the same.
func TestMessageSequence(t *testing.T) {
	w := newWorld(t)
	for i, step := range []struct {
		reference string
		number    int
		status    editx.AckStatus
		says      string
	}{
		{"a", 7, editx.AckAccepted, ""},
		{"b", 8, editx.AckAccepted, ""},
		{"c", 11, editx.AckOutOfSequence, "Message 11 came after 8: what lies between has not come."},
		{"d", 9, editx.AckOutOfSequence, "Message 9 came after 11, which is no smaller."},
		{"c", 11, editx.AckOutOfSequence, "Message 11 under the reference c came before with other content."},
		{"e", 12, editx.AckAccepted, ""},
	} {
		number := fmt.Sprintf("s-%d", i)
		ack := w.post(buyer, "/orders", messageXML(step.reference, step.number, orderXML(number, 1))).acknowledgement(t, http.StatusAccepted)
		wantRows(t, ack, step.status, "1 "+number+" Accepted")
		if words := strings.Join(ack.Messages, " "); !strings.HasPrefix(words, step.says) || step.says == "" && words != "" {
			t.Errorf("message %d says %q, want %q", step.number, words, step.says)
		}
	}
	if n := strings.Count(w.get(buyer, "/v2/orders?mode=SENT_BY_ME").body, `"number":"s-`); n != 6 {
		t.Errorf("%d orders are stored, want all 6", n)
	}
}

// TestMessageOfContradictions: what the header gets wrong is reported, as is what
// breaks a rule of the exchange.
func TestMessageOfContradictions(t *testing.T) {
	w := newWorld(t)
	id := w.sent("old-1", 1)
	before := w.state(id)
	foreign := strings.ReplaceAll(orderXML("foreign", 1), ">7045<", ">116<")
	body := strings.Replace(messageXML("x", 1, orderXML("old-1", 2), foreign, orderXML("twin", 1), orderXML("twin", 1), orderXML("twin", 5)),
		"<NumberOfDocuments>5<", "<NumberOfDocuments>6<", 1)
	ack := w.post(buyer, "/orders", body).acknowledgement(t, http.StatusAccepted)
	wantRows(t, ack, editx.AckPayloadErrors, "1 old-1 PayloadErrors duplicate-number differs", "2 foreign PayloadErrors buyer-not-sender",
		"3 twin Accepted", "4 twin Accepted", "5 twin PayloadErrors duplicate-number differs")
	if ack.Documents[2].Location != ack.Documents[3].Location {
		t.Errorf("one order has two addresses: %+v", ack.Documents)
	}
	if words := strings.Join(ack.Messages, " "); !strings.Contains(words, "NumberOfDocuments says 6") || !strings.Contains(words, "2 of 5") {
		t.Errorf("the acknowledgement says %q", words)
	}
	ours := func(s string) string { return s[:strings.LastIndex(s, "\n")] } // the heads have grown by the twin
	if after := w.state(id); ours(after) != ours(before) {
		t.Errorf("a refused document changed\n%s\nto\n%s", before, after)
	}
	named := "<OrderNumber>" // the count was right and one is missing: accepted, and reported
	one := strings.Replace(messageXML("y", 2, orderXML("one", 1)), "<NumberOfDocuments>1<", "<NumberOfDocuments>2<", 1)
	if !strings.Contains(one, named) {
		t.Fatal("the message has no order")
	}
	wantRows(t, w.post(buyer, "/orders", one).acknowledgement(t, http.StatusAccepted), editx.AckPayloadErrors, "1 one Accepted")
}

// TestMessageRefusals: when no document is accepted the answer is 422 with the
// acknowledgement, and what is no message is a problem; nothing is stored.
func TestMessageRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("ref-1", 1)
	before := w.state(id)
	ack := w.post(buyer, "/orders", messageXML("r", 1, orderXML("r-1", 0), orderXML("ref-1", 5))).acknowledgement(t, http.StatusUnprocessableEntity)
	wantRows(t, ack, editx.AckPayloadErrors, "1 r-1 SchemaErrors quantity", "2 ref-1 PayloadErrors duplicate-number differs")
	if after := w.state(id); after != before {
		t.Errorf("a refused message changed\n%s\nto\n%s", before, after)
	}
	post := func(body string, header ...string) call {
		return call{method: "POST", path: "/orders", as: buyer, body: body, header: header}
	}
	good := messageXML("r", 2, orderXML("r-2", 1))
	w.refuse(t, id, []refusal{
		{"no header", post(`<EDItXMessage version="1.2"><EDItXMessagePayload>` + bare(orderXML("r-3", 1)) + `</EDItXMessagePayload></EDItXMessage>`), 422, "editx-content", "EDItXMessageHeader"},
		{"no documents", post(messageXML("r", 3)), 422, "editx-content", "holds no document"},
		{"cut off", post(good[:len(good)-40]), 400, "xml-malformed", ""},
		{"broken second document", post(messageXML("r", 4, orderXML("r-4", 1), "<Order><Header></Order>")), 400, "xml-malformed", ""},
		{"DOCTYPE", post(`<!DOCTYPE a>` + bare(good)), 400, "xml-hostile", "DOCTYPE"},
		{"too many", post(messageXML("r", 5, strings.Repeat("<Order/>", 1001))), 413, "editx-documents", "1000"},
		{"too large", post(strings.Replace(good, "<EDItXMessagePayload>", "<EDItXMessagePayload>"+strings.Repeat(" ", editx.MaxBytes), 1)), 413, "body-too-large", "5 MiB"},
		{"gzip", post(good, "Content-Encoding: gzip"), 400, "encoding-malformed", "not gzip"},
	})
}

// TestProfile: a party's profile decides what is refused, alone and in a
// message; a word that is no profile stops no order.
func TestProfile(t *testing.T) {
	w := newWorld(t)
	set := func(profile string) {
		check(t, w.db.AddParty(t.Context(), order.Party{ID: buyer, Name: "Shop", Scheme: order.DefaultScheme, Profile: profile}))
	}
	loose := func(number string) string {
		return strings.Replace(orderXML(number, 1), ` version="1.3"`, "", 1)
	}
	wrong := func(number string) string {
		return strings.Replace(orderXML(number, 1), "9788202337926", "9788202337927", 1)
	}
	for i, c := range []struct {
		profile      string
		loose, wrong int
	}{{"", 202, 422}, {"trade", 202, 422}, {"strict", 422, 422}, {"lenient", 202, 202}, {"forgotten", 202, 422}} {
		set(c.profile)
		w.post(buyer, "/orders", loose(fmt.Sprintf("l-%d", i))).want(t, c.loose)
		w.post(buyer, "/orders", wrong(fmt.Sprintf("w-%d", i))).want(t, c.wrong)
		w.post(buyer, "/orders", messageXML("p", i+1, wrong(fmt.Sprintf("m-%d", i)))).acknowledgement(t, c.wrong)
	}
	if !strings.Contains(w.log.String(), "forgotten") {
		t.Error("an unknown profile is not noted")
	}
}

// TestTestMessage: a message that is a test delivers nothing.
func TestTestMessage(t *testing.T) {
	w := newWorld(t)
	body := strings.Replace(messageXML("t", 1, orderXML("t-1", 1)), "<PurposeCode>Original<", "<PurposeCode>Test<", 1)
	w.post(buyer, "/orders", body).acknowledgement(t, http.StatusAccepted)
	w.settle()
	if body := w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000").want(t, http.StatusOK).body; body != "[]" {
		t.Errorf("the receiver sees %s", body)
	}
}

// TestMessageEncoding: what was odd about the characters of a message is found with
// each of its orders, whose texts they are.
func TestMessageEncoding(t *testing.T) {
	w := newWorld(t)
	body := messageXML("night", 1, orderXML("m-1", 2), orderXML("m-2", 1))
	body = strings.Replace(body, "UTF-8", "ISO-8859-1", 1)
	body = strings.Replace(body, "<InterchangeReference>night", "<!-- \x80 --><InterchangeReference>night", 1)
	ack := w.post(buyer, "/v2/orders", body).acknowledgement(t, http.StatusAccepted)
	for _, row := range ack.Documents {
		if len(row.Findings) > 0 {
			t.Errorf("the acknowledgement says twice of %s: %+v", row.DocumentNumber, row.Findings)
		}
		o, err := w.exchange.Order(t.Context(), buyer, order.ID(row.Location[len(public+"/v2/orders/"):]))
		if err != nil || len(o.Findings) != 1 || o.Findings[0].Code != "xml-encoding" {
			t.Errorf("%s has the findings %+v, %v", row.DocumentNumber, o.Findings, err)
		}
	}
}
