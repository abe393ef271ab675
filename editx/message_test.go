package editx

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
	"github.com/google/go-cmp/cmp"
)

// bare is the plain order as it stands in a payload, under a number.
func bare(number string) string {
	_, body, _ := strings.Cut(plainOrder, "\n")
	return strings.Replace(body, "HB-1", number, 1)
}

const envelopeHeader = `<EDItXMessageHeader>
<InterchangeReference>I-1</InterchangeReference>
<MessageNumber>22</MessageNumber>
<DocumentType>Order</DocumentType>
<VersionNumber>1.3</VersionNumber>
<NumberOfDocuments>%d</NumberOfDocuments>
<Sender><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier></PartyID></Sender>
<Receiver><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>900877</Identifier></PartyID></Receiver>
<PurposeCode>Original</PurposeCode>
<SentDateTime>20261121T0930</SentDateTime>
</EDItXMessageHeader>
`

// enveloped puts documents into a message.
func enveloped(documents ...string) []byte {
	return []byte(xmlDeclaration + "\n" + `<EDItXMessage version="1.2">` + fmt.Sprintf(envelopeHeader, len(documents)) +
		"<EDItXMessagePayload>\n" + strings.Join(documents, "") + "</EDItXMessagePayload></EDItXMessage>\n")
}

// changed replaces a piece that must be there.
func changed(body []byte, old, new string) []byte {
	if !bytes.Contains(body, []byte(old)) {
		panic("the document has no " + old)
	}
	return bytes.Replace(body, []byte(old), []byte(new), 1)
}

func mustDecodeMessage(t *testing.T, body []byte) Message {
	t.Helper()
	m, err := DecodeMessage(body, Trade)
	if err != nil {
		t.Fatalf("%v\n%s", err, fieldsOf(err))
	}
	return m
}

func TestIsMessage(t *testing.T) {
	for body, want := range map[string]bool{
		string(enveloped(bare("A"))): true, plainOrder: false, "": false, "<EDItXMessage": false,
		"\ufeff<!-- first -->\n<EDItXMessage/>": true, `<p:EDItXMessage xmlns:p="urn:p"/>`: false,
	} {
		if got := IsMessage([]byte(body)); got != want {
			t.Errorf("%.60q: %v", body, got)
		}
	}
}

func TestMessage(t *testing.T) {
	m := mustDecodeMessage(t, enveloped(bare("A"), bare("B")))
	party := func(number string) order.TradeParty {
		return order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: number}}
	}
	want := MessageHeader{Version: "1.2", InterchangeReference: "I-1", MessageNumber: 22, DocumentType: "Order", VersionNumber: "1.3",
		NumberOfDocuments: 2, Sender: party("4711"), Receiver: party("900877"), Purpose: order.Original, SentAt: "20261121T0930"}
	if diff := cmp.Diff(want, m.Header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if len(m.Findings) > 0 || len(m.Documents) != 2 {
		t.Fatalf("%d documents, and found\n%s", len(m.Documents), listing(m.Findings))
	}
	for i, d := range m.Documents {
		alone, findings := mustDecode(t, d.Body)
		if d.Type != "Order" || d.Version != "1.3" || d.Err != nil || len(d.Findings)+len(findings) > 0 {
			t.Errorf("document %d: %+v", i+1, d)
		}
		if diff := cmp.Diff(alone, d.Order); diff != "" {
			t.Errorf("document %d differs from its own body:\n%s", i+1, diff)
		}
		if want := xmlDeclaration + "\n" + bare([]string{"A", "B"}[i]); string(d.Body) != want {
			t.Errorf("document %d is stored as\n%s", i+1, cmp.Diff(want, string(d.Body)))
		}
	}
}

// TestMessageWithBadDocuments holds that a bad document is refused alone, in
// the words and with the fields that it would have alone, at its place in the
// message.
func TestMessageWithBadDocuments(t *testing.T) {
	bad := strings.Replace(bare("B"), "<OrderQuantity>2<", "<OrderQuantity>two<", 1)
	body := enveloped(bare("A"), bad, "<Invoice version=\"1.1\"/>\n", string(changed([]byte(bare("N")), "<Order ", `<Order xmlns="urn:ubl" `)), bare("C"))
	m := mustDecodeMessage(t, body)
	var codes []string
	for _, d := range m.Documents {
		codes = append(codes, strings.TrimRight(d.Order.Number+" "+order.CodeOf(d.Err), " "))
	}
	if diff := cmp.Diff([]string{"A", "B editx-content", " editx-root", " editx-namespace", "C"}, codes); diff != "" {
		t.Fatal(diff)
	}
	at := bytes.Index(body, []byte("<OrderQuantity>two"))
	f := onlyField(t, m.Documents[1].Err)
	if line := 1 + bytes.Count(body[:at], []byte("\n")); f.Code != "quantity" || f.Line != line || f.Column != 5 {
		t.Errorf("%+v, want line %d", f, line)
	}
	_, _, alone := Decode(m.Documents[1].Body)
	if a := onlyField(t, alone); a.Path != f.Path || a.Message != f.Message {
		t.Errorf("alone: %+v\nin the message: %+v", a, f)
	}
	if codesOf(m.Findings)["message-type"] != 1 || codesOf(m.Findings)["message-version"] != 1 {
		t.Error(listing(m.Findings))
	}
}

func TestMessagePurpose(t *testing.T) {
	duplicate := strings.Replace(bare("B"), ">Original<", ">Duplicate<", 1)
	for said, want := range map[string][]order.Purpose{
		"Original":  {order.Original, order.Duplicate},
		"Duplicate": {order.Original, order.Duplicate},
		"Test":      {order.Test, order.Test},
	} {
		m := mustDecodeMessage(t, changed(enveloped(bare("A"), duplicate), ">Original<", ">"+said+"<"))
		if got := []order.Purpose{m.Documents[0].Order.Header.Purpose, m.Documents[1].Order.Header.Purpose}; !cmp.Equal(got, want) {
			t.Errorf("%s: %v", said, got)
		}
	}
	late := enveloped(strings.Replace(bare("A"), ">Original<", ">Test<", 1))
	head, _ := mustCut(string(late), "<EDItXMessageHeader>", "</EDItXMessageHeader>\n")
	moved := changed(changed(late, head, ""), "</EDItXMessagePayload>", "</EDItXMessagePayload>"+strings.Replace(head, ">Original<", ">Test<", 1))
	if m := mustDecodeMessage(t, moved); m.Documents[0].Order.Header.Purpose != order.Test || codesOf(m.Findings)["element-order"] != 1 {
		t.Errorf("a header behind the payload is not heard: %+v", m)
	}
}

// mustCut returns what stands from begin to end, both included, and what follows.
func mustCut(s, begin, end string) (inside, behind string) {
	i := strings.Index(s, begin)
	j := i + strings.Index(s[i:], end) + len(end)
	return s[i:j], s[j:]
}

func TestNestedMessage(t *testing.T) {
	inner := strings.TrimPrefix(string(enveloped(bare("B"))), xmlDeclaration)
	m := mustDecodeMessage(t, enveloped(bare("A"), inner, bare("C")))
	if order.CodeOf(m.Documents[1].Err) != "editx-envelope" || m.Documents[0].Err != nil || m.Documents[2].Order.Number != "C" {
		t.Errorf("%v", m.Documents[1].Err)
	}
}

// TestMessageNamespaces holds that what is declared around a document is
// declared on the document that is stored, so that it reads the same alone.
func TestMessageNamespaces(t *testing.T) {
	body := changed(enveloped(strings.Replace(bare("A"), "<ItemDetail>", `<x:a y:b="1">&amp;</x:a><ItemDetail>`, 1)),
		`<EDItXMessage `, `<EDItXMessage xmlns:x="urn:x" xmlns:y="urn:&quot;y&amp;" `)
	body = changed(body, "<EDItXMessagePayload>", `<EDItXMessagePayload xmlns:x="urn:nearer">`)
	d := mustDecodeMessage(t, body).Documents[0]
	alone, _ := mustDecode(t, d.Body)
	if diff := cmp.Diff(d.Order, alone); diff != "" || len(alone.Extensions) != 1 || !strings.Contains(alone.Extensions[0].XML, "urn:nearer") {
		t.Errorf("%s\n%s", diff, d.Body)
	}
}

// TestMessageEncoding holds that a message in another encoding returns documents
// in UTF-8, and places that count its own bytes.
func TestMessageEncoding(t *testing.T) {
	text := strings.Replace(string(enveloped(strings.Replace(bare("Å"), "Hei", "Håå", 1), strings.Replace(bare("B"), ">2<", ">x<", 1))), "UTF-8", "ISO-8859-1", 1)
	text = strings.ReplaceAll(text, "</Header>\n  <ItemDetail>\n", "</Header><!-- æøå --><ItemDetail>")
	latin := []byte{}
	for _, r := range text {
		latin = append(latin, byte(r))
	}
	m := mustDecodeMessage(t, latin)
	alone, _ := mustDecode(t, m.Documents[0].Body)
	if alone.Number != "Å" || m.Documents[0].Order.Number != "Å" {
		t.Errorf("%q", alone.Number)
	}
	at := bytes.Index(latin, []byte("<OrderQuantity>x"))
	line, column := 1+bytes.Count(latin[:at], []byte("\n")), at-bytes.LastIndexByte(latin[:at], '\n')
	if f := onlyField(t, m.Documents[1].Err); f.Line != line || f.Column != column {
		t.Errorf("reported at %d:%d, it stands at %d:%d", f.Line, f.Column, line, column)
	}
}

func TestMessageOfManyDocuments(t *testing.T) {
	var documents []string
	for i := range maxDocuments {
		documents = append(documents, bare(fmt.Sprint("N-", i)))
	}
	m := mustDecodeMessage(t, enveloped(documents...))
	if len(m.Documents) != maxDocuments || m.Documents[maxDocuments-1].Order.Number != "N-999" || len(m.Findings) > 0 {
		t.Errorf("%d documents\n%s", len(m.Documents), listing(m.Findings))
	}
	_, err := DecodeMessage(enveloped(append(documents, bare("one more"))...), Trade)
	if order.CodeOf(err) != "editx-documents" || order.KindOf(err) != order.TooLarge {
		t.Errorf("one more is refused with %v", err)
	}
}

// TestMessageFindingsAreBounded holds that many documents cannot make many
// times the findings of one.
func TestMessageFindingsAreBounded(t *testing.T) {
	noisy := strings.Replace(bare("A"), "<ItemDetail>", strings.Repeat("<a/>", 300)+"<ItemDetail>", 1)
	var documents []string
	for range 100 {
		documents = append(documents, noisy)
	}
	total := 0
	for _, d := range mustDecodeMessage(t, enveloped(documents...)).Documents {
		total += len(d.Findings)
		if len(d.Findings) == 0 {
			t.Error("a document does not say that it has findings")
		}
	}
	if total < maxEnclosedFindings/2 || total > maxEnclosedFindings+100 {
		t.Errorf("%d findings", total)
	}
}

// TestMessageRoundTrip holds that orders come back from a message as they are,
// what is stored of them too.
func TestMessageRoundTrip(t *testing.T) {
	var orders []*order.Order
	for _, name := range []string{"full.xml", "choices.xml", "extensions.xml"} {
		o, _ := mustDecode(t, fixture(t, name))
		o.Number = name
		orders = append(orders, &o)
	}
	h := mustDecodeMessage(t, enveloped(bare("A"))).Header
	h.Version = ""
	var out bytes.Buffer
	if err := EncodeMessage(&out, h, orders); err != nil {
		t.Fatal(err)
	}
	golden(t, "message/message.xml.golden", out.String())
	m := mustDecodeMessage(t, out.Bytes())
	h.Version, h.NumberOfDocuments = "1.2", 3
	if diff := cmp.Diff(h, m.Header); diff != "" {
		t.Errorf("header (-written +read):\n%s", diff)
	}
	for i, d := range m.Documents {
		if diff := cmp.Diff(settled(*orders[i]), settled(d.Order)); diff != "" {
			t.Errorf("document %d (-written +read):\n%s", i+1, diff)
		}
	}
	if len(m.Findings) > 0 {
		t.Error(listing(m.Findings))
	}
}

func TestEncodeMessageRefuses(t *testing.T) {
	o, _ := mustDecode(t, []byte(plainOrder))
	many := make([]*order.Order, maxDocuments+1)
	for i := range many {
		many[i] = &o
	}
	spoilt := o
	spoilt.Number = "a\x00b"
	for code, orders := range map[string][]*order.Order{"message-empty": nil, "editx-documents": many, "xml-character": {&o, &spoilt}} {
		var out bytes.Buffer
		if err := EncodeMessage(&out, MessageHeader{}, orders); order.CodeOf(err) != code || out.Len() > 0 {
			t.Errorf("%v, want %s; %d bytes written", err, code, out.Len())
		}
	}
	var out bytes.Buffer
	if err := EncodeMessage(&out, MessageHeader{Version: "1.6"}, many[:1]); err != nil || !strings.Contains(out.String(), `<EDItXMessage version="1.6">`) {
		t.Errorf("a known version is not written: %v", err)
	}
}

// TestSampleMessage reads the public envelope.
func TestSampleMessage(t *testing.T) {
	body := sample(t, "samples/derived/bookis_PO_envelope_1_3.xml")
	m := mustDecodeMessage(t, body)
	if len(m.Documents) != 1 || m.Documents[0].Err != nil || len(m.Findings) > 0 {
		t.Fatalf("%+v", m)
	}
	o := m.Documents[0].Order
	if m.Header.Version != "1.6" || m.Header.MessageNumber != 22 || m.Header.Sender.Names[0] != "Bookis" || o.Number != "020620211" || len(o.Lines) != 3 {
		t.Errorf("%+v", m.Header)
	}
	f := m.Documents[0].Findings
	if len(f) != 1 || f[0].Code != "missing" || f[0].Line != 51 {
		t.Error(listing(f))
	}
}

// TestCheckMessage holds that each document is judged by its own kind and that
// one does not hide another.
func TestCheckMessage(t *testing.T) {
	bad := strings.Replace(bare("B"), "<OrderQuantity>2<", "<OrderQuantity>0<", 1)
	response := `<OrderResponse version="1.1"><Header/></OrderResponse>` + "\n"
	body := enveloped(bad, response, `<Pamphlet/>`, bad)
	r := mustCheck(t, body, Trade)
	golden(t, "message/check.findings", listing(r.Findings))
	if !r.Refused || r.Type != "EDItXMessage" || r.Version != "1.2" {
		t.Errorf("%+v", r)
	}
}

// TestMessageContradictions holds what is said when the header and the payload
// do not fit: a warning under Trade, a refusal under Strict.
func TestMessageContradictions(t *testing.T) {
	two := enveloped(bare("A"), bare("B"))
	for _, tt := range []struct {
		name, code string
		body       []byte
	}{
		{"one is missing", "message-count", changed(two, "<NumberOfDocuments>2<", "<NumberOfDocuments>3<")},
		{"none is said", "message-count", changed(two, "<NumberOfDocuments>2<", "<NumberOfDocuments>0<")},
		{"another type", "message-type", changed(two, "<DocumentType>Order<", "<DocumentType>Invoice<")},
		{"another version", "message-version", changed(two, "<VersionNumber>1.3<", "<VersionNumber>1.2<")},
		{"no purpose", "purpose", changed(two, "<PurposeCode>Original</PurposeCode>", "")},
		{"no sender", "missing", changed(two, "<Sender><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier></PartyID></Sender>", "")},
		{"unknown version", "version", changed(two, `EDItXMessage version="1.2"`, `EDItXMessage version="7"`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mustDecodeMessage(t, tt.body)
			if codesOf(m.Findings)[tt.code] == 0 || len(m.Documents) != 2 || m.Documents[1].Err != nil {
				t.Errorf("found\n%s", listing(m.Findings))
			}
			if _, err := DecodeMessage(tt.body, Strict); order.CodeOf(err) != "editx-content" {
				t.Errorf("strict takes it: %v", err)
			}
			if r := mustCheck(t, tt.body, Trade); r.Refused || codesOf(r.Findings)[tt.code] == 0 {
				t.Error(listing(r.Findings))
			}
		})
	}
	if m := mustDecodeMessage(t, enveloped(bare("A"), bare("B"), bare("A"))); codesOf(m.Findings)["message-repeats"] != 1 || m.Documents[2].Err != nil {
		t.Errorf("one number twice: %s", listing(m.Findings))
	}
}

// TestMessageRefused holds that an envelope which cannot be used returns no
// documents, and returns its header as far as it was read.
func TestMessageRefused(t *testing.T) {
	good := enveloped(bare("A"), bare("B"))
	head, _ := mustCut(string(good), "<EDItXMessageHeader>", "</EDItXMessageHeader>\n")
	for _, tt := range []struct {
		name, code string
		body       []byte
		reference  string
		slip       bool // which lenient forgives
	}{
		{"an order", "editx-root", []byte(plainOrder), "", false},
		{"nothing", "xml-malformed", nil, "", false},
		{"no header", "editx-content", changed(good, head, ""), "", false},
		{"no payload", "editx-content", []byte(`<EDItXMessage version="1.2">` + head + `</EDItXMessage>`), "I-1", false},
		{"empty payload", "editx-content", enveloped(), "I-1", false},
		{"bad number", "editx-content", changed(good, ">22<", ">x<"), "I-1", true},
		{"bad purpose", "editx-content", changed(good, ">Original<", ">Cancel<"), "I-1", true},
		{"namespace", "editx-namespace", changed(good, `<EDItXMessage `, `<EDItXMessage xmlns="urn:x" `), "", false},
		{"cut off", "xml-malformed", good[:len(good)-40], "I-1", false},
		{"not closed inside", "xml-malformed", changed(good, "</OrderQuantity>", ""), "I-1", false},
		{"doctype inside", "xml-hostile", changed(good, "<ItemDetail>", "<!DOCTYPE x []><ItemDetail>"), "I-1", false},
		{"instruction inside", "xml-malformed", changed(good, "<ItemDetail>", "<?XML x ?><ItemDetail>"), "I-1", false},
		{"attribute twice inside", "xml-malformed", changed(good, "<ItemDetail>", `<ItemDetail a="1" a="2">`), "I-1", false},
		{"undeclared prefix inside", "xml-namespace", changed(good, "<ItemDetail>", `<ItemDetail><p:a/>`), "I-1", false},
		{"a declaration inside", "xml-malformed", enveloped(plainOrder), "I-1", false},
		{"wide namespaces", "xml-limit", changed(good, "<EDItXMessagePayload>", `<EDItXMessagePayload xmlns:p="`+strings.Repeat("x", maxScope)+`">`), "I-1", false},
		{"deep inside", "xml-limit", changed(good, "<ItemDetail>", strings.Repeat("<a>", xmlread.MaxDepth)+strings.Repeat("</a>", xmlread.MaxDepth)+"<ItemDetail>"), "I-1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, p := range []Profile{Strict, Trade, Lenient} {
				m, err := DecodeMessage(tt.body, p)
				if got := order.CodeOf(err); got != tt.code && (p != Lenient || !tt.slip) {
					t.Errorf("%s: refused with %q, want %s: %v", p, got, tt.code, err)
				}
				if err != nil && m.Documents != nil || m.Header.InterchangeReference != tt.reference {
					t.Errorf("%s: %d documents, reference %q", p, len(m.Documents), m.Header.InterchangeReference)
				}
			}
			if r := mustCheck(t, tt.body, Trade); tt.name != "an order" && !r.Refused {
				t.Error("Check takes it")
			}
		})
	}
}
