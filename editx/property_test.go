package editx

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestAnyOrder makes documents from the grammar itself: elements left out, out
// of order, empty, unknown, in between. Whatever is read must be written so
// that it is read again as the same, and nothing may be lost.
func TestAnyOrder(t *testing.T) {
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		g := generator{t: t}
		g.composite(&orderDocument.root, "Order", ` version="1.3"`)
		body := []byte(g.out.String())
		o, findings, err := Decode(body)
		if err != nil {
			t.Fatalf("refused: %v\n%s\n%s", err, fieldsOf(err), body)
		}
		accepted++
		var out, twice bytes.Buffer
		if err := Encode(&out, &o); err != nil {
			t.Fatalf("cannot be written: %v\n%s", err, body)
		}
		again, _, err := Decode(out.Bytes())
		if err != nil {
			t.Fatalf("cannot be read again: %v\n%s\n%s\n%s", err, fieldsOf(err), body, out.Bytes())
		}
		if diff := cmp.Diff(settled(o), settled(again)); diff != "" {
			t.Fatalf("(-first +again):\n%s\nread:\n%s\nwritten:\n%s", diff, body, out.Bytes())
		}
		if err := Encode(&twice, &again); err != nil || !bytes.Equal(out.Bytes(), twice.Bytes()) {
			t.Fatalf("written twice it differs: %v\n%s", err, cmp.Diff(out.String(), twice.String()))
		}
		if was, is := strangers(body), strangers(out.Bytes()); was != is {
			t.Fatalf("%d unknown tags were read and %d written (%d findings)\n%s\n%s", was, is, len(findings), body, out.Bytes())
		}
	})
	if accepted == 0 {
		t.Error("nothing was tried")
	}
}

// strangers counts the unknown elements that generator puts in.
func strangers(body []byte) int {
	return len(regexp.MustCompile(`<([mp]:)?X[ >]`).FindAll(body, -1))
}

// generator writes random orders that can be accepted.
type generator struct {
	t   *rapid.T
	out strings.Builder
}

// chance is one in n.
func (g *generator) chance(n int) bool { return rapid.IntRange(1, n).Draw(g.t, "chance") == n }

func (g *generator) composite(f *field, name, attributes string) {
	g.out.WriteString("<" + name + attributes + ">")
	for _, i := range g.rows(f) {
		g.stranger()
		k := &f.children[i]
		for range g.times(k) {
			g.element(k)
			g.stranger()
		}
	}
	g.out.WriteString("</" + name + ">")
}

// rows chooses which rows of a composite are there, at times out of order.
func (g *generator) rows(f *field) []int {
	var rows []int
	taken := map[int]bool{}
	for i := range f.children {
		k := &f.children[i]
		if k.choice > 0 && taken[k.choice] {
			continue
		}
		if g.vital(f, k) || g.chance(3) {
			rows, taken[k.choice] = append(rows, i), true
		}
	}
	if g.chance(4) {
		return rapid.Permutation(rows).Draw(g.t, "order")
	}
	return rows
}

// vital elements are those without which the order would be refused.
func (g *generator) vital(f, k *field) bool {
	return k.use == needed || f.name == "BuyerParty" && k.name == "PartyID" ||
		f.name == "PartyID" && k.name == "Identifier" || f.name == "ItemDetail" && k.name == "ProductID" || f.name == "ProductID" && k.name == "Identifier"
}

func (g *generator) times(k *field) int {
	if k.many {
		return rapid.IntRange(1, 3).Draw(g.t, "times")
	}
	return 1
}

func (g *generator) element(k *field) {
	switch {
	case k.children != nil && k.use == optional && !strings.HasSuffix(k.name, "ID") && g.chance(6):
		g.out.WriteString("<" + k.name + "><!-- --></" + k.name + ">")
	case k.children != nil:
		g.composite(k, k.name, "")
	case k.use != needed && k.name != "Identifier" && g.chance(8):
		g.out.WriteString("<" + k.name + ">\r\n </" + k.name + ">")
	case k.anyContent && g.chance(4):
		g.out.WriteString("<" + k.name + "><m:X xmlns:m='urn:m'>1</m:X></" + k.name + ">")
	default:
		g.out.WriteString("<" + k.name + ">" + g.text(k.name) + "</" + k.name + ">")
	}
}

// text returns a value of the kind that an element has.
func (g *generator) text(name string) string {
	n := rapid.IntRange(1, 9).Draw(g.t, "n")
	switch {
	case name == "OrderNumber":
		return "HB-1"
	case name == "PurposeCode":
		return "Test"
	case strings.HasSuffix(name, "Date") || strings.HasPrefix(name, "LastDate") || name == "IssueDateTime":
		return rapid.SampledFrom([]string{"20261121", "20261121T0930Z", "2026-11-21T09:30", "21.11.2026"}).Draw(g.t, "date")
	case strings.Contains(name, "Percent") || strings.Contains(name, "Amount"):
		return rapid.SampledFrom([]string{"0", "12.50", "12,5", "1 234,00", "-3"}).Draw(g.t, "decimal")
	case name == "LineNumber":
		return rapid.SampledFrom([]string{"1", "2", "3", "03", "x"}).Draw(g.t, "line")
	case strings.HasSuffix(name, "Quantity") || strings.HasPrefix(name, "Number") || strings.HasSuffix(name, "Days") || name == "UnitsOrdered" || name == "NetDaysDue":
		return strconv.Itoa(n) + rapid.SampledFrom([]string{"", ".000"}).Draw(g.t, "zeros")
	}
	return rapid.SampledFrom([]string{"a", " b &amp; c ", "<![CDATA[<d>]]>", "e&#13;&#10;f", "ø–", "g\r\nh", "Z&#9;"}).Draw(g.t, "text")
}

// stranger at times puts an unknown element in.
func (g *generator) stranger() {
	if g.chance(8) {
		g.out.WriteString(rapid.SampledFrom([]string{
			"<X>1</X>", "<X a='&quot;&#10;'> <Order/>\r\n</X>", "<X xmlns='urn:x'><Header>&lt;</Header></X>", "<p:X xmlns:p='urn:p' p:q=''><![CDATA[]]></p:X>",
		}).Draw(g.t, "stranger"))
	}
}
