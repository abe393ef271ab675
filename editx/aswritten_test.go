package editx

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestProcessingInstructions holds that instructions for other programs are
// passed over wherever they stand, and divide no text.
func TestProcessingInstructions(t *testing.T) {
	for _, pi := range []string{`<?xml-stylesheet type="text/xsl" href="o.xsl"?>`, `<?php echo "<Order>"; ?>`, `<?x?>`, `<?mso-application progid="Excel.Sheet"?>`, "<?a\nb > c?>", `<?xmlx y?>`} {
		for name, body := range map[string][]byte{
			"before the root":            before(pi),
			"instead of the declaration": []byte(strings.Replace(plainOrder, xmlDeclaration, pi, 1)),
			"inside the root":            with("<Header>", pi+"<Header>"),
			"between elements":           inLine(pi),
			"inside a number":            asNumber("HB" + pi + "-1"),
			"inside an EAN":              with("9788299010016", "9788"+pi+"299010016"),
			"inside a text":              with("Hei", "He"+pi+"i"),
			"behind the root":            []byte(plainOrder + pi + "\n"),
			"everywhere":                 []byte(strings.ReplaceAll(plainOrder, "</", pi+"</")),
		} {
			for _, p := range []Profile{Strict, Trade} {
				o, findings, err := DecodeAs(body, p)
				if err != nil || len(findings) > 0 {
					t.Errorf("%s %s under %s: %v %s", pi, name, p, err, listing(findings))
					continue
				}
				if o.Number != "HB"+"-1" || o.Header.Messages[0].Lines[0] != "Hei" || o.Lines[0].Products[0].Value != "9788299010016" {
					t.Errorf("%s %s: read %+v", pi, name, o)
				}
			}
		}
	}
	o, _ := mustDecode(t, inLine(`<Own><?x y?>a<?z?>b</Own>`))
	if out := string(mustEncode(t, &o)); !strings.Contains(out, "<Own>ab</Own>") {
		t.Errorf("an element that is stored lost its text:\n%s", out)
	}
}

// TestWhiteSpaceOutsideTheRoot holds that only XML's own stands there.
func TestWhiteSpaceOutsideTheRoot(t *testing.T) {
	for _, r := range []rune{0xa0, 0xfeff, 0x2028, 0x2029, 0x85, 0x2003, 0x3000, 0x200b, 0x202f, 0x180e, 0x1680, 0x200e} {
		for name, body := range map[string]string{
			"before":                    strings.Replace(plainOrder, xmlDeclaration, xmlDeclaration+"\n "+string(r), 1),
			"before, no declaration":    " " + string(r) + strings.TrimPrefix(plainOrder, xmlDeclaration),
			"behind":                    plainOrder + " " + string(r),
			"behind, in the last place": plainOrder + string(r) + "\n<!-- end -->",
		} {
			_, _, err := Decode([]byte(body))
			if order.CodeOf(err) != "xml-malformed" || order.KindOf(err) != order.Malformed || !strings.Contains(err.Error(), fmt.Sprintf("%U", r)) || !strings.Contains(err.Error(), "Line ") {
				t.Errorf("%U %s: %v", r, name, err)
			}
		}
	}
	_, _, err := Decode([]byte(strings.Replace(plainOrder, xmlDeclaration, xmlDeclaration+"\n  \u00a0", 1)))
	if err == nil || !strings.Contains(err.Error(), "Line 2, column 3:") {
		t.Errorf("the position is not reported: %v", err)
	}
	if _, findings := mustDecode(t, []byte(" \t\r\n"+strings.TrimPrefix(plainOrder, xmlDeclaration)+" \t\r\n")); len(findings) > 0 {
		t.Error(listing(findings))
	}
}

// TestIndentedWithOtherBlanks holds that an order whose elements are indented
// with blanks that are none of XML's is taken with one warning, and not by
// Strict.
func TestIndentedWithOtherBlanks(t *testing.T) {
	for _, blank := range []string{"\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", "\u2028"} {
		body := []byte(strings.ReplaceAll(plainOrder, "  <", blank+" <"))
		_, findings := mustDecode(t, body)
		if len(findings) != 1 || findings[0].Code != "text" || !strings.Contains(findings[0].Message, fmt.Sprintf("%U", []rune(blank)[0])) {
			t.Errorf("%+q: %s", blank, listing(findings))
		}
		if _, _, err := DecodeAs(body, Strict); err == nil {
			t.Errorf("%+q: strict takes it", blank)
		}
	}
	if _, _, err := Decode(inLine("\u00a0x")); err == nil {
		t.Error("text beside such a blank was passed over")
	}
}

// TestSchemaAttributes holds that the attributes of XML Schema are no departure,
// and that Strict asks whether the type fits.
func TestSchemaAttributes(t *testing.T) {
	const spaces = ` xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	coded := `<PaymentTermsCoded><PaymentTermsCodeType>Seller</PaymentTermsCodeType><PaymentTermsCode%s>30</PaymentTermsCode></PaymentTermsCoded>`
	attribute := func(element, s string) string {
		return strings.Replace(plainOrder, "<"+element+">", "<"+element+spaces+s+">", 1)
	}
	for _, c := range []struct {
		name, body string
		strict     bool
	}{
		{"an untyped code as text", strings.Replace(plainOrder, "</BuyerParty>", "</BuyerParty>"+fmt.Sprintf(coded, spaces+` xsi:type="xs:string"`), 1), true},
		{"an untyped code as a number", strings.Replace(plainOrder, "</BuyerParty>", "</BuyerParty>"+fmt.Sprintf(coded, spaces+` xsi:type="xs:int"`), 1), true},
		{"text as text", attribute("MessageLine", ` xsi:type="xs:string"`), true},
		{"text as a token", attribute("OrderNumber", ` xsi:type="xs:token"`), true},
		{"a number as a number", attribute("OrderQuantity", ` xsi:type="xs:int"`), true},
		{"a number as a shorter one", attribute("OrderQuantity", ` xsi:type="xs:short"`), true},
		{"a number as text", attribute("OrderQuantity", ` xsi:type="xs:string"`), false},
		{"text as a number", attribute("OrderNumber", ` xsi:type="xs:int"`), false},
		{"a code as text", attribute("ProductIDType", ` xsi:type="xs:string"`), false},
		{"a composite with a type", attribute("Header", ` xsi:type="xs:anyType"`), false},
		{"a prefix that is not declared", attribute("OrderNumber", ` xsi:type="y:string"`), false},
		{"nil", attribute("MessageLine", ` xsi:nil="false"`), false},
		{"a place of the schema on an element", attribute("Header", ` xsi:schemaLocation="urn:x x.xsd"`), true},
		{"a place of the schema on the root", string(onRoot(spaces + ` xsi:noNamespaceSchemaLocation="o.xsd"`)), true},
		{"declarations alone", attribute("ItemDetail", ``), true},
		{"another prefix", strings.Replace(plainOrder, "<OrderNumber>", `<OrderNumber xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:d="http://www.w3.org/2001/XMLSchema" i:type="d:string">`, 1), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, findings := mustDecode(t, []byte(c.body)); len(findings) > 0 {
				t.Errorf("trade: %s", listing(findings))
			}
			if _, _, err := DecodeAs([]byte(c.body), Strict); (err == nil) != c.strict {
				t.Errorf("strict: %v\n%s", err, fieldsOf(err))
			}
		})
	}
	if _, findings := mustDecode(t, []byte(attribute("OrderNumber", ` xsi:own="x"`))); codesOf(findings)["attribute"] != 1 {
		t.Errorf("another attribute of that namespace: %s", listing(findings))
	}
}

// TestInvisibleCharacters holds that each of them is taken out of a number, with
// a finding that names it and its place, and left in text for people.
func TestInvisibleCharacters(t *testing.T) {
	all := []rune{0xad, 0x61c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e,
		0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0xfe0f}
	for _, r := range all {
		for _, c := range []struct {
			path string
			body []byte
		}{
			{"/Order/Header/OrderNumber", asNumber("H" + string(r) + "B-1")},
			{"/Order/Header/OrderNumber", asNumber("HB-1" + string(r))},
			{"/Order/Header/BuyerParty/PartyID/Identifier", with(">4711<", ">"+string(r)+"4711<")},
			{"/Order/Header/BuyerParty/PartyID/PartyIDType", with(">NBSN<", ">NB"+string(r)+"SN<")},
			{"/Order/ItemDetail[1]/LineNumber", with("<LineNumber>1<", "<LineNumber>1"+string(r)+"<")},
			{"/Order/ItemDetail[1]/ProductID[1]/Identifier", with("9788299010016", "978"+string(r)+"8299010016")},
			{"/Order/ItemDetail[1]/ProductID[1]/ProductIDType", with(">EAN13<", ">"+string(r)+"EAN13<")},
			{"/Order/ItemDetail[1]/OrderQuantity", with(">2<", ">2"+string(r)+"<")},
			{"/Order/Header/PurposeCode", with(">Original<", ">Original"+string(r)+"<")},
			{"/Order/Header/IssueDateTime", with(">20261121<", ">"+string(r)+"20261121<")},
		} {
			o, findings, err := Decode(c.body)
			if err != nil {
				t.Errorf("%U in %s: %v", r, c.path, err)
				continue
			}
			if len(findings) != 1 || findings[0].Code != "invisible" || findings[0].Path != c.path || findings[0].Line < 2 || !strings.Contains(findings[0].Message, fmt.Sprintf("%U", r)) {
				t.Errorf("%U in %s: %s", r, c.path, listing(findings))
			}
			plain, _ := mustDecode(t, []byte(plainOrder))
			if got, want := string(mustEncode(t, &o)), string(mustEncode(t, &plain)); got != want {
				t.Errorf("%U in %s was written as\n%s", r, c.path, got)
			}
		}
		if o, findings := mustDecode(t, with("Hei", "H"+string(r)+"ei")); len(findings) > 0 || o.Header.Messages[0].Lines[0] != "H"+string(r)+"ei" {
			t.Errorf("%U in a text: %q, %s", r, o.Header.Messages, listing(findings))
		}
	}
	o, findings := mustDecode(t, asNumber("PO\u00a01\u202f2"))
	if o.Number != "PO 1 2" || codesOf(findings)["invisible"] != 1 {
		t.Errorf("a number with no-break spaces was read as %+q: %s", o.Number, listing(findings))
	}
	if _, _, err := Decode(asNumber("\u200b\ufeff")); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("a number of nothing seen: %v", err)
	}
}

// TestProductTypes holds that whatever is taken as an EAN or ISBN is checked as
// one, under every name of its type, and written under the name of the list.
func TestProductTypes(t *testing.T) {
	for _, c := range []struct{ types, written, right, wrong, digit string }{
		{"EAN13,EAN-13,ean13,EAN_13,Ean 13,EAN,ean,GTIN13,GTIN-13,gtin13,03", "EAN13", "9788202337926", "9788202337927", "6"},
		{"EAN13,EAN", "EAN13", "978-82-02-33792-6", "978 82 02 33792 0", "6"},
		{"ISBN,isbn,ISBN13,ISBN-13,isbn-13,ISBN_13,15,ISBN10", "ISBN", "9788202337926", "9788202337925", "6"},
		{"ISBN,ISBN10,ISBN-10,isbn10,02,ISBN13", "ISBN", "82-02-33792-5", "82-02-33792-6", "5"},
		{"ISBN,ISBN-10", "ISBN", "0-8044-2957-X", "0-8044-2957-0", "X"},
		{"GTIN14,GTIN-14,gtin14,14", "GTIN14", "09788202337926", "09788202337920", "6"},
		{"UPC,upc,UPC-A,UPC12,GTIN12,GTIN-12,04", "UPC", "036000291452", "036000291453", "2"},
		{"UPC", "UPC", "0036000291452", "0036000291453", "2"},
		{"ISMN,ismn,ISMN-13,25", "ISMN", "9790060115615", "9790060115614", "5"},
		{"GTIN", "GTIN", "9788202337926", "9788202337927", "6"},
		{"GTIN", "GTIN", "036000291452", "036000291453", "2"},
		{"EAN8,EAN-8,GTIN8", "", "73513537", "73513536", "7"},
	} {
		for _, name := range strings.Split(c.types, ",") {
			document := func(number string) []byte {
				return with("<ProductIDType>EAN13</ProductIDType><Identifier>9788299010016<", "<ProductIDType>"+name+"</ProductIDType><Identifier>"+number+"<")
			}
			o, _, err := Decode(document(c.right))
			if err != nil {
				t.Errorf("%s %s: %v", name, c.right, err)
				continue
			}
			if got := o.Lines[0].Products[0].Type; c.written != "" && got != c.written {
				t.Errorf("%s is written as %s, want %s", name, got, c.written)
			}
			_, _, err = Decode(document(c.wrong))
			if order.CodeOf(err) != "editx-content" || !strings.Contains(err.Error(), "should be "+c.digit) {
				t.Errorf("%s %s: %v, want the digit %s", name, c.wrong, err, c.digit)
			}
			response := strings.Replace(plainResponse, "<ItemDetail>", "<ItemDetail><ProductID><ProductIDType>"+name+"</ProductIDType><Identifier>"+c.wrong+"</Identifier></ProductID>", 1)
			if _, _, err := DecodeResponse([]byte(response)); err == nil || !strings.Contains(err.Error(), "should be "+c.digit) {
				t.Errorf("%s %s in a response: %v", name, c.wrong, err)
			}
		}
	}
	for _, name := range []string{"Seller", "Buyer", "Proprietary", "SKU", "seller", "Street number", "01"} {
		o, _, err := Decode(with("<ProductIDType>EAN13</ProductIDType><Identifier>9788299010016<", "<ProductIDType>"+name+"</ProductIDType><Identifier>9788202337927<"))
		if err != nil || o.Lines[0].Products[0].Value != "9788202337927" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSimilarCodesAreDistinguished holds that no two codes of a list are one but for their
// spelling, and no alias is a code.
func TestSimilarCodesAreDistinguished(t *testing.T) {
	var walk func(f *field, seen map[string]bool)
	lists := 0
	walk = func(f *field, seen map[string]bool) {
		folded := map[string]string{}
		for _, code := range f.codes {
			if other, twice := folded[foldCode(code)]; twice && other != code {
				t.Errorf("%s: %s and %s", f.name, code, other)
			}
			folded[foldCode(code)] = code
			if !sameCode(code, strings.ToUpper(code)) || !sameCode(code, strings.ToLower(code)) || sameCode(code, code+"x") || sameCode(code+"x", code) {
				t.Errorf("%s: %s is not found in another case", f.name, code)
			}
		}
		for alias, code := range f.aliases {
			if folded[alias] != "" || foldCode(alias) != alias || !f.codes.has(code) {
				t.Errorf("%s: %s for %s", f.name, alias, code)
			}
		}
		if len(f.codes) > 0 {
			lists++
		}
		for i := range f.children {
			walk(&f.children[i], seen)
		}
	}
	for _, root := range []*field{&orderDocument.root, &responseDocument.root, &statusReportDocument.root, &shipNoticeDocument.root, &acknowledgementDocument.root, &cancellationDocument(cancellationRoot).root} {
		walk(root, nil)
	}
	if lists < 50 {
		t.Errorf("only %d lists were looked at", lists)
	}
}

func TestMessageTypes(t *testing.T) {
	for in, want := range map[string]struct{ code, finding string }{
		"01": {"01", ""}, "10": {"10", ""}, "99": {"99", ""},
		"1": {"01", "code-form"}, " 9 ": {"09", "code-form"}, "001": {"01", "code-form"}, "1.0": {"01", "code-form"}, "010": {"10", "code-form"},
		"0": {"0", "code"}, "00": {"00", "code"}, "100": {"100", "code"}, "-1": {"-1", "code"}, "x": {"x", "code"},
	} {
		o, findings := mustDecode(t, with("<MessageType>01<", "<MessageType>"+in+"<"))
		found := ""
		for _, f := range findings {
			found += f.Code
		}
		if got := o.Header.Messages[0].Type; got != want.code || found != want.finding {
			t.Errorf("%q was read as %q: %s", in, got, listing(findings))
		}
	}
}

// TestSpeltLineNumbers holds that a number in another spelling is read with a finding.
func TestSpeltLineNumbers(t *testing.T) {
	for in, want := range map[string]int{"1.0": 1, "1.000": 1, "1e1": 10, "2E0": 2} {
		o, findings := mustDecode(t, with("<LineNumber>1<", "<LineNumber>"+in+"<"))
		if o.Lines[0].Number != want || codesOf(findings)["integer-form"] != 1 || len(findings) != 1 {
			t.Errorf("%s was read as %d: %s", in, o.Lines[0].Number, listing(findings))
		}
	}
}

// TestDashes holds that what looks like a hyphen is read as one where a hyphen
// has a meaning, and that no product passes unchecked under such a name.
func TestDashes(t *testing.T) {
	for _, dash := range []string{"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\uff0d"} {
		o, findings := mustDecode(t, with(">20261121<", ">2026"+dash+"11"+dash+"21<"))
		if o.Header.IssuedAt != "20261121" || codesOf(findings)["date-form"] != 1 {
			t.Errorf("%+q in a date: %q, %s", dash, o.Header.IssuedAt, listing(findings))
		}
		for in, want := range map[string]string{"249.00": "-249.00", "2,50": "-2.50"} {
			if d, n := parseDecimal(dash + in); d.String() != want || n.severity == Refusal || n.code != "decimal-form" {
				t.Errorf("%+q before %s: %s, %+v", dash, in, d, n)
			}
		}
		o, findings = mustDecode(t, with(">EAN13<", ">EAN"+dash+"13<"))
		if o.Lines[0].Products[0].Type != "EAN13" || codesOf(findings)["code-form"] != 1 {
			t.Errorf("%+q in a code: %s, %s", dash, o.Lines[0].Products[0].Type, listing(findings))
		}
		for _, name := range []string{"EAN-13", "ISBN-13", "GTIN-14", "EAN-8"} {
			name = strings.Replace(name, "-", dash, 1)
			body := with("<ProductIDType>EAN13</ProductIDType><Identifier>9788299010016<", "<ProductIDType>"+name+"</ProductIDType><Identifier>9788299010017<")
			if _, _, err := Decode(body); order.CodeOf(err) != "editx-content" {
				t.Errorf("%s 9788299010017: %v", name, err)
			}
		}
		response := strings.Replace(plainResponse, "AcceptedPartShippingPartCanceled", "Accepted"+dash+"PartShippingPartCanceled", 1)
		if _, findings, err := DecodeResponse([]byte(response)); err != nil || codesOf(findings)["code-form"] != 1 {
			t.Errorf("%+q in a status: %v, %s", dash, err, listing(findings))
		}
		if o, findings := mustDecode(t, asNumber("A"+dash+"1")); o.Number != "A"+dash+"1" || len(findings) > 0 {
			t.Errorf("%+q in a number of the sender: %q, %s", dash, o.Number, listing(findings))
		}
	}
}

// TestDaysThatCannotBeWritten holds that a day which the schema does not have is
// left out with a finding where it may be missing, and refused elsewhere.
func TestDaysThatCannotBeWritten(t *testing.T) {
	var cases []*compared
	try := func(day string, body []byte) {
		o, findings, err := Decode(body)
		if err != nil || codesOf(findings)["date"] != 1 {
			t.Errorf("%s: %v, %s", day, err, listing(findings))
			return
		}
		o.Created = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC) // as every order that is stored
		out := mustEncode(t, &o)
		cases = append(cases, &compared{body: []byte(strings.Replace(string(out), `version="1.3"`, `version="1.2"`, 1))})
		if _, _, err := orderDocument.read(out, schema); err != nil {
			t.Errorf("%s is written invalid: %v\n%s", day, err, out)
		}
		if _, _, err := DecodeAs(body, Strict); err == nil {
			t.Errorf("strict takes %s", day)
		}
		if _, _, err := DecodeAs(body, Lenient); err != nil {
			t.Errorf("lenient refuses %s: %v", day, err)
		}
	}
	for _, day := range []string{"19991231", "1970-01-01", "1970-01-01T00:00:00Z", "19000101T0000+1300", "24000229", "28000229T1200", "31.12.1999"} {
		try(day, with(">20261121<", ">"+day+"<"))
		try(day, with("</BuyerParty>", "</BuyerParty><PaymentTerms><NetDueDate>"+day+"</NetDueDate></PaymentTerms>"))
		try(day, inLine("<ReturnsConditions><LastDateForReturns>"+day+"</LastDateForReturns><MaximumReturnsQuantity>1</MaximumReturnsQuantity></ReturnsConditions>"))
		needed := inLine("<DateCoded><Date>" + day + "</Date><DateQualifierCode>CancelIfNotShippedBy</DateQualifierCode></DateCoded>")
		if _, _, err := Decode(needed); err == nil || !strings.Contains(err.Error(), "2000 to 2999") {
			t.Errorf("%s where it is needed: %v", day, err)
		}
	}
	if _, findings, err := DecodeCancellation(inCancellation("20261121T0930", "19700101T0000")); err != nil || codesOf(findings)["date"] != 1 {
		t.Errorf("a document that is not written again: %v, %s", err, listing(findings))
	}
	try("29991231T2330-1300", with(">20261121<", ">29991231T2330-1300<"))
	validBySchema(t, cases)
}

// TestBlankElements holds that elements without content, which the schema would
// refuse, are left out of what is written.
func TestBlankElements(t *testing.T) {
	var cases []*compared
	header := func(s string) []byte { return with("</BuyerParty>", "</BuyerParty>"+s) }
	for _, body := range [][]byte{
		header("<FillTermsCode/>"), header("<FillTermsCode> \n</FillTermsCode>"), header("<CurrencyCode></CurrencyCode>"), header("<CountryCode>\u00a0</CountryCode>"),
		header("<ShippingInstructionsCode><!-- none --></ShippingInstructionsCode>"), header("<InvoiceInstructionsCode>\u200b</InvoiceInstructionsCode>"),
		header("<DiscountPercentage/>"), header("<DateCoded/>"), header("<DateCoded><Date/><DateQualifierCode/></DateCoded>"), header("<ShipToParty/>"),
		header("<BillToParty><PartyID><PartyIDType/><Identifier/></PartyID></BillToParty>"), header("<PaymentTerms/>"), header("<PaymentTerms><NetDaysDue/></PaymentTerms>"),
		header("<Delivery/>"), header("<Delivery><DeliveryTimeCode/></Delivery>"), header("<Delivery><DeliveryNotes/></Delivery>"), header("<ShipFrom/>"), header("<AdditionalService/>"),
		with("</PartyID>", "</PartyID><PartyName/>"), with("</PartyID>", "</PartyID><PostalAddress><AddressLine>a</AddressLine><CountryCode/></PostalAddress>"),
		inLine("<FillTermsCode/>"), inLine("<BatchBonus/>"), inLine("<ReferenceCoded/>"), inLine("<DateCoded/>"), inLine("<PricingDetail/>"), inLine("<ReturnsConditions/>"),
		inLine("<ReturnsConditions><LastDateForReturns/><MaximumReturnsQuantity/></ReturnsConditions>"), inLine("<AdditionalService/>"),
		inLine("<PricingDetail><Price><MonetaryAmount>1</MonetaryAmount><CurrencyCode/><CountryCode/><PriceQualifierCode>SRPIncludingTax</PriceQualifierCode></Price><DiscountPercentage/></PricingDetail>"),
		with("<NumberOfLines>1</NumberOfLines>", "<NumberOfLines>1</NumberOfLines><UnitsOrdered/>"), with("<NumberOfLines>1</NumberOfLines>", "<NumberOfLines/>"),
		header(`<FillTermsCode xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>`),
		header(`<ShippingInstructionsCode/><InvoiceInstructionsCode/>`), with("<IssueDateTime>20261121</IssueDateTime>", "<IssueDateTime/>"),
	} {
		o, findings := mustDecode(t, body)
		if codesOf(findings)["blank"] == 0 {
			t.Errorf("nothing was found in\n%s", body)
		}
		o.Created = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC) // as every order that is stored
		out := mustEncode(t, &o)
		if _, _, err := orderDocument.read(out, schema); err != nil {
			t.Errorf("%s\nis written invalid: %v\n%s", body, err, out)
		}
		cases = append(cases, &compared{body: []byte(strings.Replace(string(out), `version="1.3"`, `version="1.2"`, 1))})
	}
	validBySchema(t, cases)
}

// TestControlCharacters holds that bytes of windows-1252 that were written as
// characters of Unicode are reported, and that no text is changed on a guess.
func TestControlCharacters(t *testing.T) {
	for in, want := range map[string]string{
		"10 &#150; 12": "U+0096", "199 \u0080": "write U+20AC", "a\u0085b": "U+0085", "&#x92;": "write U+2019", "\u00a0\u009f": "write U+0178",
	} {
		o, findings := mustDecode(t, with("Hei", in))
		if len(findings) != 1 || findings[0].Code != "invisible" || !strings.Contains(findings[0].Message, want) {
			t.Errorf("%+q: %s", in, listing(findings))
		}
		if again, _ := mustDecode(t, mustEncode(t, &o)); again.Header.Messages[0].Lines[0] != o.Header.Messages[0].Lines[0] || len(o.Header.Messages[0].Lines[0]) < 2 {
			t.Errorf("%+q was changed to %+q", in, o.Header.Messages)
		}
	}
	for _, in := range []string{"Blåbær ©\u00a0®", "\u00a0", "½ – €", "\u200bHei", "\u0081"} {
		if _, findings := mustDecode(t, with("Hei", in)); len(findings) > 0 {
			t.Errorf("%+q: %s", in, listing(findings))
		}
	}
	for in, want := range map[string]string{"978829901001\u0096": "U+0096", "978829901001\u0431": "U+0431", "978829901001\uff16": "U+FF16"} {
		if _, _, err := Decode(with("9788299010016", in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+q: %v", in, err)
		}
	}
}
