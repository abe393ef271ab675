package editx

import (
	"math/rand/v2"

	"github.com/beevik/etree"
)

// mutator spoils documents, each time in the same way for the same seed.
type mutator struct {
	*rand.Rand
	doc *etree.Document
}

// mutated returns base with one to three faults, mostly, and what was done.
func mutated(base []byte, seed uint64) ([]byte, []string) {
	m := mutator{rand.New(rand.NewPCG(seed, 2008)), etree.NewDocument()}
	if err := m.doc.ReadFromBytes(base); err != nil {
		panic(err)
	}
	var done []string
	for range 1 + m.IntN(5)/2 {
		i := m.IntN(len(mutations))
		mutations[i].spoil(m)
		done = append(done, mutations[i].name)
	}
	out, err := m.doc.WriteToBytes()
	if err != nil {
		panic(err)
	}
	return out, done
}

var mutations = []struct {
	name  string
	spoil func(m mutator)
}{
	{"drop", func(m mutator) { e := m.element(); e.Parent().RemoveChild(e) }},
	{"drop", func(m mutator) { e := m.leaf(); e.Parent().RemoveChild(e) }},
	{"duplicate", func(m mutator) { e := m.element(); e.Parent().InsertChildAt(e.Index(), e.Copy()) }},
	{"reorder", func(m mutator) {
		e := m.element()
		p := e.Parent()
		p.RemoveChild(e)
		p.InsertChildAt(m.IntN(len(p.Child)+1), e)
	}},
	{"move", func(m mutator) { e := m.leaf(); to := m.parent(); e.Parent().RemoveChild(e); to.AddChild(e) }},
	{"rename", func(m mutator) { m.element().Tag = m.pick(names) }},
	{"rename to a sibling's name", func(m mutator) {
		e := m.element()
		others := e.Parent().ChildElements()
		e.Tag = others[m.IntN(len(others))].Tag
	}},
	{"value", func(m mutator) { m.leaf().SetText(m.pick(values)) }},
	{"value", func(m mutator) { m.leaf().SetText(m.pick(values)) }},
	{"another's value", func(m mutator) { m.leaf().SetText(m.leaf().Text()) }},
	{"number", func(m mutator) { m.named(numeric).SetText(m.pick(numbers)) }},
	{"date", func(m mutator) { m.named(dated).SetText(m.pick(dates)) }},
	{"code", func(m mutator) { m.named(coded).SetText(m.pick(someCodes)) }},
	{"blanks around", func(m mutator) { e := m.leaf(); e.SetText(" " + e.Text() + "\n") }},
	{"blank", func(m mutator) { m.leaf().SetText(m.pick([]string{"", " ", "\n\t"})) }},
	{"emptied", func(m mutator) { e := m.parent(); e.Child = nil }},
	{"extra element", func(m mutator) {
		p := m.parent()
		p.InsertChildAt(m.IntN(len(p.Child)+1), etree.NewElement(m.pick(names)))
	}},
	{"element in a value", func(m mutator) { m.leaf().CreateElement(m.pick(names)) }},
	{"attribute", func(m mutator) {
		m.element().CreateAttr(m.pick([]string{"id", "version", "xml:lang", "xml:space"}), "1")
	}},
	{"version", func(m mutator) { m.doc.Root().CreateAttr("version", m.pick([]string{"1.4", "", "1.2 ", "01.2", "2"})) }},
	{"no version", func(m mutator) { m.doc.Root().RemoveAttr("version") }},
	{"text between", func(m mutator) { m.parent().CreateText("haster") }},
	{"comment", func(m mutator) { m.element().CreateComment("nothing") }},
	{"CDATA", func(m mutator) { e := m.leaf(); text := e.Text(); e.SetText(""); e.CreateCData(text) }},
	{"prefix", func(m mutator) { e := m.element(); e.CreateAttr("xmlns:p", "urn:p"); e.Space = "p" }},
	{"default namespace", func(m mutator) { m.element().CreateAttr("xmlns", "urn:p") }},
	{"schema location", func(m mutator) {
		m.doc.Root().CreateAttr("xmlns:xsi", schemaInstance)
		m.doc.Root().CreateAttr("xsi:noNamespaceSchemaLocation", "order.xsd")
	}},
	{"declaration", func(m mutator) { m.element().CreateAttr("xmlns:q", "urn:q") }},
	{"nothing", func(mutator) {}},
}

func (m mutator) pick(from []string) string { return from[m.IntN(len(from))] }

// element returns any element but the root.
func (m mutator) element() *etree.Element { return m.among(func(*etree.Element) bool { return true }) }

func (m mutator) leaf() *etree.Element {
	return m.among(func(e *etree.Element) bool { return len(e.ChildElements()) == 0 })
}

func (m mutator) named(names map[string]bool) *etree.Element {
	return m.among(func(e *etree.Element) bool { return names[e.Tag] })
}

func (m mutator) among(fits func(*etree.Element) bool) *etree.Element {
	var all []*etree.Element
	for _, e := range m.doc.Root().FindElements(".//*") {
		if fits(e) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return etree.NewElement("Nowhere").CreateElement("Nothing")
	}
	return all[m.IntN(len(all))]
}

// parent returns an element that holds others.
func (m mutator) parent() *etree.Element {
	return m.among(func(e *etree.Element) bool { return len(e.ChildElements()) > 0 })
}

// rows are all rows of the grammar that pass.
func rows(fits func(*field) bool) []string {
	seen := map[string]bool{}
	var names []string
	walk(&orderDocument.root, "", 1, func(f *field, _ string, _ int) {
		if fits(f) && !seen[f.name] {
			seen[f.name] = true
			names = append(names, f.name)
		}
	})
	return names
}

func set(names []string) map[string]bool {
	s := map[string]bool{}
	for _, n := range names {
		s[n] = true
	}
	return s
}

var (
	names   = append(rows(func(*field) bool { return true }), "Quantity", "Allowance", "Kampanje", "header", "TotalExcludingTax", "Tax")
	numeric = set(rows(func(f *field) bool { return f.form.code == "integer-form" || f.form.code == "decimal-form" }))
	dated   = set(rows(func(f *field) bool { return f.form.code == "date-form" }))
	coded   = set(rows(func(f *field) bool { return f.codes != nil || f.form.code == "code" || f.name == "PurposeCode" }))
	values  = append(append(append([]string{"", " ", "x", "ø", "1,234", "a b", "true", "NaN", "-", "9788203192388", "9788203192389"}, numbers...), dates...), someCodes...)
)

var numbers = []string{
	"0", "-0", "1", "-1", "+1", "007", " 12 ", "\n12", "1.0", "1.", ".5", ".", "-.5", "1.2.3", "1e3", "0x10", "1_000", "1,5", "1 000", "--1", "+-1", "",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "99999999999", "12.345678", "1\u00a0000", "\u00a01", "½", "INF", "12a", "+", "00000000000000000001",
	"999999.999999", "123456789012.25", "0.0000001", "1000000", "1000001",
}

var dates = []string{
	"20261121", "20261121T0930", "20261121T0930Z", "20261121T0930+0100", "20261121T0930+1200", "20261121T0930+1300", "20261121T0930-0045", "20261121T0930+0117",
	"20261121T0930-1400", "20261121T2400", "20261121T0960", "20261121T093000", "2026-11-21", "2026-11-21T09:30", "21.11.2026", "20260229", "20240229", "20000229", "21000229",
	"24000229", "28000229", "22040229", "29960229", "19991231", "30000101", "20261301", "20260001", "20260100", "20260431", "20260131", "20260930", "20261131", "20260230",
	" 20261121", "20261121 ", "20261121Z", "2026112", "202611211", "20261121T", "20261121t0930", "20261121T0930z", "20261121T0930+01:00", "00010101",
}

var someCodes = []string{
	"Original", "original", "Duplicate", "Test", "Cancel", "NBSN", "GLN", "SAN", "EAN13", "ean13", "ISBN", "GTIN14", "Proprietary", "TeleOrdering", "BAGNR", "VATRegistrationNumber",
	"NOK", "nok", "EUR", "XXX", "TRY", "NO", "GB", "UK", "RS", "no", "01", "99", "00", "1", "001", "9A", "ContractReference", "BuyersOrderLineReference", "RepOrderReference",
	"OrderSourceLocationReference", "CustomerOrderReference", "FillAllOrKillAll", "FillPartKillRemainderUnlessNYP", "VAT", "GST", "MVA", "Seller", "Buyer", "EDItEUR", "SE", "AU",
	"FixedRPIncludingTax", "TotalPriceIncludingTax", "UnitCostExcludingTax", "SRPIncludingTax", "DoNotShipBefore", "Email", "NextDay", "ShipCombined", "InvoiceSeparately",
}
