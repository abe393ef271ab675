package editx

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/google/go-cmp/cmp"
)

// A spelling is what a sender writes for a value: %s is the value as it stood.
// What it is read as is "" when it stays what it was. Refused says that it means
// more than one thing, or nothing.
type spelling struct {
	writes, reads string
	refused       bool
}

// spellings are the ways in which programs write the values of each kind of
// element. Each is tried on every element of its kind.
var spellings = map[string][]spelling{
	"day": {
		{writes: "20261130"}, {writes: "2026-11-30"}, {writes: "20261130Z"}, {writes: "20261130+0100"}, {writes: "2026-11-30Z"},
		{writes: "2026-11-30+01:00"}, {writes: "20261130T0000"}, {writes: "20261130T0000+0100"}, {writes: "20261130T2359-1100"},
		{writes: "20261130T0130Z"}, {writes: "20261130T100000Z"}, {writes: "20261130T100000.000+0100"}, {writes: "2026-11-30T10:00"},
		{writes: "2026-11-30T10:00:00"}, {writes: "2026-11-30T10:00:00Z"}, {writes: "2026-11-30t10:00:00z"}, {writes: "2026-11-30T23:30:00.123456789+01:00"},
		{writes: "2026-11-30T10:00:00,5-05"}, {writes: "2026-11-30T24:00:00"}, {writes: "2026-11-30T23:59:60Z"}, {writes: "2026-11-30 10:00:00"},
		{writes: "2026-11-30 10:00:00 +0100"}, {writes: "2026-11-30 10:00:00 UTC"}, {writes: "2026-11-30T10:00:00+01:00[Europe/Oslo]"},
		{writes: "2026-11-30T10:00:00+13:00"}, {writes: "20261130100000"}, {writes: "202611301000"}, {writes: "30.11.2026"}, {writes: "30.11.2026 10:00"},
		{writes: "2026/11/30"}, {writes: "2026-W49-1"}, {writes: "2026W491"}, {writes: "2026-334"}, {writes: "\t20261130\n"}, {writes: "\u00a020261130\u200b"},
		{writes: "30/11/2026", refused: true}, {writes: "11/30/2026", refused: true}, {writes: "2026-11-31", refused: true}, {writes: "2026-02-29", refused: true},
		{writes: "2026-11-30T25:00", refused: true}, {writes: "2026-11-30T24:01", refused: true}, {writes: "20261130+1", refused: true}, {writes: "2026-11", refused: true},
		{writes: "1764500000", refused: true}, {writes: "2026-W54-1", refused: true}, {writes: "2026-366", refused: true}, {writes: "2026-11-30T", refused: true},
	},
	"moment": {
		{writes: "20261130", reads: "20261130"}, {writes: "20261130+0100", reads: "20261130"}, {writes: "20261130Z", reads: "20261130"},
		{writes: "2026-11-30", reads: "20261130"}, {writes: "2026-11-30Z", reads: "20261130"}, {writes: "20261130T1000", reads: "20261130T1000"},
		{writes: "20261130T1000+0100", reads: "20261130T1000+0100"}, {writes: "20261130T100000Z", reads: "20261130T1000Z"},
		{writes: "2026-11-30T10:00:00.000+01:00", reads: "20261130T1000+0100"}, {writes: "2026-11-30t10:00:00z", reads: "20261130T1000Z"},
		{writes: "2026-11-30T24:00:00", reads: "20261201T0000"}, {writes: "2026-12-31T24:00Z", reads: "20270101T0000Z"},
		{writes: "20261130T1000+1300", reads: "20261129T2100Z"}, {writes: "2026-11-30T10:00:00+05:53", refused: true},
		{writes: "2026-11-30T10:00:00-00:00", reads: "20261130T1000Z"}, {writes: "2026-11-30 10:00:00 UTC", reads: "20261130T1000Z"},
		{writes: "2026-11-30T10", refused: true}, {writes: "2026-11-30T10:00:00,25", reads: "20261130T1000"},
		{writes: "2026-W49-1T10:00", reads: "20261130T1000"}, {writes: "20261130100000Z", reads: "20261130T1000Z"}, {writes: "30.11.2026 10:00", reads: "20261130T1000"},
		{writes: "2026-11-30T10:00:00+15:00", refused: true}, {writes: "2026-11-30T10:61", refused: true}, {writes: "10:00", refused: true},
	},
	"decimal": {
		{writes: "33.333333333333336", reads: "33.333333333"}, {writes: "59.699999999999996", reads: "59.700000000"}, {writes: "33.333333333333", reads: "33.333333333"},
		{writes: "123456789012345678", reads: "123456789012345678"}, {writes: "12345678901234567.8", reads: "12345678901234567.8"},
		{writes: "923456789012345678.9", reads: "923456789012345679"}, {writes: "0.000000000000000001", reads: "0.000000000"}, {writes: "1E2", reads: "100"},
		{writes: "1.0E+2", reads: "100"}, {writes: "1e-7", reads: "0.0000001"}, {writes: "1.5e3", reads: "1500"}, {writes: "2.5015E+2", reads: "250.15"},
		{writes: "1.0E+17", reads: "100000000000000000"}, {writes: "5e-324", reads: "0.000000000"}, {writes: "-0", reads: "0"}, {writes: "+5", reads: "5"}, {writes: "5.", reads: "5"},
		{writes: ".5", reads: "0.5"}, {writes: "007.50", reads: "7.50"}, {writes: "0.5000000000000000000000", reads: "0.500000000"}, {writes: "17,73", reads: "17.73"},
		{writes: "1.234,56", reads: "1234.56"}, {writes: "1 234,56", reads: "1234.56"}, {writes: "1\u00a0234,56", reads: "1234.56"}, {writes: "1\u202f234,56", reads: "1234.56"},
		{writes: "59,699999999999996", reads: "59.700000000"}, {writes: "\u200e42\ufeff", reads: "42"}, {writes: "\u00a042", reads: "42"},
		{writes: "1,234", refused: true}, {writes: "1e21", refused: true}, {writes: "1.0E+25", refused: true}, {writes: "NaN", refused: true}, {writes: "Infinity", refused: true},
		{writes: "INF", refused: true}, {writes: "1e", refused: true}, {writes: "e5", refused: true}, {writes: "1e9999999999", refused: true}, {writes: "0x1F", refused: true}, {writes: "1_000", refused: true}, {writes: ".", refused: true},
	},
	"integer": {
		{writes: "1.000", reads: "1"}, {writes: "1.0", reads: "1"}, {writes: "1E2", reads: "100"}, {writes: "1.0E+2", reads: "100"}, {writes: "2e0", reads: "2"}, {writes: "+5", reads: "5"},
		{writes: "007", reads: "7"}, {writes: "\u200b4\u200f", reads: "4"}, {writes: "\u00a04", reads: "4"}, {writes: " 4\n", reads: "4"},
		{writes: "1.5", refused: true}, {writes: "1e-1", refused: true}, {writes: "1,000", refused: true}, {writes: "fire", refused: true}, {writes: "9999999999", refused: true},
	},
	"code": {
		{writes: "lower"}, {writes: "upper"}, {writes: "hyphen"}, {writes: "underscore"}, {writes: "blank"}, {writes: "\u200b%s\u00a0"}, {writes: " %s\n"},
	},
	"number": {
		{writes: "\u200b%s"}, {writes: "%s\u200e"}, {writes: "\ufeff%s"}, {writes: "\u202a%s\u202c"}, {writes: "\u2066%s\u2069"}, {writes: "\u061c%s"}, {writes: "\u00ad%s"},
		{writes: "\u2060%s"}, {writes: "\u00a0%s\u2003"}, {writes: "\u202f%s\u3000"}, {writes: "%s\u2028"},
	},
}

// kindOfValue returns which spellings an element is tried with.
func kindOfValue(path string) (kind string, list codes) {
	f := &orderDocument.root
	for _, name := range strings.Split(path, "/")[2:] {
		fr := frame{field: f}
		f = &f.children[fr.find(name)]
	}
	switch {
	case f.name == "LineNumber" || f.name == "NumberOfLines" || f.name == "UnitsOrdered" || f.children != nil:
		return "", nil // bound to what else the document says
	case f.codes != nil:
		return "code", f.codes
	case f.name == "PurposeCode":
		return "code", purposes
	case f.name == "IssueDateTime":
		return "moment", nil
	case f.form.code == "date-form":
		return "day", nil
	case f.form.code == "decimal-form":
		return "decimal", nil
	case f.form.code == "integer-form":
		return "integer", nil
	case f.form.ok == nil && !f.text:
		return "number", nil
	}
	return "", nil
}

// spell writes a value in another spelling.
func spell(s spelling, was string, list codes) string {
	middle := len(was) / 2
	switch s.writes {
	case "lower":
		return strings.ToLower(was)
	case "upper":
		return strings.ToUpper(was)
	case "hyphen":
		return was[:middle] + "-" + was[middle:]
	case "underscore":
		return was[:middle] + "_" + was[middle:]
	case "blank":
		return was[:middle] + " " + was[middle:]
	}
	return strings.ReplaceAll(s.writes, "%s", was)
}

// respelt is a document with one value in another spelling.
type respelt struct {
	name, path, want string
	refused, blanks  bool // it means nothing; it differs in XML's own white space only
	body             []byte
}

// respeltDocuments makes one of every value of a document and every spelling of
// its kind.
func respeltDocuments(t *testing.T, base []byte) []respelt {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(base); err != nil {
		t.Fatal(err)
	}
	var all []respelt
	for _, e := range doc.FindElements("//*") {
		if len(e.ChildElements()) > 0 {
			continue
		}
		was := e.Text()
		kind, list := kindOfValue(e.GetPath())
		for _, s := range spellings[kind] {
			want := s.reads
			switch {
			case want != "":
			case kind == "day":
				want = "20261130"
			default:
				want = was
			}
			e.SetText(spell(s, was, list))
			body, err := doc.WriteToBytes()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, respelt{name: fmt.Sprintf("%s as %+q", e.GetPath(), e.Text()), path: e.GetPath(), want: want, refused: s.refused, blanks: strings.Trim(e.Text(), xmlread.WhiteSpace) == want, body: body})
		}
		e.SetText(was)
	}
	return all
}

// TestSpellings holds for every element and every spelling of its value that it
// is read as what it means, that whatever was not as EDItX has it is a finding,
// that Strict takes what the schema takes, and that what is written is valid by the schema, as 1.3 and as 1.2.
func TestSpellings(t *testing.T) {
	var cases []*compared
	kinds := map[string]int{}
	for i, base := range bases(t, "1.2") {
		for n, d := range respeltDocuments(t, base) {
			if n%slowness() != 0 {
				continue
			}
			o, findings, err := Decode(d.body)
			if err != nil {
				if !d.refused {
					t.Errorf("%s: %v", d.name, err)
				}
				continue
			}
			if d.refused {
				t.Errorf("%s was taken: %s", d.name, listing(findings))
				continue
			}
			kinds[fmt.Sprint(i)]++
			_, _, invalid := orderDocument.read(d.body, schema)
			if invalid != nil && len(findings) == 0 && !d.blanks {
				t.Errorf("%s: the schema refuses it, and nothing was found", d.name)
			}
			if _, _, err := DecodeAs(d.body, Strict); (err == nil) != (invalid == nil) {
				t.Errorf("%s: valid by the schema is %v, and strict says %v", d.name, invalid == nil, err)
			}
			var out bytes.Buffer
			if err := EncodeVersion(&out, &o, "1.2"); err != nil {
				t.Errorf("%s cannot be written as 1.2: %v", d.name, err)
				continue
			}
			var newest bytes.Buffer
			if err := Encode(&newest, &o); err != nil || strings.Replace(newest.String(), `version="1.3"`, `version="1.2"`, 1) != out.String() {
				t.Errorf("%s: written as 1.3 it differs: %v", d.name, err)
			}
			if got := valueAt(t, out.Bytes(), d.path); !strings.Contains(got, "|"+d.want+"|") {
				t.Errorf("%s was written as %s, want %s", d.name, got, d.want)
			}
			again, _, err := Decode(out.Bytes())
			if diff := cmp.Diff(settled(o), settled(again)); err != nil || diff != "" {
				t.Errorf("%s: read, written and read again: %v %s", d.name, err, diff)
			}
			cases = append(cases, &compared{body: out.Bytes(), done: []string{d.name}})
		}
	}
	if len(cases) < 1000/slowness() || len(kinds) != 4 {
		t.Errorf("only %d spellings were tried, of %v", len(cases), kinds)
	}
	validBySchema(t, cases)
}

// validBySchema asks xmllint, where it is, whether all documents are valid.
func validBySchema(t *testing.T, cases []*compared) {
	t.Helper()
	t.Run("xmllint", func(t *testing.T) {
		lint(t, needXmllint(t), "1.2", cases)
		for _, c := range cases {
			if !c.valid {
				t.Errorf("%v: what is written is not valid: %q\n%s", c.done, c.byLint, c.body)
			}
		}
	})
}

// valueAt returns the texts of all elements of a path.
func valueAt(t *testing.T, body []byte, path string) string {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(body); err != nil {
		t.Fatal(err)
	}
	texts := "|"
	for _, e := range doc.FindElements(path) {
		texts += e.Text() + "|"
	}
	return texts
}
