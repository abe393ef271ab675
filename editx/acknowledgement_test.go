package editx

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// acknowledged is an acknowledgement that uses every element.
func acknowledged(t *testing.T) Acknowledgement {
	return Acknowledgement{
		Header: mustDecodeMessage(t, enveloped(bare("A"), bare("B"))).Header,
		Status: AckPayloadErrors,
		Documents: []DocumentAcknowledgement{
			{Number: 1, DocumentNumber: "A", Status: AckAccepted, Location: "https://order.example.com/orders/1"},
			{Number: 2, Status: AckSchemaErrors, Findings: []Finding{
				{Severity: Refusal, Code: "quantity", Line: 25, Column: 5, Path: "/Order/ItemDetail[1]/OrderQuantity", Value: "two & <3", Message: "\"two\" is not a quantity."},
				{Severity: Warning, Code: "summary", Line: 1, Column: 1, Message: "Something."},
			}},
		},
		Messages: []string{"1 of 2 documents was accepted.", "", "Blåbær"},
	}
}

func TestAcknowledgementRoundTrip(t *testing.T) {
	want := acknowledged(t)
	for _, a := range []Acknowledgement{want, {Header: want.Header, Status: AckAccepted}} {
		var out bytes.Buffer
		if err := EncodeAcknowledgement(&out, a); err != nil {
			t.Fatal(err)
		}
		got, findings, err := DecodeAcknowledgement(out.Bytes())
		if diff := cmp.Diff(a, got); err != nil || diff != "" || len(findings) > 0 {
			t.Errorf("(-written +read) %v:\n%s\n%s", err, diff, listing(findings))
		}
		if r := mustCheck(t, out.Bytes(), Strict); len(r.Findings) > 0 {
			t.Errorf("strict has something against it:\n%s", listing(r.Findings))
		}
		if len(a.Documents) > 0 {
			golden(t, "message/acknowledgement.xml.golden", out.String())
		}
	}
}

// TestAcknowledgementOfBadCharacters holds that a finding about a character that XML
// does not have can be reported in XML.
func TestAcknowledgementOfBadCharacters(t *testing.T) {
	a := acknowledged(t)
	a.Documents[1].Findings[0].Value = "a\x01b\ufffe\xffc"
	var out bytes.Buffer
	if err := EncodeAcknowledgement(&out, a); err != nil {
		t.Fatal(err)
	}
	got, _, err := DecodeAcknowledgement(out.Bytes())
	if err != nil || got.Documents[1].Findings[0].Value != "a\ufffdb\ufffd\ufffdc" || a.Documents[1].Findings[0].Value != "a\x01b\ufffe\xffc" {
		t.Errorf("%v %v", err, got.Documents[1].Findings)
	}
}

func TestAcknowledgementRefused(t *testing.T) {
	var out bytes.Buffer
	if err := EncodeAcknowledgement(&out, acknowledged(t)); err != nil {
		t.Fatal(err)
	}
	good := out.Bytes()
	for name, body := range map[string][]byte{
		"unknown status": changed(good, ">PayloadErrors<", ">accepted<"),
		"no status":      changed(good, "<AcknowledgementStatusCode>PayloadErrors</AcknowledgementStatusCode>", ""),
		"line":           changed(good, "<Line>25<", "<Line>x<"),
	} {
		if a, _, err := DecodeAcknowledgement(body); order.CodeOf(err) != "editx-content" || a.Status != "" || onlyField(t, err).Line == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := DecodeAcknowledgement([]byte(plainOrder)); order.CodeOf(err) != "editx-root" || !strings.Contains(err.Error(), acknowledgementRoot) {
		t.Error(err)
	}
}

func TestAckStatusOf(t *testing.T) {
	for code, want := range map[string]AckStatus{
		"xml-malformed": AckXMLErrors, "xml-limit": AckXMLErrors, "editx-content": AckSchemaErrors, "editx-root": AckInvalidDocument,
		"editx-namespace": AckInvalidDocument, "editx-documents": AckPayloadErrors, "editx-lines": AckSchemaErrors,
	} {
		if got := AckStatusOf(order.Errorf(order.Invalid, code, "x")); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
	if AckStatusOf(nil) != AckAccepted || AckStatusOf(errors.New("x")) != AckSchemaErrors {
		t.Error("what is no refusal of ours has a wrong status")
	}
}
