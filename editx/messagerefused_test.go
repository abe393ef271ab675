package editx

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

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

// TestMessageRefused holds that an envelope which cannot be used gives no
// documents, and gives its header as far as it was read.
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
