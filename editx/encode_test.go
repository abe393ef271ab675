package editx

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// sparse is an order as another API makes it: no purpose, no time of issue,
// no line numbers, no summary.
func sparse() order.Order {
	return order.Order{
		Number:  "web-77",
		Created: time.Date(2026, 11, 21, 9, 30, 59, 0, time.FixedZone("CET", 3600)),
		Header:  order.Header{Buyer: order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "4711"}}},
		Lines: []order.Line{
			{Products: []order.Identifier{{Type: "EAN13", Value: "9788299010016"}}, Quantity: 3},
			{Products: []order.Identifier{{Type: "EAN13", Value: "9788299010023"}}, Quantity: 1},
		},
	}
}

func TestEncodeSparse(t *testing.T) {
	o := sparse()
	out := string(mustEncode(t, &o))
	for _, want := range []string{
		"<PurposeCode>Original</PurposeCode>", "<IssueDateTime>20261121T0830Z</IssueDateTime>", "<LineNumber>2</LineNumber>", "<NumberOfLines>2</NumberOfLines>",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing in\n%s", want, out)
		}
	}
	if strings.Contains(out, "/>") || strings.Contains(out, "UnitsOrdered") {
		t.Errorf("something is there that was not in the order:\n%s", out)
	}
	if _, findings := mustDecode(t, []byte(out)); len(findings) > 0 {
		t.Errorf("what was written is found to be\n%s", listing(findings))
	}
	if o.Header.Purpose != "" || o.Lines[0].Number != 0 || o.Summary.Lines != nil {
		t.Error("writing changed the order")
	}
}

func TestEncodeAdjustments(t *testing.T) {
	o, _ := mustDecode(t, fixture(t, "full.xml"))
	o.Lines = append(o.Lines, order.Line{Number: 11, Products: o.Lines[0].Products[:1], Quantity: -4, Adjustment: true, Status: order.Requested})
	out := string(mustEncode(t, &o))
	for _, want := range []string{
		"<LineNumber>11</LineNumber>", "<OrderQuantity>-4</OrderQuantity>", "<NumberOfLines>3</NumberOfLines>", "<UnitsOrdered>9</UnitsOrdered>",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing in\n%s", want, out)
		}
	}
	if *o.Summary.Lines != 2 || *o.Summary.Units != 13 {
		t.Error("writing changed the summary of the order")
	}
}

// TestEncodeSummaryAsSaid holds that a wrong summary stays the sender's word.
func TestEncodeSummaryAsSaid(t *testing.T) {
	o, _ := mustDecode(t, with("<NumberOfLines>1</NumberOfLines>", "<NumberOfLines>7</NumberOfLines><UnitsOrdered>99</UnitsOrdered>"))
	out := string(mustEncode(t, &o))
	if !strings.Contains(out, "<NumberOfLines>7<") || !strings.Contains(out, "<UnitsOrdered>99<") {
		t.Errorf("the summary changed:\n%s", out)
	}
}

func TestEncodeRefusesForbiddenCharacters(t *testing.T) {
	for _, bad := range []string{"\x00", "\x1f", "\ufffe", "\xff", "ø\x01", "\xed\xa0\x80"} {
		o := sparse()
		o.Lines[1].Detail.Title = "Tittel " + bad
		err := Encode(io.Discard, &o)
		if order.CodeOf(err) != "xml-character" || order.KindOf(err) != order.Invalid {
			t.Errorf("%q: got %v, want the refusal xml-character", bad, err)
		}
	}
}

// TestEncodeKeepsCharacters holds that every text comes back as it was.
func TestEncodeKeepsCharacters(t *testing.T) {
	for _, text := range []string{
		"a & b < c > d \" e ' f", "linje\nskift", "vogn\rretur\r\n", "\ttab", " blanke  ", "ÆØÅ – «sitat» 🙂", "]]>", "&amp;", "x\u0085\u2028",
	} {
		o := sparse()
		o.Lines[0].Detail.Title = text
		o.Header.Messages = []order.Message{{Type: "01", Lines: []string{text, "", text}}}
		again, _ := mustDecode(t, mustEncode(t, &o))
		if again.Lines[0].Detail.Title != text || !cmp.Equal(again.Header.Messages, o.Header.Messages) {
			t.Errorf("%q came back as %q and %q", text, again.Lines[0].Detail.Title, again.Header.Messages)
		}
	}
}

// TestEncodeExtensions holds where stored elements go when the order is no longer as
// it was read.
func TestEncodeExtensions(t *testing.T) {
	for _, c := range []struct{ name, parent, after, before, behind string }{
		{"first", "/Order/Header", "", "<Header>", "<OrderNumber>"},
		{"behind a sibling", "/Order/Header", "/Order/Header/PurposeCode", "</PurposeCode>", "<BuyerParty>"},
		{"behind a line", "/Order", "/Order/ItemDetail[1]", "</ItemDetail>", "<ItemDetail>"},
		{"behind a sibling that is no more", "/Order/Header", "/Order/Header/CurrencyCode", "</BuyerParty>", "</Header>"},
		{"in an element that is no more", "/Order/ItemDetail[9]", "", "</Summary>", "</Order>"},
		{"in a later line", "/Order/ItemDetail[2]", "/Order/ItemDetail[2]/OrderQuantity", "</OrderQuantity>", "</ItemDetail>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := sparse()
			o.Extensions = []order.Extension{{Parent: c.parent, After: c.after, XML: "<X>1</X>"}, {Parent: c.parent, After: c.after, XML: "<Y/>"}}
			flat := strings.Join(strings.Fields(string(mustEncode(t, &o))), "")
			if want := c.before + "<X>1</X><Y/>" + c.behind; !strings.Contains(flat, want) {
				t.Errorf("no %s in\n%s", want, flat)
			}
		})
	}
}

// TestEncodeHostileExtensions holds that a fragment is read like a document from
// outside, wherever it was stored.
func TestEncodeHostileExtensions(t *testing.T) {
	for _, fragment := range []string{
		"", "text", "<a>", "<!DOCTYPE a><a/>", "<?xml version=\"1.0\"?>", "<a><?xml version=\"1.0\"?></a>", "<x:a/>", `<a b="1" b="2"/>`,
		strings.Repeat("<a>", 40) + strings.Repeat("</a>", 40), "<a>\x00</a>", "<a>&x;</a>",
	} {
		o := sparse()
		o.Extensions = []order.Extension{{Parent: "/Order", XML: fragment}}
		if err := Encode(io.Discard, &o); order.CodeOf(err) != "kept-element" {
			t.Errorf("%q: got %v, want the error %q", fragment, err, "kept-element")
		}
	}
}

func TestEncodeReturnsWriteErrors(t *testing.T) {
	o := sparse()
	if err := Encode(brokenPipe{}, &o); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want the error of the writer", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// TestExtensionBindsAPrefixAnew takes an element that binds a prefix of the document to
// another namespace: one binding is stored, its own.
func TestExtensionBindsAPrefixAnew(t *testing.T) {
	o := sparse()
	doc := string(mustEncode(t, &o))
	doc = strings.Replace(doc, "<Order ", `<Order xmlns:x="urn:outer" `, 1)
	doc = strings.Replace(doc, "<Header>", `<Header><x:a xmlns:x="urn:inner"><x:b>t</x:b></x:a>`, 1)
	read, _, err := Decode([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Extensions) != 1 || strings.Count(read.Extensions[0].XML, "xmlns:x=") != 1 || !strings.Contains(read.Extensions[0].XML, "urn:inner") {
		t.Errorf("stored is %+v", read.Extensions)
	}
	if _, _, err := Decode(mustEncode(t, &read)); err != nil {
		t.Error(err)
	}
}
