package editx

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/order"
)

// anyLine draws a line in any state that a line can come into.
func anyLine(t *rapid.T, number int) order.Line {
	l := order.Line{Number: number, Quantity: rapid.Int64Range(1, maxQuantity).Draw(t, "quantity"), Products: []order.Identifier{{Type: "EAN13", Value: "9788299010016"}}}
	if rapid.IntRange(1, 8).Draw(t, "adjusts") == 1 {
		l.Adjustment, l.Quantity, l.Status = true, -l.Quantity, order.Requested
		return l
	}
	code := order.LineCode(rapid.SampledFrom(append([]string{""}, lineCodes...)).Draw(t, "code"))
	l.Status = rapid.SampledFrom(append([]order.Status{order.Sent, order.Unprocessed, order.Failed}, order.Answers()...)).Draw(t, "status")
	if !slices.Contains(order.Answers(), l.Status) {
		return l // not answered yet
	}
	if code != "" {
		l.Answer.Code, l.Status = code, code.Status()
	}
	if l.Status != order.Rejected && rapid.Bool().Draw(t, "divided") {
		shipping := rapid.Int64Range(0, l.Quantity).Draw(t, "shipping")
		back := rapid.Int64Range(0, l.Quantity-shipping).Draw(t, "back")
		l.Answer.Quantities = &order.Quantities{Shipping: shipping, Backordered: back, Cancelled: l.Quantity - shipping - back}
	}
	return l
}

// TestCopiesAddUp holds that in every state of a line the copies that are
// written add up to what was ordered or are not said, that the report says the
// same of them as the response, and that what was written is read again as the
// receiver's word.
func TestCopiesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &order.Order{Number: "HB-1", Updated: time.Unix(1_800_000_000, 0), Header: order.Header{Buyer: order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "4711"}}}}
		for i := range rapid.IntRange(1, 6).Draw(t, "lines") {
			o.Lines = append(o.Lines, anyLine(t, i+1))
		}
		response, report := decodedReply(t, &responseDocument, o), decodedReply(t, &statusReportDocument, o)
		for i := range o.Lines {
			l, a, b := &o.Lines[i], &response.Lines[i], &report.Lines[i]
			sum, said := a.sum()
			if said && sum != l.Quantity || l.Answer.Quantities != nil && !said || l.Adjustment && said {
				t.Fatalf("%+v is written as %s of %d", l, a.shares(), *a.Ordered)
			}
			if m := b.mark(); !cmp.Equal(a.mark(), m) || shipped(l.Status) && count(b.Shipping) > 0 || !shipped(l.Status) && count(b.Shipped) > 0 {
				t.Fatalf("response: %+v\nreport: %+v", a.mark(), m)
			}
			if m := a.mark(); m.Status != l.CodeFor().Status() || l.Answer.Quantities != nil && !cmp.Equal(m.Answer.Quantities, l.Answer.Quantities) {
				t.Fatalf("%+v is read as %+v", l, m)
			}
		}
	})
}

// decodedReply writes a document of an order and reads it.
func decodedReply(t *rapid.T, d *document[reply], o *order.Order) reply {
	encode := EncodeResponse
	if d == &statusReportDocument {
		encode = EncodeStatusReport
	}
	var out bytes.Buffer
	if err := encode(&out, o); err != nil {
		t.Fatal(err)
	}
	read, findings, err := d.read(out.Bytes(), Strict)
	if err != nil || strings.Contains(listing(findings), "refusal") {
		t.Fatalf("%v\n%s\n%s", err, fieldsOf(err), out.Bytes())
	}
	return read
}

// siblingDocuments are one good document of each kind that is read here.
func siblingDocuments() [][]byte {
	return [][]byte{
		enveloped(bare("A"), bare("B")), []byte(plainResponse), []byte(plainCancellation),
		[]byte(`<EDItXMessageAcknowledgement version="1.2">` + strings.ReplaceAll(envelopeHeader, "%d", "1") + `<AcknowledgementStatusCode>Accepted</AcknowledgementStatusCode></EDItXMessageAcknowledgement>`),
		[]byte(strings.ReplaceAll(plainResponse, "OrderResponse", "OrderStatusReport")),
		[]byte(strings.NewReplacer("OrderCancelation ", "OrderCancellation ", "/OrderCancelation>", "/OrderCancellation>").Replace(plainCancellation)),
		[]byte(`<LibraryShipNotice version="1.0"><Header/><ItemDetail><QuantityShipping>1</QuantityShipping></ItemDetail></LibraryShipNotice>`),
	}
}

func seedSiblings(f *testing.F) {
	for _, body := range siblingDocuments() {
		f.Add(body)
		f.Add(enveloped(bare("A"), string(body)))
	}
	for _, h := range hostile() {
		if len(h.body) < 4_000 {
			f.Add(enveloped(bare("A"), strings.TrimPrefix(string(h.body), xmlDeclaration)))
		}
	}
}

// FuzzMessage holds that an envelope is refused in our words or returns
// documents that read the same alone, and that Check never sees less.
func FuzzMessage(f *testing.F) {
	seedSiblings(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := DecodeMessage(body, Trade)
		ours(t, m.Findings, err)
		report, _ := Check(body, Trade)
		ours(t, report.Findings, nil)
		if err != nil && IsMessage(body) && !report.Refused {
			t.Errorf("refused, and Check takes it: %v", err)
		}
		for _, d := range m.Documents {
			ours(t, d.Findings, d.Err)
			alone, _, aloneErr := Decode(d.Body)
			if d.Err == nil && aloneErr == nil && m.Header.Purpose != order.Test {
				if diff := cmp.Diff(d.Order, alone); diff != "" {
					t.Errorf("in the message (-) and alone (+):\n%s\n%s", diff, d.Body)
				}
			}
			if (d.Err == nil) != (aloneErr == nil) {
				t.Errorf("in the message %v, alone %v\n%s", d.Err, aloneErr, d.Body)
			}
		}
	})
}

// FuzzResponse holds that what is taken from a response, a cancellation or an
// acknowledgement cannot contradict itself.
func FuzzResponse(f *testing.F) {
	seedSiblings(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r, findings, err := DecodeResponse(body)
		ours(t, findings, err)
		for _, l := range r.Lines {
			s := l.Mark.Answer.Quantities
			if !l.Mark.Answer.Code.Valid() || lineKey(l.Name) == "" || s != nil && (s.Shipping < 0 || s.Backordered < 0 || s.Cancelled < 0) {
				t.Errorf("%+v", l)
			}
			if d := l.Mark.Answer.Expected; d != "" && !d.Valid() {
				t.Errorf("the day %q", d)
			}
		}
		c, findings, err := DecodeCancellation(body)
		ours(t, findings, err)
		for _, l := range c.Lines {
			if l.Quantity < 0 || lineKey(l.Name) == "" {
				t.Errorf("%+v", l)
			}
		}
		a, findings, err := DecodeAcknowledgement(body)
		ours(t, findings, err)
		var first, second bytes.Buffer
		if err != nil || EncodeAcknowledgement(&first, a) != nil {
			return
		}
		if again, _, err := DecodeAcknowledgement(first.Bytes()); err != nil || EncodeAcknowledgement(&second, again) != nil || first.String() != second.String() {
			t.Errorf("written twice it differs: %v\n%s", err, cmp.Diff(first.String(), second.String()))
		}
	})
}

// ours holds that findings and refusals say where and why, in our words.
func ours(t *testing.T, findings []Finding, err error) {
	t.Helper()
	for _, f := range findings {
		if f.Code == "" || f.Message == "" || f.Path == "" {
			t.Errorf("a finding says nothing: %+v", f)
		}
		if _, ok := Explain(f.Code); !ok {
			t.Errorf("%s is not explained", f.Code)
		}
	}
	var e *order.Error
	if err != nil && (!errors.As(err, &e) || e.Code == "" || e.Detail == "" || e.Kind == order.Internal) {
		t.Errorf("the refusal %v is not an error of ours", err)
	}
}
