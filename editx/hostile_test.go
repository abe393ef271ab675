package editx

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// plainOrder is an order that is accepted; hostile documents are made from it.
const plainOrder = `<?xml version="1.0" encoding="UTF-8"?>
<Order version="1.3">
  <Header>
    <OrderNumber>HB-1</OrderNumber>
    <IssueDateTime>20261121</IssueDateTime>
    <PurposeCode>Original</PurposeCode>
    <BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>4711</Identifier></PartyID></BuyerParty>
    <Message><MessageType>01</MessageType><MessageLine>Hei</MessageLine></Message>
  </Header>
  <ItemDetail>
    <LineNumber>1</LineNumber>
    <ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID>
    <OrderQuantity>2</OrderQuantity>
  </ItemDetail>
  <Summary><NumberOfLines>1</NumberOfLines></Summary>
</Order>
`

func TestPlainOrder(t *testing.T) {
	if _, findings := mustDecode(t, []byte(plainOrder)); len(findings) > 0 {
		t.Error(listing(findings))
	}
}

// with is the plain order with one piece replaced.
func with(old, new string) []byte {
	if !strings.Contains(plainOrder, old) {
		panic("the plain order has no " + old)
	}
	return []byte(strings.Replace(plainOrder, old, new, 1))
}

const xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>`

// before puts something between the XML declaration and the root.
func before(s string) []byte { return with(xmlDeclaration, xmlDeclaration+s) }

// inLine puts something at the end of the line.
func inLine(s string) []byte { return with("</OrderQuantity>", "</OrderQuantity>"+s) }

// asNumber makes something the content of the OrderNumber.
func asNumber(s string) []byte { return with("HB-1", s) }

// onRoot puts something into the root's start tag.
func onRoot(s string) []byte { return with(`<Order version="1.3"`, `<Order version="1.3"`+s) }

type hostileDocument struct {
	name string
	body []byte
	code string
}

// hostile is every attack on an XML reader that we know of, aimed at this one.
var hostile = sync.OnceValue(func() []hostileDocument {
	all := [][]hostileDocument{directives(), floods(), encodings(), forms(), namespaces(), tricks(), truncations()}
	var docs []hostileDocument
	for _, some := range all {
		docs = append(docs, some...)
	}
	return slices.Clip(docs)
})

func directives() []hostileDocument {
	laughs := `<!DOCTYPE Order [<!ENTITY a "ha">`
	for c := 'b'; c < 'l'; c++ {
		laughs += fmt.Sprintf(`<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	return []hostileDocument{
		{"billion laughs", bytes.Replace(before(laughs+"]>"), []byte("HB-1"), []byte("&k;"), 1), "xml-hostile"},
		{"entities declared and not used", before(laughs + "]>"), "xml-hostile"},
		{"one huge entity, often used", bytes.Replace(before(`<!DOCTYPE Order [<!ENTITY a "`+strings.Repeat("A", 100_000)+`">]>`), []byte("HB-1"), []byte(strings.Repeat("&a;", 1000)), 1), "xml-hostile"},
		{"external entity", bytes.Replace(before(`<!DOCTYPE Order [<!ENTITY x SYSTEM "file:///etc/passwd">]>`), []byte("HB-1"), []byte("&x;"), 1), "xml-hostile"},
		{"external entity over HTTP", before(`<!DOCTYPE Order [<!ENTITY x PUBLIC "p" "http://127.0.0.1/">]>`), "xml-hostile"},
		{"parameter entity", before(`<!DOCTYPE Order [<!ENTITY % x SYSTEM "http://127.0.0.1/e.dtd"> %x;]>`), "xml-hostile"},
		{"plain DOCTYPE", before(`<!DOCTYPE Order>`), "xml-hostile"},
		{"DOCTYPE SYSTEM", before(`<!DOCTYPE Order SYSTEM "order.dtd">`), "xml-hostile"},
		{"DOCTYPE PUBLIC", before(`<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x">`), "xml-hostile"},
		{"doctype in lower case", before(`<!doctype Order>`), "xml-hostile"},
		{"DOCTYPE behind a comment", before(`<!-- x --><!DOCTYPE Order>`), "xml-hostile"},
		{"DOCTYPE inside the root", inLine(`<!DOCTYPE Order>`), "xml-hostile"},
		{"DOCTYPE behind the root", []byte(plainOrder + `<!DOCTYPE Order>`), "xml-hostile"},
		{"ENTITY alone", before(`<!ENTITY a "b">`), "xml-hostile"},
		{"ELEMENT alone", before(`<!ELEMENT Order ANY>`), "xml-hostile"},
		{"directive split by a comment", inLine(`<!x<!--a-->y-->`), "xml-hostile"},
		{"DOCTYPE that does not end", before(`<!DOCTYPE Order [`), "xml-malformed"},
		{"processing instruction that does not end", inLine(`<?x y>`), "xml-malformed"},
		{"processing instruction without a blank behind its name", before(`<?x"y"?>`), "xml-malformed"},
		{"processing instruction without a name", before(`<? x?>`), "xml-malformed"},
		{"the declaration in capitals", before(`<?XML version="1.0"?>`), "xml-malformed"},
		{"DOCTYPE behind a processing instruction", before(`<?x y?><!DOCTYPE Order>`), "xml-hostile"},
		{"second XML declaration", before(xmlDeclaration), "xml-malformed"},
		{"XML declaration inside", inLine(xmlDeclaration), "xml-malformed"},
		{"blank before the XML declaration", []byte(" " + plainOrder), "xml-malformed"},
		{"XML 1.1", with(`version="1.0"`, `version="1.1"`), "xml-malformed"},
		{"XML declaration without end", []byte(`<?xml version="1.0" <Order/>` + strings.Repeat(" ", 300)), "xml-malformed"},
		{"encoding declared twice", with(`encoding="UTF-8"`, `encoding="UTF-8" encoding="ISO-8859-1"`), "xml-malformed"},
	}
}

func floods() []hostileDocument {
	var attributes strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&attributes, ` a%d=""`, i)
	}
	line := "<ItemDetail><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788299010016</Identifier></ProductID><OrderQuantity>2</OrderQuantity></ItemDetail>"
	return []hostileDocument{
		{"nesting without end", inLine(strings.Repeat("<a>", 100_000)), "xml-limit"},
		{"nesting, closed", inLine(strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000)), "xml-limit"},
		{"nesting of a known element", with("<Header>", strings.Repeat("<Header>", 500)), "xml-limit"},
		{"many elements", inLine(strings.Repeat("<a/>", 500_000)), "xml-limit"},
		{"many attributes", onRoot(attributes.String()), "xml-limit"},
		{"many attributes on an unknown element", inLine("<a" + attributes.String() + "/>"), "xml-limit"},
		{"a long attribute", onRoot(` a="` + strings.Repeat("A", 1<<20) + `"`), "xml-limit"},
		{"an attribute of many MB", onRoot(` a="` + strings.Repeat("A", fulltest.Rounds(10, 100)<<20) + `"`), "xml-limit"},
		{"a long text", asNumber(strings.Repeat("9", 1<<20)), "xml-limit"},
		{"a long text in pieces", asNumber(strings.Repeat("9999<!---->", 100_000)), "xml-limit"},
		{"a long CDATA section", asNumber("<![CDATA[" + strings.Repeat("9", 1<<20) + "]]>"), "xml-limit"},
		{"a long element name", inLine("<" + strings.Repeat("a", 1000) + "/>"), "xml-limit"},
		{"a long attribute name", onRoot(" " + strings.Repeat("a", 1000) + `=""`), "xml-limit"},
		{"many lines", with("<ItemDetail>", strings.Repeat(line, maxLines)+"<ItemDetail>"), "editx-lines"},
		{"too many bytes", append([]byte(plainOrder), bytes.Repeat([]byte(" "), MaxBytes)...), "xml-limit"},
		{"a long processing instruction", inLine("<?x " + strings.Repeat("A", 1<<20) + "?>"), "xml-limit"},
		{"a processing instruction with a long name", before("<?" + strings.Repeat("x", 1000) + "?>"), "xml-limit"},
		{"many processing instructions", inLine(strings.Repeat("<?x?>", 500_000)), "xml-limit"},
		{"many faults", with("<OrderQuantity>2</OrderQuantity>", strings.Repeat("<OrderQuantity>2</OrderQuantity>", 10_000)), "editx-content"},
	}
}

func encodings() []hostileDocument {
	wide := func(order string) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune(strings.Replace(plainOrder, "UTF-8", "UTF-16", 1))) {
			if order == "big" {
				b = append(b, byte(u>>8), byte(u))
			} else {
				b = append(b, byte(u), byte(u>>8))
			}
		}
		return b
	}
	return []hostileDocument{
		{"UTF-16 cut in a character, big", append([]byte{0xfe, 0xff}, wide("big")[:99]...), "xml-encoding"},
		{"UTF-16 cut in a character, little", append([]byte{0xff, 0xfe}, wide("little")[:99]...), "xml-encoding"},
		{"UTF-16 with half a surrogate", append(wide("big"), 0xd8, 0x00, 0x00, ' '), "xml-encoding"},
		{"UTF-16 with the second half of a surrogate", append(wide("little"), 0x00, 0xdc), "xml-encoding"},
		{"UTF-16 cut between elements", append([]byte{0xff, 0xfe}, wide("little")[:400]...), "xml-malformed"},
		{"UTF-16 that grows beyond the limit", append([]byte{0xfe, 0xff}, bytes.Repeat([]byte{0x20, 0x20}, MaxBytes/2-2)...), "xml-limit"},
		{"NUL in UTF-16", append(wide("big"), 0, 0), "xml-character"},
		{"bytes of no kind under UTF-16", with(`"UTF-8"`, `"UTF-16"`+"\xff"), "xml-malformed"},
		{"UTF-32 without a mark", []byte{'<', 0, 0, 0, '?', 0, 0, 0}, "xml-encoding"},
		{"EBCDIC", []byte{0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x40}, "xml-encoding"},
		{"UTF-32", append([]byte{0, 0, 0xfe, 0xff}, 0, 0, 0, '<'), "xml-encoding"},
		{"UTF-7 declared", with(`"UTF-8"`, `"UTF-7"`), "xml-encoding"},
		{"EBCDIC declared", with(`"UTF-8"`, `"IBM037"`), "xml-encoding"},
		{"an encoding that is none", with(`"UTF-8"`, `"no such thing"`), "xml-encoding"},
		{"a byte that windows-1252 does not have", with(`"UTF-8"`, `"windows-1252"`+"\x81"), "xml-malformed"},
		{"a byte that ISO-8859-7 does not have", []byte(strings.NewReplacer(`"UTF-8"`, `"ISO-8859-7"`, "Hei", "\xff").Replace(plainOrder)), "xml-encoding"},
		{"UTF-8 declared over ISO-8859-1", asNumber("B\xf8rge"), "xml-encoding"},
		{"overlong UTF-8", asNumber("\xc0\xaf"), "xml-encoding"},
		{"a surrogate in UTF-8", asNumber("\xed\xa0\x80"), "xml-encoding"},
		{"half a character at the end", []byte(plainOrder + "\xc3"), "xml-encoding"},
		{"a UTF-8 mark over ISO-8859-1", append([]byte("\ufeff"), asNumber("B\xf8rge")...), "xml-encoding"},
		{"two UTF-8 marks", []byte("\ufeff\ufeff" + plainOrder), "xml-malformed"},
		{"NUL in a value", asNumber("HB\x00-1"), "xml-character"},
		{"NUL in a comment", before("<!-- \x00 -->"), "xml-character"},
		{"NUL behind the end", []byte(plainOrder + "\x00"), "xml-character"},
		{"escape character", asNumber("\x1b[31mHB"), "xml-character"},
		{"U+FFFE", asNumber("HB\ufffe"), "xml-character"},
		{"U+FFFF in a comment", before("<!-- \uffff -->"), "xml-character"},
		{"reference to NUL", asNumber("&#0;"), "xml-malformed"},
		{"reference to a control character", asNumber("&#x1F;"), "xml-malformed"},
		{"reference to a surrogate", asNumber("&#xD800;"), "xml-malformed"},
		{"decimal reference to a surrogate", asNumber("&#56320;"), "xml-malformed"},
		{"reference to a surrogate in an attribute", onRoot(` a="&#xDC00;"`), "xml-malformed"},
		{"reference beyond Unicode", asNumber("&#x110000;"), "xml-malformed"},
	}
}

func forms() []hostileDocument {
	return []hostileDocument{
		{"nothing", nil, "xml-malformed"},
		{"blanks", []byte(" \n\t "), "xml-malformed"},
		{"only the declaration", []byte(xmlDeclaration), "xml-malformed"},
		{"only a comment", []byte("<!-- x -->"), "xml-malformed"},
		{"JSON", []byte(`{"orderNumber":"HB-1"}`), "xml-malformed"},
		{"text", []byte("Hei, kan vi bestille to bøker?"), "xml-malformed"},
		{"second root", []byte(plainOrder + "<Order/>"), "xml-malformed"},
		{"text behind the root", []byte(plainOrder + "x"), "xml-malformed"},
		{"text before the root", before("x"), "xml-malformed"},
		{"a reference to a blank behind the root", []byte(plainOrder + "&#32;"), "xml-malformed"},
		{"a no-break space behind the root", []byte(plainOrder + "\u00a0"), "xml-malformed"},
		{"a line separator before the root", before("\u2028"), "xml-malformed"},
		{"a mark behind the root", []byte(plainOrder + "\ufeff"), "xml-malformed"},
		{"CDATA of blanks behind the root", []byte(plainOrder + "<![CDATA[ ]]>"), "xml-malformed"},
		{"CDATA behind the root", []byte(plainOrder + "<![CDATA[x]]>"), "xml-malformed"},
		{"end tag of another", with("</OrderQuantity>", "</Quantity>"), "xml-malformed"},
		{"end tags crossed", with("</BuyerParty>", "</Header></BuyerParty>"), "xml-malformed"},
		{"end tag in another case", with("</OrderQuantity>", "</orderquantity>"), "xml-malformed"},
		{"end tag too many", []byte(plainOrder + "</Order>"), "xml-malformed"},
		{"attribute twice", onRoot(` version="1.2"`), "xml-malformed"},
		{"attribute twice on an unknown element", inLine(`<X a="1" a="2"/>`), "xml-malformed"},
		{"attribute without quotes", onRoot(` a=b`), "xml-malformed"},
		{"attribute without value", onRoot(` a`), "xml-malformed"},
		{"< in an attribute", onRoot(` a="<"`), "xml-malformed"},
		{"< in a value", asNumber("1 < 2"), "xml-malformed"},
		{"& in a value", asNumber("Ola & Kari"), "xml-malformed"},
		{"entity of HTML", asNumber("&oslash;"), "xml-malformed"},
		{"]]> in a value", asNumber("]]>"), "xml-malformed"},
		{"-- in a comment", before("<!-- a -- b -->"), "xml-malformed"},
		{"comment not closed", before("<!-- a"), "xml-malformed"},
		{"CDATA not closed", asNumber("<![CDATA[ x"), "xml-malformed"},
		{"CDATA misspelt", asNumber("<![cdata[x]]>"), "xml-malformed"},
		{"name that begins with a digit", inLine("<1a/>"), "xml-malformed"},
		{"name with two colons", inLine(`<a:b:c xmlns:a="x"/>`), "xml-malformed"},
		{"name with a colon first", inLine("<:x/>"), "xml-malformed"},
		{"attribute with a colon last", onRoot(` x:=""`), "xml-malformed"},
	}
}

func namespaces() []hostileDocument {
	return []hostileDocument{
		{"undeclared prefix", inLine("<x:y/>"), "xml-namespace"},
		{"undeclared prefix of an attribute", onRoot(` x:y=""`), "xml-namespace"},
		{"prefix that was declared elsewhere", inLine(`<a xmlns:x="u"/><x:y/>`), "xml-namespace"},
		{"prefix undeclared again", inLine(`<a xmlns:x="u"><b xmlns:x=""/></a>`), "xml-namespace"},
		{"the prefix xml declared", onRoot(` xmlns:xml="u"`), "xml-namespace"},
		{"the prefix xmlns declared", onRoot(` xmlns:xmlns="u"`), "xml-namespace"},
		{"one attribute under two prefixes", inLine(`<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>`), "xml-malformed"},
		{"namespace declared twice", onRoot(` xmlns:x="u" xmlns:x="v"`), "xml-malformed"},
		{"root in a namespace", onRoot(` xmlns="urn:editx"`), "editx-namespace"},
		{"root of UBL", onRoot(` xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"`), "editx-namespace"},
		{"root with a prefix", []byte(`<e:Order xmlns:e="u" version="1.3"/>`), "editx-namespace"},
		{"header in a namespace", with("<Header>", `<Header xmlns="u">`), "editx-content"},
	}
}

func tricks() []hostileDocument {
	return []hostileDocument{
		{"element inside a number", with("9788299010016", "9788299010016<x/>999"), "editx-content"},
		{"known element inside a value", asNumber("HB<OrderNumber>2</OrderNumber>"), "editx-content"},
		{"foreign element inside a code", asNumber(`HB<x:y xmlns:x="u"/>-1`), "editx-content"},
		{"foreign element beside text", with("Hei", `Hei<x:y xmlns:x="u"/>`), "editx-content"},
		{"element without a namespace inside a message", with("Hei", "<record/>"), "editx-content"},
		{"text between elements", inLine("Hei"), "editx-content"},
		{"two order numbers", asNumber("HB-1</OrderNumber><OrderNumber>HB-2"), "editx-content"},
		{"two headers", with("</Header>", "</Header><Header><OrderNumber>HB-2</OrderNumber></Header>"), "editx-content"},
		{"a number and an empty one", asNumber("HB-1</OrderNumber><OrderNumber>"), "editx-content"},
		{"two quantities, old and new", inLine("<Quantity>500</Quantity>"), "editx-content"},
		{"an order within the order", inLine("</ItemDetail><ItemDetail><Order/>"), "editx-content"},
		{"empty order", []byte("<Order/>"), "editx-content"},
		{"another root", []byte("<Invoice/>"), "editx-root"},
		{"root in lower case", []byte("<order/>"), "editx-root"},
		{"root of SOAP", []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>`), "editx-namespace"},
		{"envelope", []byte(`<EDItXMessage version="1.0"/>`), "editx-envelope"},
	}
}

// truncations cuts the plain order at many places.
func truncations() []hostileDocument {
	var docs []hostileDocument
	end := strings.LastIndex(plainOrder, ">")
	for at := 0; at < end; at += 37 {
		docs = append(docs, hostileDocument{fmt.Sprintf("cut at byte %d", at), []byte(plainOrder[:at]), "xml-malformed"})
	}
	return docs
}

func TestHostile(t *testing.T) {
	docs := hostile()
	if len(docs) < 100 {
		t.Errorf("there are %d hostile documents only", len(docs))
	}
	for _, d := range docs {
		t.Run(d.name, func(t *testing.T) {
			o, _, err := Decode(d.body)
			var e *order.Error
			if !errors.As(err, &e) {
				t.Fatalf("it was accepted, or refused by %v", err)
			}
			if e.Code != d.code {
				t.Errorf("refused with %s, want %s\n%v\n%s", e.Code, d.code, e, fieldsOf(err))
			}
			if o.Number != "" || o.Lines != nil {
				t.Error("a refused document still returns an order")
			}
			ourWords(t, e)
		})
	}
}

// ourWords holds that a refusal is a sentence of ours, of bounded length.
func ourWords(t *testing.T, e *order.Error) {
	t.Helper()
	for _, word := range []string{"XML syntax error", "xml:", "EOF", "strconv", "parsing time", "%!", "invalid character"} {
		if strings.Contains(e.Error(), word) {
			t.Errorf("%q is in: %v", word, e)
		}
	}
	if !strings.HasSuffix(e.Detail, ".") || e.Hint == "" && e.Code == "xml-hostile" || len(e.Detail) > 700 || len(e.Fields) > maxFaults {
		t.Errorf("not a short sentence with a remedy: %q %q (%d fields)", e.Detail, e.Hint, len(e.Fields))
	}
}
