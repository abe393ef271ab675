package editx_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

const document = `<Order version="1.3">
  <Header>
    <OrderNumber>HB-1</OrderNumber>
    <IssueDateTime>2026-11-21</IssueDateTime>
    <PurposeCode>Original</PurposeCode>
    <BuyerParty>
      <PartyID><PartyIDType>NBSN</PartyIDType><Identifier>1098</Identifier></PartyID>
    </BuyerParty>
  </Header>
  <ItemDetail>
    <LineNumber>1</LineNumber>
    <ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID>
    <OrderQuantity>4</OrderQuantity>
  </ItemDetail>
  <Summary><NumberOfLines>1</NumberOfLines></Summary>
</Order>
`

func ExampleDecode() {
	o, findings, err := editx.Decode([]byte(document))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(o.Number, "of", o.Header.Buyer.ID.Value, "with", len(o.Lines), "line")
	for _, f := range findings {
		fmt.Printf("%d:%d %s: %s\n", f.Line, f.Column, f.Severity, f.Message)
	}
	// Output:
	// HB-1 of 1098 with 1 line
	// 4:5 warning: "2026-11-21" was read as 20261121; write it so.
}

func ExampleDecodeAs() {
	_, _, err := editx.DecodeAs([]byte(document), editx.Strict)
	var e *order.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			fmt.Println(f.Path, f.Code)
		}
	}
	// Output: /Order/Header/IssueDateTime date-form
}

func ExampleCheck() {
	report, err := editx.Check([]byte(document), editx.Strict)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Type, report.Version, "refused:", report.Refused)
	for _, f := range report.Findings {
		fmt.Println(f.Code, "at", f.Path)
	}
	// Output:
	// Order 1.3 refused: true
	// date-form at /Order/Header/IssueDateTime
}

func ExampleExplain() {
	e, _ := editx.Explain("purpose")
	fmt.Println(e.Title)
	fmt.Println(e.Remedy)
	// Output:
	// Purpose of the order
	// Write Original, Duplicate or Test.
}

func ExampleEncode() {
	o := order.Order{
		Number: "HB-2",
		Header: order.Header{IssuedAt: "20261121", Buyer: order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "1098"}}},
		Lines:  []order.Line{{Products: []order.Identifier{{Type: "EAN13", Value: "9788203192388"}}, Quantity: 4}},
	}
	if err := editx.Encode(os.Stdout, &o); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <Order version="1.3">
	//   <Header>
	//     <OrderNumber>HB-2</OrderNumber>
	//     <IssueDateTime>20261121</IssueDateTime>
	//     <PurposeCode>Original</PurposeCode>
	//     <BuyerParty>
	//       <PartyID>
	//         <PartyIDType>NBSN</PartyIDType>
	//         <Identifier>1098</Identifier>
	//       </PartyID>
	//     </BuyerParty>
	//   </Header>
	//   <ItemDetail>
	//     <LineNumber>1</LineNumber>
	//     <ProductID>
	//       <ProductIDType>EAN13</ProductIDType>
	//       <Identifier>9788203192388</Identifier>
	//     </ProductID>
	//     <OrderQuantity>4</OrderQuantity>
	//   </ItemDetail>
	//   <Summary>
	//     <NumberOfLines>1</NumberOfLines>
	//   </Summary>
	// </Order>
}

func ExampleEncodeVersion() {
	o, _, err := editx.Decode([]byte(document))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = editx.EncodeVersion(os.Stdout, &o, "1.1")
	var e *order.Error
	if errors.As(err, &e) {
		fmt.Println(e.Fields[0].Message)
	}
	// Output: `<Header>` has no `<SellerParty>`, which version 1.1 demands.
}
