package editx

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/order"
)

// TestRefusals makes one fault each in an order that is accepted, and holds
// what is said of it and where.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		code, path     string
		line           int
		message        string
	}{
		{"no order number", "<OrderNumber>HB-1</OrderNumber>", "", "missing", "/Order/Header/OrderNumber", 3, "`<Header>` has no `<OrderNumber>`"},
		{"empty order number", "HB-1", " ", "missing", "/Order/Header/OrderNumber", 4, "`<OrderNumber>` is empty"},
		{"long order number", "HB-1", strings.Repeat("ø", 71), "order-number", "/Order/Header/OrderNumber", 4, "has 71 characters; at most 70"},
		{"order number over two lines", "HB-1", "HB\n1", "order-number", "/Order/Header/OrderNumber", 4, "control character U+000A"},
		{"unknown purpose", ">Original<", ">Cancel<", "purpose", "/Order/Header/PurposeCode", 6, "write Original, Duplicate or Test"},
		{"no date", "20261121", "i dag", "date", "/Order/Header/IssueDateTime", 5, "write YYYYMMDD or YYYYMMDDThhmm"},
		{"no buyer number", "<Identifier>4711</Identifier>", "", "buyer", "/Order/Header/BuyerParty", 7, "The BuyerParty has no number"},
		{"empty buyer", "<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier></PartyID>", "", "buyer", "/Order/Header/BuyerParty", 7, "such as NBSN 1098"},
		{"no quantity", "<OrderQuantity>2</OrderQuantity>", "", "missing", "/Order/ItemDetail[1]/OrderQuantity", 10, "`<ItemDetail>` has no `<OrderQuantity>`"},
		{"half a copy", ">2<", ">1.5<", "quantity", "/Order/ItemDetail[1]/OrderQuantity", 13, `"1.5" is not a quantity`},
		{"no copy", ">2<", ">0<", "quantity", "/Order/ItemDetail[1]/OrderQuantity", 13, "asks for 1 copy or more"},
		{"negative", ">2<", ">-2<", "quantity", "/Order/ItemDetail[1]/OrderQuantity", 13, "send a reduction"},
		{"EAN as quantity", ">2<", ">1000001<", "quantity", "/Order/ItemDetail[1]/OrderQuantity", 13, "at most 1000000 copies"},
		{"no product", "<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID>", "", "product", "/Order/ItemDetail[1]", 10, "The line has no product"},
		{"empty product", "9788299010016", "", "product", "/Order/ItemDetail[1]", 10, "The line has no product"},
		{"wrong check digit", "9788299010016", "9788299010017", "ean-check", "/Order/ItemDetail[1]/ProductID[1]/Identifier", 12, "9788299010017 is not a valid EAN: the last digit should be 6."},
		{"unreadable price", "</OrderQuantity>", "</OrderQuantity><PricingDetail><Price><MonetaryAmount>kr 5</MonetaryAmount><PriceQualifierCode>SRPIncludingTax</PriceQualifierCode></Price></PricingDetail>", "decimal", "/Order/ItemDetail[1]/PricingDetail[1]/Price/MonetaryAmount", 13, "write digits and one full stop"},
		{"price without amount", "</OrderQuantity>", "</OrderQuantity><PricingDetail><Price><PriceQualifierCode>SRPIncludingTax</PriceQualifierCode></Price></PricingDetail>", "missing", "/Order/ItemDetail[1]/PricingDetail[1]/Price/MonetaryAmount", 13, "has no `<MonetaryAmount>`"},
		{"discounts without price", "</OrderQuantity>", "</OrderQuantity><PricingDetail><DiscountPercentage>3</DiscountPercentage></PricingDetail>", "missing", "/Order/ItemDetail[1]/PricingDetail[1]/Price", 13, "has no `<Price>`"},
		{"two payment terms", "</BuyerParty>", "</BuyerParty><PaymentTerms><NetDaysDue>3</NetDaysDue></PaymentTerms><PaymentTermsCoded><PaymentTermsCode>A</PaymentTermsCode></PaymentTermsCoded>", "choice", "/Order/Header/PaymentTermsCoded", 7, "`<PaymentTermsCoded>` stands beside `<PaymentTerms>`"},
		{"two days due", "</BuyerParty>", "</BuyerParty><PaymentTerms><NetDaysDue>3</NetDaysDue><ExtendedDays>4</ExtendedDays></PaymentTerms>", "choice", "/Order/Header/PaymentTerms/ExtendedDays", 7, "stands beside `<NetDaysDue>`"},
		{"old and new discount", "</BuyerParty>", "</BuyerParty><DiscountPercentage>3</DiscountPercentage><Allowance><Percent>4</Percent></Allowance>", "choice", "/Order/Header/DiscountPercentage", 7, "`<Allowance>` stands beside `<DiscountPercentage>`"},
		{"not a whole number", "</BuyerParty>", "</BuyerParty><PaymentTerms><NetDaysDue>tretti</NetDaysDue></PaymentTerms>", "integer", "/Order/Header/PaymentTerms/NetDaysDue", 7, `"tretti" is not a whole number`},
		{"repeated", "HB-1", "HB-1</OrderNumber><OrderNumber>HB-2", "repeated", "/Order/Header/OrderNumber", 4, "the first is at line 4"},
		{"element in a number", "9788299010016", "978<b/>8299010016", "nested", "/Order/ItemDetail[1]/ProductID[1]/Identifier", 12, "`<b>` stands inside `<Identifier>`"},
		{"text between elements", "</OrderQuantity>", "</OrderQuantity>Haster!", "text", "/Order/ItemDetail[1]", 13, "put it into a Message"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Decode(with(c.old, c.new))
			f := onlyField(t, err)
			if f.Code != c.code || f.Path != c.path || f.Line != c.line || !strings.Contains(f.Message, c.message) {
				t.Errorf("got %+v\nwant %s at %s in line %d: …%s…", f, c.code, c.path, c.line, c.message)
			}
		})
	}
}

// onlyField returns the one fault of a refusal of content.
func onlyField(t *testing.T, err error) order.Field {
	t.Helper()
	var e *order.Error
	if !errors.As(err, &e) || e.Code != "editx-content" || e.Kind != order.Invalid {
		t.Fatalf("got %v, want the refusal editx-content", err)
	}
	if len(e.Fields) != 1 {
		t.Fatalf("%d faults, want one:\n%s", len(e.Fields), fieldsOf(err))
	}
	return e.Fields[0]
}

func TestAllFaultsAtOnce(t *testing.T) {
	body := strings.NewReplacer("HB-1", "", "9788299010016", "9788299010017", ">2<", ">1.5<", ">Original<", ">Kanskje<").Replace(plainOrder)
	_, _, err := Decode([]byte(body))
	var e *order.Error
	if !errors.As(err, &e) || len(e.Fields) != 4 {
		t.Fatalf("want four faults, got %v\n%s", err, fieldsOf(err))
	}
	if !strings.HasPrefix(e.Detail, "The order has 4 faults; the first: Line 4, column 5: `<OrderNumber>` is empty") {
		t.Errorf("Detail: %s", e.Detail)
	}
}

func TestNoLines(t *testing.T) {
	start, end := strings.Index(plainOrder, "  <ItemDetail>"), strings.Index(plainOrder, "  <Summary>")
	_, _, err := Decode([]byte(plainOrder[:start] + plainOrder[end:]))
	if f := onlyField(t, err); f.Path != "/Order/ItemDetail" || f.Code != "missing" {
		t.Errorf("got %+v", f)
	}
}

func TestNoHeader(t *testing.T) {
	start, end := strings.Index(plainOrder, "  <Header>"), strings.Index(plainOrder, "  <ItemDetail>")
	_, _, err := Decode([]byte(plainOrder[:start] + plainOrder[end:]))
	if f := onlyField(t, err); f.Path != "/Order/Header" {
		t.Errorf("got %+v", f)
	}
}

// TestWords holds the wording of refusals that people will read often.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		body         []byte
		detail, hint string
	}{
		{with("</OrderQuantity>", "</Order>"), "Line 13, column 21: `<OrderQuantity>` opened at line 13 is closed by `</Order>`.", "Close every element with its own name, the innermost first."},
		{[]byte("<Invoice/>"), "Line 1, column 1: The root element is `<Invoice>`, another document of EDItX; a Trade `<Order version=\"1.3\">` is expected.", "Only orders are sent here; answers are given line by line."},
		{[]byte("<Bestilling/>"), "Line 1, column 1: The root element is `<Bestilling>`; an EDItX `<Order version=\"1.3\">` is expected.", "Send an EDItX Trade Order."},
		{[]byte("\n " + plainOrder), "Line 2, column 2: The XML declaration `<?xml …?>` stands at line 2; it may only be the very beginning.", "Remove what stands before it, blank lines too."},
		{asNumber("B\xf8rge"), "Line 4, column 19: byte 0xF8 (offset 90) is not UTF-8; in ISO-8859-1 it would be 'ø'.", "If the document is ISO-8859-1, begin it with <?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>; better, send UTF-8."},
		{asNumber("&oslash;"), "Line 4, column 26: `&oslash;` is not a character reference that XML knows.", "Write `&amp;` for an ampersand; only &amp; &lt; &gt; &quot; &apos; and &#…; may be used."},
		{[]byte(plainOrder[:200]), "Line 7, column 9: The document ends in the middle: `<Header>` opened at line 3 is not closed.", "It was cut off on its way. Compare its length with the original and send all of it."},
		{inLine("<x:y/>"), "Line 13, column 37: The prefix \"x\" is not declared.", "Declare it with xmlns:x=\"…\", or write the name without a prefix, as EDItX does."},
	} {
		_, _, err := Decode(c.body)
		var e *order.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		if e.Detail != c.detail || e.Hint != c.hint {
			t.Errorf("got  %s | %s\nwant %s | %s", e.Detail, e.Hint, c.detail, c.hint)
		}
	}
}

// TestWarnings makes one tolerable departure each, and holds what is said.
func TestWarnings(t *testing.T) {
	for _, c := range []struct{ name, old, new, code, path, message string }{
		{"no version", ` version="1.3"`, "", "version", "/Order", "does not say its version"},
		{"version with a nought", `version="1.3"`, `version="1.30"`, "version", "/Order", `Version "1.30" is not known`},
		{"version with a blank", `version="1.3"`, `version="1.3 "`, "version", "/Order", `Version "1.3 " is not known`},
		{"purpose in lower case", ">Original<", ">original<", "purpose", "/Order/Header/PurposeCode", "was read as Original"},
		{"attribute", "<Header>", `<Header id="1">`, "attribute", "/Order/Header", "The attribute id is not part of EDItX"},
		{"no purpose", "<PurposeCode>Original</PurposeCode>", "", "purpose", "/Order/Header/PurposeCode", "taken as Original"},
		{"no date", "<IssueDateTime>20261121</IssueDateTime>", "", "missing", "/Order/Header/IssueDateTime", "which EDItX asks for"},
		{"buyer without scheme", "<PartyIDType>NBSN</PartyIDType>", "", "missing", "/Order/Header/BuyerParty/PartyID/PartyIDType", "has no `<PartyIDType>`"},
		{"additional number without scheme", "</BuyerParty>", "<AdditionalPartyID><Identifier>102</Identifier></AdditionalPartyID></BuyerParty>", "missing", "/Order/Header/BuyerParty/AdditionalPartyID[1]/PartyIDType", "has no `<PartyIDType>`"},
		{"unknown scheme", "NBSN", "NSR", "code", "/Order/Header/BuyerParty/PartyID/PartyIDType", `"NSR" is not a PartyIDType that is known here`},
		{"wrong GLN", "NBSN</PartyIDType><Identifier>4711", "GLN</PartyIDType><Identifier>7080010001558", "party-check", "/Order/Header/BuyerParty/PartyID/Identifier", "the last digit should be 9"},
		{"quantity with noughts", ">2<", ">2.000<", "quantity-form", "/Order/ItemDetail[1]/OrderQuantity", "was read as 2"},
		{"date with hyphens", "20261121", "2026-11-21", "date-form", "/Order/Header/IssueDateTime", "was read as 20261121"},
		{"wrong count", "<NumberOfLines>1<", "<NumberOfLines>7<", "summary", "/Order/Summary/NumberOfLines", "says 7, and the lines add up to 1"},
		{"count in words", "<NumberOfLines>1<", "<NumberOfLines>en<", "summary", "/Order/Summary/NumberOfLines", "taken as not given"},
		{"no summary", "<Summary><NumberOfLines>1</NumberOfLines></Summary>", "", "missing", "/Order/Summary", "has no `<Summary>`"},
		{"two products", "<OrderQuantity>", "<ProductID><ProductIDType>ISBN</ProductIDType><Identifier>978-82-990100-2-3</Identifier></ProductID><OrderQuantity>", "product-conflict", "/Order/ItemDetail[1]", "9788299010016 and 9788299010023"},
		{"no line number", "<LineNumber>1</LineNumber>", "", "line-number", "/Order/ItemDetail", "Line 1 has no LineNumber"},
		{"empty element", "</BuyerParty>", "</BuyerParty><CurrencyCode/>", "blank", "/Order/Header/CurrencyCode", "taken as not given, and left out"},
		{"unknown element", "</BuyerParty>", "</BuyerParty><Kampanje/>", "unknown", "/Order/Header/Kampanje", "stored unchanged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, findings := mustDecode(t, with(c.old, c.new))
			for _, f := range findings {
				if f.Code == c.code && f.Path == c.path && strings.Contains(f.Message, c.message) && f.Severity == Warning && f.Line > 0 && f.Column > 0 {
					return
				}
			}
			t.Errorf("no warning %s at %s: …%s…\n%s", c.code, c.path, c.message, listing(findings))
		})
	}
}

func TestOutOfOrder(t *testing.T) {
	body := with("<PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier>", "<Identifier>4711</Identifier><PartyIDType>NBSN</PartyIDType>")
	o, findings := mustDecode(t, body)
	if len(findings) != 1 || findings[0].Code != "element-order" || findings[0].Line != 7 {
		t.Errorf("want one warning of the order in line 7:\n%s", listing(findings))
	}
	if want := (order.Identifier{Type: "NBSN", Value: "4711"}); o.Header.Buyer.ID != want {
		t.Errorf("the buyer is %v", o.Header.Buyer.ID)
	}
}

func TestLineNumbers(t *testing.T) {
	for _, c := range []struct {
		name    string
		numbers []string // "" for none
		want    []int
		stored  []string
	}{
		{"in order", []string{"1", "2", "3"}, []int{1, 2, 3}, []string{"", "", ""}},
		{"with gaps and backwards", []string{"30", "020", "10"}, []int{30, 20, 10}, []string{"", "", ""}},
		{"twice the same", []string{"1", "1", "2"}, []int{1, 2, 3}, []string{"", "1", "2"}},
		{"one is missing", []string{"5", "", "7"}, []int{1, 2, 3}, []string{"5", "", "7"}},
		{"nought", []string{"0", "1", "2"}, []int{1, 2, 3}, []string{"0", "1", "2"}},
		{"not numbers", []string{"A1", "2", "B"}, []int{1, 2, 3}, []string{"A1", "", "B"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, findings := mustDecode(t, numberedLines(c.numbers))
			for i, l := range o.Lines {
				if l.Number != c.want[i] || l.Detail.WrittenNumber != c.stored[i] {
					t.Errorf("line %d is %d with %q stored, want %d with %q", i, l.Number, l.Detail.WrittenNumber, c.want[i], c.stored[i])
				}
			}
			renumbered := strings.Join(c.stored, "") != ""
			if (codesOf(findings)["line-number"] == 1) != renumbered {
				t.Errorf("renumbered %v, and found:\n%s", renumbered, listing(findings))
			}
		})
	}
}

func numberedLines(numbers []string) []byte {
	start, end := strings.Index(plainOrder, "  <ItemDetail>"), strings.Index(plainOrder, "  <Summary>")
	line := plainOrder[start:end]
	var b strings.Builder
	b.WriteString(plainOrder[:start])
	for _, n := range numbers {
		element := "<LineNumber>" + n + "</LineNumber>"
		if n == "" {
			element = ""
		}
		b.WriteString(strings.Replace(line, "<LineNumber>1</LineNumber>", element, 1))
	}
	fmt.Fprintf(&b, "<Summary><NumberOfLines>%d</NumberOfLines></Summary></Order>", len(numbers))
	return []byte(b.String())
}

// TestEncodings reads the same order in every encoding that is taken.
func TestEncodings(t *testing.T) {
	const name = "Bokhandelen på Ærøya – «ÆØÅ»"
	asked := strings.Replace(plainOrder, "Hei", name, 1)
	utf8 := []byte(asked)
	latin1, err := charmap.ISO8859_1.NewEncoder().Bytes([]byte(strings.NewReplacer("UTF-8", "ISO-8859-1", "–", "-").Replace(asked)))
	if err != nil {
		t.Fatal(err)
	}
	windows, err := charmap.Windows1252.NewEncoder().Bytes([]byte(strings.Replace(asked, "UTF-8", "windows-1252", 1)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		body     []byte
		want     string
		findings int
	}{
		{"UTF-8", utf8, name, 0},
		{"UTF-8 with a mark", append([]byte("\ufeff"), utf8...), name, 0},
		{"UTF-8 without a declaration", []byte(strings.TrimPrefix(asked, xmlDeclaration)), name, 0},
		{"utf8 in single quotes", []byte(strings.Replace(asked, `"UTF-8"`, `'utf8'`, 1)), name, 0},
		{"US-ASCII", []byte(strings.Replace(plainOrder, "UTF-8", "US-ASCII", 1)), "Hei", 0},
		{"ISO-8859-1", latin1, strings.Replace(name, "–", "-", 1), 0},
		{"Windows-1252", windows, name, 0},
		{"UTF-8 declared as ISO-8859-1", []byte(strings.Replace(asked, "UTF-8", "ISO-8859-1", 1)), name, 1},
		{"ASCII declared as ISO-8859-1", []byte(strings.Replace(plainOrder, "UTF-8", "ISO-8859-1", 1)), "Hei", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, findings := mustDecode(t, c.body)
			if got := o.Header.Messages[0].Lines[0]; got != c.want {
				t.Errorf("read %q, want %q", got, c.want)
			}
			if codesOf(findings)["xml-encoding"] != c.findings || len(findings) != c.findings {
				t.Errorf("found %s", listing(findings))
			}
			if out := string(mustEncode(t, &o)); !strings.HasPrefix(out, xmlDeclaration) || !strings.Contains(out, c.want) {
				t.Errorf("written as\n%s", out)
			}
		})
	}
}

// TestColumns holds that columns are those of the document as it was sent.
func TestColumns(t *testing.T) {
	body := bytesOf(charmap.ISO8859_1, strings.NewReplacer("UTF-8", "ISO-8859-1", "    <PurposeCode>", "    <!-- åå --><PurposeCode>", "Original", "Nei").Replace(plainOrder))
	_, _, err := Decode(body)
	if f := onlyField(t, err); f.Line != 6 || f.Column != 16 {
		t.Errorf("line %d, column %d, want 6 and 16", f.Line, f.Column)
	}
}

func bytesOf(to *charmap.Charmap, s string) []byte {
	b, err := to.NewEncoder().Bytes([]byte(s))
	if err != nil {
		panic(err)
	}
	return b
}

// TestTexts holds what is trimmed and what is not.
func TestTexts(t *testing.T) {
	o, _ := mustDecode(t, []byte(strings.NewReplacer("HB-1", " HB&#45;<![CDATA[<1>]]><!-- x --> ", "Hei", " to  blanke &amp;\tlinje \n", "9788299010016", "\u00a0978-82-990100-1-6 ").Replace(plainOrder)))
	if o.Number != "HB-<1>" {
		t.Errorf("the number is %q", o.Number)
	}
	if got := o.Header.Messages[0].Lines[0]; got != " to  blanke &\tlinje \n" {
		t.Errorf("the message is %q", got)
	}
	if got := o.Lines[0].Products[0].Value; got != "978-82-990100-1-6" {
		t.Errorf("the product is %q", got)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	_, findings := mustDecode(t, inLine(strings.Repeat("<X/>", maxFindings+50)))
	if len(findings) != maxFindings+1 {
		t.Fatalf("%d findings, want %d", len(findings), maxFindings+1)
	}
	if last := findings[maxFindings]; last.Code != "editx-more" || !strings.HasPrefix(last.Message, "50 further") {
		t.Errorf("the last is %+v", last)
	}
}
