//go:build all

package chaos

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// hostileDocument is a document that is made to hurt a reader of XML. It must be
// refused, or, where it is mild, be taken with a finding.
type hostileDocument struct {
	name string
	body []byte
	mild bool
}

// mildNumber begins the numbers of mild documents.
const mildNumber = "mild-"

// template is a sound document. Its root begins with "<ROOT ", and LEAF stands in
// a value.
type template struct{ text, root string }

// The places of a template into which something is put.
func (d template) before(s string) string { return strings.Replace(d.text, "?>", "?>"+s, 1) }
func (d template) onRoot(s string) string {
	return strings.Replace(d.text, "<"+d.root+" ", "<"+d.root+s+" ", 1)
}
func (d template) inside(s string) string {
	end := strings.LastIndex(d.text, "</"+d.root+">")
	return d.text[:end] + s + d.text[end:]
}
func (d template) value(s string) string  { return strings.Replace(d.text, "LEAF", s, 1) }
func (d template) behind(s string) string { return d.text + s }

// position is one of these, with its name.
type position struct {
	name string
	put  func(string) string
}

func (d template) positions() []position {
	return []position{{"before the root", d.before}, {"inside", d.inside}, {"in a value", d.value}, {"behind the root", d.behind}}
}

// deepest is how deep three bytes each can nest in the greatest document.
const deepest = 1_700_000

// corpus collects hostile documents.
type corpus struct {
	template
	all []hostileDocument
}

func (c *corpus) add(name, body string) {
	c.all = append(c.all, hostileDocument{name: name, body: []byte(body)})
}

// hostileDocuments are made of a template by rule: each family with each of its
// parameters, in each place.
func hostileDocuments(d template) []hostileDocument {
	c := &corpus{template: d}
	for _, family := range []func(){c.nesting, c.attributes, c.long, c.types, c.namespaces, c.small, c.labels, c.halves, c.characters, c.references, c.forms, c.cuts} {
		family()
	}
	return c.all
}

func (c *corpus) nesting() {
	for _, depth := range []int{33, 1000, 100_000, deepest} {
		open := strings.Repeat("<a>", depth)
		c.add(fmt.Sprintf("%d elements nested", depth), c.inside(open))
		if depth <= 100_000 {
			c.add(fmt.Sprintf("%d elements nested and closed", depth), c.inside(open+strings.Repeat("</a>", depth)))
		}
		c.add(fmt.Sprintf("%d elements around the root", depth), c.before(open))
	}
}

func (c *corpus) attributes() {
	for _, n := range []int{65, 1000, 10_000, 100_000} {
		var many strings.Builder
		for i := range n {
			fmt.Fprintf(&many, ` a%d=""`, i)
		}
		c.add(fmt.Sprintf("%d attributes of the root", n), c.onRoot(many.String()))
		c.add(fmt.Sprintf("%d attributes of another element", n), c.inside("<a"+many.String()+"/>"))
	}
	c.add("an attribute twice", c.onRoot(` a="1" a="2"`))
	c.add("an attribute twice by two prefixes", c.inside(`<x xmlns:p="u" xmlns:q="u" p:a="1" q:a="2"/>`))
	for _, wrong := range []string{` a`, ` a=b`, ` a="<"`, ` a="&"`, ` ="x"`, ` a='x`, ` 1a="x"`} {
		c.add("the attribute"+wrong, c.onRoot(wrong))
	}
}

// long is one thing that is far too long.
func (c *corpus) long() {
	for _, n := range []int{300 << 10, 1 << 20, 4 << 20} {
		many := strings.Repeat("x", n)
		for what, body := range map[string]string{
			"a name of an element": c.inside("<" + many + "/>"), "a name of an attribute": c.onRoot(" " + many + `=""`), "a prefix": c.inside("<" + many + ":a/>"),
			"a value of an attribute": c.onRoot(` a="` + many + `"`), "a value": c.value(many), "a CDATA section": c.value("<![CDATA[" + many + "]]>"),
			"text between elements": c.inside(many), "an instruction": c.before("<?x " + many + "?>"), "the name of an instruction": c.before("<?" + many + "?>"),
			"references": c.value(strings.Repeat("&#65;", n/5)),
		} {
			c.add(fmt.Sprintf("%s of %d KiB", what, n>>10), body)
		}
	}
}

// types are declarations of document types, which no document of the trade has.
func (c *corpus) types() {
	kinds := []string{"<!DOCTYPE r>", "<!DOCTYPE r []>", `<!DOCTYPE r SYSTEM "r.dtd">`, `<!DOCTYPE r PUBLIC "-//x//y" "r.dtd">`, "<!doctype r>",
		`<!DOCTYPE r [<!ENTITY a "b">]>`, `<!DOCTYPE r [<!ENTITY a SYSTEM "a.xml">]>`, `<!DOCTYPE r [<!ENTITY % a "b"> %a;]>`, `<!DOCTYPE r [<!ELEMENT r ANY>]>`,
		`<!DOCTYPE r [<!ATTLIST r a CDATA "b">]>`, `<!DOCTYPE r [<!NOTATION n SYSTEM "n">]>`, `<!ENTITY a "b">`, `<!ELEMENT r ANY>`, "<!DOCTYPE", "<!x>"}
	for _, kind := range kinds {
		for _, p := range c.positions() {
			c.add(kind+" "+p.name, p.put(kind))
		}
	}
	for levels := range 3 {
		entities := `<!DOCTYPE r [<!ENTITY e0 "e">`
		for n := range levels {
			entities += fmt.Sprintf(`<!ENTITY e%d "&e%d;&e%d;">`, n+1, n, n)
		}
		used := template{c.value(fmt.Sprintf("&e%d;", levels)), c.root}
		c.add(fmt.Sprintf("an entity of %d levels that is used", levels), used.before(entities+"]>"))
	}
}

func (c *corpus) namespaces() {
	for _, n := range []int{65, 10_000} {
		var many strings.Builder
		for i := range n {
			fmt.Fprintf(&many, ` xmlns:n%d="urn:%d"`, i, i)
		}
		c.add(fmt.Sprintf("%d namespaces", n), c.onRoot(many.String()))
	}
	for name, body := range map[string]string{
		"a prefix that is not declared": c.inside("<p:a/>"), "an attribute whose prefix is not": c.onRoot(` p:a=""`), "xml bound anew": c.onRoot(` xmlns:xml="urn:x"`),
		"xmlns bound": c.onRoot(` xmlns:xmlns="urn:x"`), "a prefix bound to nothing": c.inside(`<p:a xmlns:p=""/>`), "two colons": c.inside(`<a:b:c xmlns:a="x"/>`),
		"a colon first": c.inside("<:a/>"),
	} {
		c.add(name, body)
	}
}

func (c *corpus) small() {
	const most = 5 << 20
	for _, piece := range []string{"<a/>", "<a></a>", "<a>x</a>", "<?x?>", "<!---->", "<ItemDetail/>", "<![CDATA[]]>x<a/>"} {
		c.add("five megabytes of "+piece, c.inside(strings.Repeat(piece, (most-len(c.text))/len(piece))))
	}
	c.add("more than five megabytes", c.behind(strings.Repeat(" ", most)))
}

// labels name an encoding that the bytes are not in.
func (c *corpus) labels() {
	for _, label := range []string{"UTF-32", "UTF-7", "UCS-4", "EBCDIC", "IBM037", "Shift_JIS", "GB18030", "x-none", "../x"} {
		c.add("the label "+label, strings.Replace(c.text, `"UTF-8"`, `"`+label+`"`, 1))
	}
	for name, bytes := range map[string]string{"ISO-8859-1": "B\xf8rge", "an overlong form": "\xc0\xaf", "half a pair": "\xed\xa0\x80", "half a character": "\xc3"} {
		c.add(name+" under UTF-8", c.value(bytes))
	}
	for _, label := range []string{"ISO-8859-1", "UTF-16", "US-ASCII", ""} {
		body := strings.NewReplacer(`"UTF-8"`, `"`+label+`"`, "LEAF", mildNumber+label+"-ø").Replace(c.text)
		c.all = append(c.all, hostileDocument{name: "UTF-8 under the label " + label, body: []byte(body), mild: true})
	}
}

// halves are documents in UTF-16 that end or break within a character.
func (c *corpus) halves() {
	for name, big := range map[string]bool{"big": true, "little": false} {
		var wide []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + strings.Replace(c.text, "UTF-8", "UTF-16", 1))) {
			if big {
				wide = append(wide, byte(u>>8), byte(u))
			} else {
				wide = append(wide, byte(u), byte(u>>8))
			}
		}
		alone, nul := []byte{0xd8, 0, 0, ' '}, []byte{0, 0}
		if !big {
			alone = []byte{0, 0xd8, ' ', 0}
		}
		for what, body := range map[string][]byte{"cut in a character": wide[:len(wide)-1], "cut in the middle": wide[:len(wide)/2|1], "half a pair": append(wide[:len(wide):len(wide)], alone...),
			"NUL": append(wide[:len(wide):len(wide)], nul...)} {
			c.add("UTF-16, "+name+", "+what, string(body))
		}
	}
}

func (c *corpus) characters() {
	for r := rune(0); r < 0x20; r++ {
		if !strings.ContainsRune("\t\n\r", r) {
			c.add(fmt.Sprintf("the character %#x", r), c.value(string(r)))
			c.add(fmt.Sprintf("a reference to %#x", r), c.value(fmt.Sprintf("&#%d;", r)))
		}
	}
	for _, r := range []rune{0xfffe, 0xffff} {
		c.add(fmt.Sprintf("the character %#x", r), c.inside("<!-- "+string(r)+" -->"))
	}
}

func (c *corpus) references() {
	for _, wrong := range []string{"&x;", "&", "&;", "&#;", "&#x;", "&#x110000;", "&#xD800;", "&#99999999999;", "&amp", "&oslash;", "& x;"} {
		c.add("the reference "+wrong, c.value(wrong))
		c.add("the reference "+wrong+" in an attribute", c.onRoot(` a="`+wrong+`"`))
	}
}

func (c *corpus) forms() {
	for name, body := range map[string]string{
		"nothing": "", "blanks": " \n", "the declaration alone": `<?xml version="1.0"?>`, "a comment alone": "<!-- x -->", "text": "x", "JSON": `{"a":1}`,
		"a second root": c.behind("<a/>"), "the document twice": c.behind(c.text), "text behind": c.behind("x"), "text before": c.before("x"), "CDATA behind": c.behind("<![CDATA[x]]>"),
		"an end too many": c.behind("</a>"), "ends crossed": c.inside("<a><b></a></b>"), "an end of another": c.inside("<a></b>"), "an end in another case": c.inside("<a></A>"),
		"]]> in a value": c.value("]]>"), "< in a value": c.value("1 < 2"), "-- in a comment": c.inside("<!-- a -- b -->"), "CDATA misspelt": c.value("<![cdata[x]]>"),
		"CDATA in CDATA": c.value("<![CDATA[<![CDATA[x]]>]]>"), "CDATA split in its end": c.value("<![CDATA[x]]]]>]]>"), "a name that begins with a digit": c.inside("<1a/>"),
		"the declaration inside": c.inside(`<?xml version="1.0"?>`), "the declaration twice": c.before(`<?xml version="1.0"?>`), "XML 1.1": strings.Replace(c.text, `"1.0"`, `"1.1"`, 1),
		"a blank before the declaration": " " + c.text, "two marks": "\ufeff\ufeff" + c.text, "NUL behind": c.behind("\x00"),
	} {
		c.add(name, body)
	}
}

// cuts end the document within each kind of token, and at many other places.
func (c *corpus) cuts() {
	const kinds = `<a b="c">d&#65;e<!-- f --><?g h?><![CDATA[i]]></a>`
	whole := c.inside(kinds)
	begin := strings.Index(whole, kinds)
	for at := 1; at <= len(kinds); at++ {
		c.add(fmt.Sprintf("cut behind %q", kinds[:at]), whole[:begin+at])
	}
	for at := 5; at < strings.LastIndex(c.text, "<"); at += 41 {
		c.add(fmt.Sprintf("cut at %d", at), c.text[:at])
	}
}
