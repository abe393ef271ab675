package boknett

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// oddXML is an order that is taken, with three findings: an invisible character,
// a quantity with a fraction and a code in lower case.
func oddXML(number string) string {
	return strings.NewReplacer(">"+number+"<", ">"+number+"\u200b<", "<OrderQuantity>2<", "<OrderQuantity>2.000<", ">EAN13<", ">ean13<").Replace(orderXML(number, 2))
}

// codes returns the codes of findings in their order.
func codes(findings []hal.Finding) string {
	var words []string
	for _, f := range findings {
		words = append(words, f.Code)
	}
	return strings.Join(words, " ")
}

// TestFindingsAreTheSenders holds that the sender of an accepted document reads
// all that was found in it, where the order and its history are read, and that
// no other party does.
func TestFindingsAreTheSenders(t *testing.T) {
	for surface, accepted := range map[string]int{"/orders": http.StatusAccepted, "/orders/v1": http.StatusAccepted, "/v2/orders": http.StatusCreated} {
		t.Run(surface, func(t *testing.T) {
			w := newWorld(t)
			location := w.post(buyer, surface, oddXML("odd-1"), "Content-Type: application/xml").want(t, accepted).Header.Get("Location")
			w.settle()
			id := location[strings.LastIndexByte(location, '/')+1:]
			const want = "invisible code-form quantity-form"
			mine, err := hal.ParseOrder([]byte(w.get(buyer, "/v2/orders/"+id).want(t, http.StatusOK).body))
			check(t, err)
			if got := codes(mine.Findings); got != want || mine.Number != "odd-1" {
				t.Errorf("order %s has the findings %s, want %s", mine.Number, got, want)
			}
			if f := mine.Findings[2]; f.Severity != "warning" || f.Value != "2.000" || f.Line == 0 || f.Column == 0 || f.Path != "/Order/ItemDetail[1]/OrderQuantity" || !strings.Contains(f.Message, "2.000") {
				t.Errorf("a finding says %+v", f)
			}
			history, err := hal.ParseHistory([]byte(w.get(buyer, "/v2/orders/"+id+"/history").want(t, http.StatusOK).body))
			check(t, err)
			if got := codes(history.Embedded.Events[0].Findings); got != want {
				t.Errorf("the history has the findings %s, want %s", got, want)
			}
			for _, path := range []string{"/v2/orders/" + id, "/v2/orders/" + id + "/history", "/orders/" + id, "/v2/feed"} {
				if body := w.get(seller, path).want(t, http.StatusOK).body; strings.Contains(body, "invisible") || strings.Contains(body, "findings") {
					t.Errorf("the receiver reads of the findings at %s:\n%s", path, body)
				}
			}
			if body := w.get(buyer, "/orders/"+id).body; strings.Contains(body, "findings") {
				t.Errorf("the legacy form changed:\n%s", body)
			}
			again := w.post(buyer, surface, orderXML("odd-1", 2), "Content-Type: application/xml").want(t, accepted)
			if again.Header.Get("Location") != location || again.Header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("the number without the invisible character is another order: %s", again.Header.Get("Location"))
			}
			w.post(buyer, surface, strings.Replace(oddXML("odd-1"), "2.000", "3", 1), "Content-Type: application/xml").problem(t, http.StatusConflict, "duplicate-number")
			_, err = w.exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, order.ID(id), "case 1")
			check(t, err)
			if body := w.get(buyer, "/v2/orders/"+id).want(t, http.StatusOK).body; strings.Contains(body, "findings") {
				t.Errorf("the findings outlive the personal data:\n%s", body)
			}
		})
	}
}

// TestFindingsOfOtherDocuments holds the same for the members of a message, a
// response and a cancellation.
func TestFindingsOfOtherDocuments(t *testing.T) {
	w := newWorld(t)
	_, first, _ := strings.Cut(oddXML("odd-1"), "?>")
	_, second, _ := strings.Cut(orderXML("even-1", 1), "?>")
	message := `<EDItXMessage version="1.2"><EDItXMessageHeader><InterchangeReference>I-1</InterchangeReference><MessageNumber>1</MessageNumber><DocumentType>Order</DocumentType><VersionNumber>1.3</VersionNumber>` +
		`<NumberOfDocuments>2</NumberOfDocuments><Sender><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>7045</Identifier></PartyID></Sender><Receiver><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>900877</Identifier></PartyID></Receiver>` +
		`<PurposeCode>Original</PurposeCode><SentDateTime>20260601T1000</SentDateTime></EDItXMessageHeader><EDItXMessagePayload>` + first + second + `</EDItXMessagePayload></EDItXMessage>`
	a := w.post(buyer, "/v2/orders", message, "Content-Type: application/xml").want(t, http.StatusAccepted)
	if !strings.Contains(a.body, "quantity-form") {
		t.Errorf("the acknowledgement does not tell:\n%s", a.body)
	}
	w.settle()
	ids := map[string]string{}
	for _, part := range strings.Split(a.body, "/v2/orders/")[1:] {
		id, _, _ := strings.Cut(part, "<")
		o, err := hal.ParseOrder([]byte(w.get(buyer, "/v2/orders/"+id).want(t, http.StatusOK).body))
		check(t, err)
		ids[o.Number] = id
		if want := map[string]string{"odd-1": "invisible code-form quantity-form"}[o.Number]; codes(o.Findings) != want {
			t.Errorf("%s has the findings %s, want %s", o.Number, codes(o.Findings), want)
		}
	}
	if len(ids) != 2 {
		t.Fatalf("accepted are %v\n%s", ids, a.body)
	}
	response := strings.Replace(responseXML("odd-1", responseLine(1, 2, "acceptedshipping")), "<OrderQuantity>2<", "<OrderQuantity>2.0<", 1)
	answer := w.post(seller, "/v2/orders/"+ids["odd-1"]+"/response", response).want(t, http.StatusOK)
	var doc struct {
		Missing  []int
		Findings []hal.Finding
	}
	check(t, json.Unmarshal([]byte(answer.body), &doc))
	if got := codes(doc.Findings); got != "integer-form code-form" || doc.Missing == nil {
		t.Errorf("the response has the findings %s: %s", got, answer.body)
	}
	if row := w.lines(order.ID(ids["odd-1"])); !strings.Contains(row[0], "AcceptedShipping") {
		t.Errorf("the answer is stored as %s", row)
	}
	cancellation := strings.Replace(cancellationXML("even-1", [2]int{1, 1}), "<LineNumber>1<", "<LineNumber>1\u200e<", 1)
	answer = w.post(buyer, "/v2/orders/"+ids["even-1"]+"/cancellation", cancellation).want(t, http.StatusOK)
	check(t, json.Unmarshal([]byte(answer.body), &doc))
	if got := codes(doc.Findings); got != "invisible" {
		t.Errorf("the cancellation has the findings %s: %s", got, answer.body)
	}
}

// TestCharsetOfTheHeader holds that the charset of the Content-Type is heard, and
// stands beside a document that says nothing of it itself.
func TestCharsetOfTheHeader(t *testing.T) {
	w := newWorld(t)
	_, bare, _ := strings.Cut(orderXML("latin-1", 2), "?>")
	sent, err := charmap.ISO8859_1.NewEncoder().Bytes([]byte(strings.TrimSpace(bare)))
	check(t, err)
	w.post(buyer, "/orders", string(sent), "Content-Type: application/xml").problem(t, http.StatusBadRequest, "xml-encoding")
	location := w.post(buyer, "/orders", string(sent), `Content-Type: text/xml; charset="Latin1"`).want(t, http.StatusAccepted).Header.Get("Location")
	w.settle()
	at := strings.TrimPrefix(location, public)
	if body := w.get(buyer, at+"/editx").want(t, http.StatusOK).body; !strings.Contains(body, "Norsk Videregående skole") {
		t.Errorf("read as\n%s", body)
	}
	original := w.get(seller, at+"/editx/original").want(t, http.StatusOK)
	if got := original.Header.Get("Content-Type"); got != "application/xml;charset=ISO-8859-1" || !bytes.Equal([]byte(original.body), sent) {
		t.Errorf("the original is served as %s", got)
	}
	for _, contentType := range []string{"application/xml; charset=utf-8", "application/xml;charset", "text/xml; charset=ISO-8859-1", "x", `application/xml; charset="`} {
		number := "header-" + strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, contentType)
		location := w.post(buyer, "/orders", orderXML(number, 1), "Content-Type: "+contentType).want(t, http.StatusAccepted).Header.Get("Location")
		w.settle()
		if body := w.get(buyer, strings.TrimPrefix(location, public)+"/editx").body; !strings.Contains(body, "Norsk Videregående skole") {
			t.Errorf("%s: read as\n%s", contentType, body)
		}
	}
}
