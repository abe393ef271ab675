//go:build all

package editx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// grown writes an order of about size bytes out of lines, each with what inside
// says, and head in front of them.
func grown(size int, head, inside string) []byte {
	var b bytes.Buffer
	b.WriteString(`<Order version="1.3"><Header><OrderNumber>grown</OrderNumber><IssueDateTime>20261121</IssueDateTime>` +
		`<PurposeCode>Original</PurposeCode><BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>7045</Identifier></PartyID></BuyerParty>` + head + `</Header>`)
	n := 0
	for size -= 100; n < 10_000 && b.Len()+len(inside)+170 < size; {
		n++
		fmt.Fprintf(&b, `<ItemDetail><LineNumber>%d</LineNumber><ProductID><ProductIDType>EAN13</ProductIDType>`+
			`<Identifier>9788200000013</Identifier></ProductID>%s<OrderQuantity>1</OrderQuantity></ItemDetail>`, n, inside)
	}
	fmt.Fprintf(&b, `<Summary><NumberOfLines>%d</NumberOfLines></Summary></Order>`, n)
	return b.Bytes()
}

// growing are orders that are longer when they are written than when they came:
// no margins, characters that must be written as entities, one byte that
// becomes two, elements that must bring their namespace.
var growing = map[string]struct{ head, inside string }{
	"no margins":    {"", ""},
	"a little text": {"", titled(strings.Repeat("En roman fra nord ", 16))},
	"many references": {"", strings.Repeat("<ReferenceCoded><ReferenceTypeCode>X</ReferenceTypeCode>"+
		"<ReferenceNumber>1</ReferenceNumber></ReferenceCoded>", 4)},
	"CDATA":        {"", titled("<![CDATA[" + strings.Repeat("&", 300) + "]]>")},
	"greater than": {"", titled(strings.Repeat(">", 300))},
	"unknown":      {strings.Repeat("<x><y/></x>", 4900), ""},
}

func titled(text string) string {
	return "<ItemDescription><TitleDetail>" + text + "</TitleDetail></ItemDescription>"
}

// readable fails unless a document of ours is one that our readers take.
func readable(t *testing.T, what string, doc []byte, err error, read func([]byte) error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s is not written: %v", what, err)
	} else if err := read(doc); err != nil || len(doc) > editx.MaxBytes {
		t.Errorf("%s has %d bytes, and is not read: %v", what, len(doc), err)
	}
}

// TestWhatIsTakenIsReadAgain: an order that is taken can be read again in every
// form that it is written in, and one that could not is refused when it comes.
func TestWhatIsTakenIsReadAgain(t *testing.T) {
	sizes := []int{1_300_000, 4_760_000, editx.MaxBytes}
	taken, refused := 0, 0
	for name, g := range growing {
		for _, size := range sizes {
			body := grown(size, g.head, g.inside)
			what := fmt.Sprintf("%s, %d bytes", name, len(body))
			o, _, err := editx.Decode(body)
			if err != nil {
				if order.KindOf(err) != order.TooLarge {
					t.Fatalf("%s: %v", what, err)
				}
				t.Logf("%s: %v", what, err)
				refused++
				continue
			}
			t.Logf("%s: taken, %d lines", what, len(o.Lines))
			taken++
			var out bytes.Buffer
			err = editx.Encode(&out, &o)
			readable(t, what, out.Bytes(), err, again)
			t.Logf("written with %d bytes", out.Len())
			once := bytes.Clone(out.Bytes())
			if o, _, err := editx.Decode(once); err == nil {
				out.Reset()
				if err := editx.Encode(&out, &o); err != nil || !bytes.Equal(once, out.Bytes()) {
					t.Errorf("%s: written again it is another document (%v)", what, err)
				}
			}
			out.Reset()
			err = editx.EncodeMessage(&out, editx.MessageHeader{Sender: party(), Receiver: party()}, []*order.Order{&o})
			readable(t, what+" in a message", out.Bytes(), err, func(doc []byte) error {
				m, err := editx.DecodeMessage(doc, editx.Trade)
				if err == nil {
					err = m.Documents[0].Err
				}
				return err
			})
			if size != sizes[0] {
				continue // the other versions are read slowly, by the schema
			}
			o.Extensions = nil
			for _, version := range []string{"1.1", "1.2"} {
				out.Reset()
				seller := party()
				o.Header.Seller = &seller
				if err = editx.EncodeVersion(&out, &o, version); order.CodeOf(err) != "editx-version" {
					readable(t, what+" as "+version, out.Bytes(), err, again)
				}
			}
		}
	}
	if taken == 0 || refused == 0 {
		t.Errorf("%d are taken and %d refused; the sizes try neither side", taken, refused)
	}
}

// TestExtensionsAreReadAgain: what must be declared on a stored element counts
// among its attributes.
func TestExtensionsAreReadAgain(t *testing.T) {
	for _, prefixes := range []int{20, 32, 33, 60} {
		var declared, used strings.Builder
		for i := range prefixes {
			fmt.Fprintf(&declared, ` xmlns:p%d="urn:%d"`, i, i)
			fmt.Fprintf(&used, ` p%d:a="1"`, i)
		}
		body := grown(3000, "<x"+used.String()+"/>", "")
		body = bytes.Replace(body, []byte("<Order "), []byte("<Order"+declared.String()+" "), 1)
		o, _, err := editx.Decode(body)
		if fits := prefixes <= 32; fits != (err == nil) || err != nil && order.CodeOf(err) != "xml-limit" {
			t.Errorf("%d prefixes: %v", prefixes, err)
		}
		if err == nil {
			var out bytes.Buffer
			err := editx.Encode(&out, &o)
			readable(t, fmt.Sprint(prefixes, " prefixes"), out.Bytes(), err, again)
		}
	}
}

// again reads what was written of an order.
func again(doc []byte) error {
	_, _, err := editx.Decode(doc)
	return err
}

func party() order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "900877"}, Names: []string{"Eksempel Forlag"}}
}

// TestRepliesAreReadAgain: what is said of an order that is taken can be read
// again, however long it is and however much its answers say.
func TestRepliesAreReadAgain(t *testing.T) {
	full := order.Answer{Code: "AcceptedPartShippingPartBackordered", Expected: "2026-12-24",
		Quantities: &order.Quantities{Shipping: 400_000, Backordered: 400_000, Cancelled: 200_000}}
	long := full
	long.Substitute = []order.Identifier{{Type: "EAN13", Value: "9788200000013"}}
	long.Comment = strings.Repeat("kommer snart & godt\n", 20)
	for _, tt := range []struct {
		name, inside string
		answer       order.Answer
		left         int // lines of the header's message
	}{
		{"long references", referring(190), order.Answer{}, 1},
		{"full answers", "", full, 1},
		{"long answers to long lines", referring(100), long, 2},
	} {
		body := grown(editx.MaxBytes, "", tt.inside)
		o, _, err := editx.Decode(body)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		o.ID, o.Updated = "4db9", time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
		o.Header.Buyer.Names = []string{strings.Repeat("Boklade ", 20_000)}
		for i := range o.Lines {
			o.Lines[i].Quantity, o.Lines[i].Answer = 1_000_000, tt.answer
		}
		for kind, encode := range map[string]func(io.Writer, *order.Order) error{"response": editx.EncodeResponse, "status report": editx.EncodeStatusReport} {
			var out bytes.Buffer
			err := encode(&out, &o)
			readable(t, tt.name+": "+kind, out.Bytes(), err, func(doc []byte) error {
				if kind != "response" {
					r, err := editx.Check(doc, editx.Trade)
					if err == nil && len(r.Findings) > 0 {
						err = errors.New(r.Findings[0].Message)
					}
					return err
				}
				response, findings, err := editx.DecodeResponse(doc)
				if err == nil && (len(response.Lines) != len(o.Lines) || len(findings) > 0) {
					err = fmt.Errorf("%d lines and %d findings", len(response.Lines), len(findings))
				}
				return err
			})
			if left := bytes.Count(out.Bytes()[:bytes.Index(out.Bytes(), []byte("</Header>"))], []byte("<MessageLine>")); left != tt.left {
				t.Errorf("%s: %s: the header says %d things of %d", tt.name, kind, left, tt.left)
			}
		}
	}
}

func referring(length int) string {
	return "<ReferenceCoded><ReferenceTypeCode>BuyersOrderLineReference</ReferenceTypeCode><ReferenceNumber>" + strings.Repeat("x", length) + "</ReferenceNumber></ReferenceCoded>"
}
