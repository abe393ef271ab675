package editx

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// benchmarkOrder writes a plain order of n lines, as bookshops send them.
func benchmarkOrder(n int) []byte {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<Order version="1.3">
  <Header>
    <OrderNumber>B-2026-00417</OrderNumber>
    <IssueDateTime>20261121T0930</IssueDateTime>
    <PurposeCode>Original</PurposeCode>
    <CurrencyCode>NOK</CurrencyCode>
    <BuyerParty>
      <PartyID>
        <PartyIDType>NBSN</PartyIDType>
        <Identifier>1098</Identifier>
      </PartyID>
      <PartyName>
        <NameLine>Havnegata Bokhandel AS</NameLine>
      </PartyName>
    </BuyerParty>
  </Header>
`)
	for i := range n {
		fmt.Fprintf(&b, `  <ItemDetail>
    <LineNumber>%d</LineNumber>
    <ProductID>
      <ProductIDType>EAN13</ProductIDType>
      <Identifier>9788203192388</Identifier>
    </ProductID>
    <ItemDescription>
      <TitleDetail>En bok om øyer &amp; skjær</TitleDetail>
    </ItemDescription>
    <OrderQuantity>4</OrderQuantity>
    <ReferenceCoded>
      <ReferenceTypeCode>BuyersOrderLineReference</ReferenceTypeCode>
      <ReferenceNumber>L%d</ReferenceNumber>
    </ReferenceCoded>
    <PricingDetail>
      <Price>
        <MonetaryAmount>249.00</MonetaryAmount>
        <PriceQualifierCode>FixedRPIncludingTax</PriceQualifierCode>
      </Price>
      <DiscountPercentage>30</DiscountPercentage>
    </PricingDetail>
  </ItemDetail>
`, i+1, i+1)
	}
	fmt.Fprintf(&b, "  <Summary>\n    <NumberOfLines>%d</NumberOfLines>\n  </Summary>\n</Order>\n", n)
	return []byte(b.String())
}

var benchmarkSizes = []int{2, 5, 50}

func BenchmarkDecode(b *testing.B) {
	for _, n := range benchmarkSizes {
		body := benchmarkOrder(n)
		measure(b, fmt.Sprintf("%d lines/editx", n), body, func() error {
			_, _, err := Decode(body)
			return err
		})
		measure(b, fmt.Sprintf("%d lines/etree", n), body, func() error {
			return etree.NewDocument().ReadFromBytes(body)
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, n := range benchmarkSizes {
		body := benchmarkOrder(n)
		o, _, err := Decode(body)
		if err != nil {
			b.Fatal(err)
		}
		// The same tree under the same settings, whole in memory before any of
		// it leaves, as Encode promises. The stream shows what that promise costs.
		doc := etree.NewDocument()
		doc.WriteSettings = writeSettings()
		if err := doc.ReadFromBytes(body); err != nil {
			b.Fatal(err)
		}
		measure(b, fmt.Sprintf("%d lines/editx", n), body, func() error { return Encode(io.Discard, &o) })
		measure(b, fmt.Sprintf("%d lines/etree", n), body, func() error {
			out, err := doc.WriteToBytes()
			if err == nil {
				_, err = io.Discard.Write(out)
			}
			return err
		})
		measure(b, fmt.Sprintf("%d lines/stream", n), body, func() error {
			_, err := doc.WriteTo(io.Discard)
			return err
		})
	}
}

func measure(b *testing.B, name string, body []byte, once func() error) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := once(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestBenchmarkOrder keeps the benchmarks honest: they measure an order that
// is read and written whole.
func TestBenchmarkOrder(t *testing.T) {
	body := benchmarkOrder(5)
	o, findings, err := Decode(body)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	var out bytes.Buffer
	if err := Encode(&out, &o); err != nil {
		t.Fatal(err)
	}
	if out.String() != string(body) {
		t.Error("the benchmark's order is not canonical")
	}
}
