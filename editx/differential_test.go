package editx

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// mutants is how many documents each base is spoilt into.
const mutants = 1000

// deviations are the places where strict and xmllint do not agree, each with
// its reason.
var deviations = []struct {
	reason string
	holds  func(c *compared) bool
}{
	{"A rule of trade refuses what the schema lets pass; strict promises both, and such a document is useless.", func(c *compared) bool {
		return c.valid && c.refusals(func(f Finding) bool {
			return tradeRules[f.Code] || f.Code == "missing" && f.Path == "/Order/Header/OrderNumber"
		})
	}},
	{"PaymentTermsCode has no type in the schema, so that it may hold whole trees; its description and all other codes are text, and trees would be lost.", func(c *compared) bool {
		return c.valid && c.refusals(func(f Finding) bool {
			return strings.HasSuffix(f.Path, "/PaymentTermsCode") && (f.Code == "nested" || f.Code == "attribute")
		})
	}},
	{"XML Schema allows blanks around an xs:int, and libxml2 does not.", func(c *compared) bool {
		return !c.valid && !slices.ContainsFunc(c.byLint, func(line string) bool { return !aroundInt.MatchString(line) })
	}},
}

// aroundInt is xmllint's word on a whole number that has blanks around it.
var aroundInt = regexp.MustCompile(`: '([ \t\r\n]+[-+]?[0-9]{1,10}[ \t\r\n]*|[-+]?[0-9]{1,10}[ \t\r\n]+)' is not a valid value of the atomic type 'xs:int'`)

// tradeRules are the codes of what no schema can ask: each refuses a document
// that is useless.
var tradeRules = map[string]bool{
	"ean-check":    true, // another book would be ordered
	"quantity":     true, // nought and negative copies
	"product":      true, // a line without a product number
	"buyer":        true, // a buyer without a number
	"order-number": true, // longer than any system takes, or over several lines
	"decimal":      true, // more digits than money has
}

// compared is one document under both judges.
type compared struct {
	body   []byte
	done   []string
	valid  bool // by xmllint
	strict Report
	byLint []string // what xmllint had against it
}

// refusals reports whether strict refuses, and only for findings that fit.
func (c *compared) refusals(fit func(Finding) bool) bool {
	for _, f := range c.strict.Findings {
		if f.Severity == Refusal && !fit(f) {
			return false
		}
	}
	return c.strict.Refused
}

// TestStrictAgreesWithTheSchema spoils valid orders and asks both judges.
func TestStrictAgreesWithTheSchema(t *testing.T) {
	xmllint := needXmllint(t)
	agreed, deviated := 0, make([]int, len(deviations))
	verdicts := map[bool]int{}
	for _, version := range []string{"1.1", "1.2"} {
		cases := spoilt(t, version)
		lint(t, xmllint, version, cases)
		for _, c := range cases {
			c.strict = mustCheck(t, c.body, Strict)
			verdicts[c.valid]++
			if c.valid == !c.strict.Refused {
				agreed++
				continue
			}
			i := deviation(c)
			if i < 0 {
				t.Errorf("%s %v: valid by the schema %v, refused by strict %v\n\txmllint: %q\n%s", version, c.done, c.valid, c.strict.Refused, c.byLint, listing(c.strict.Findings))
				continue
			}
			deviated[i]++
		}
	}
	t.Logf("%d valid, %d invalid; %d agreed; deliberate deviations %v", verdicts[true], verdicts[false], agreed, deviated)
	if verdicts[true] < 500/slowness() || verdicts[false] < 500/slowness() {
		t.Error("the mutations are all of one kind; the test says little")
	}
}

func deviation(c *compared) int {
	for i, d := range deviations {
		if d.holds(c) {
			return i
		}
	}
	return -1
}

func needXmllint(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not on PATH; Debian has it in libxml2-utils")
	}
	sample(t, "schemas/editeur-trade/order_1_2.xsd")
	return path
}

func mustCheck(t *testing.T, body []byte, p Profile) Report {
	t.Helper()
	report, err := Check(body, p)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// spoilt makes the documents of one version from the fixtures.
func spoilt(t *testing.T, version string) []*compared {
	var cases []*compared
	for _, base := range bases(t, version) {
		for i := range mutants / slowness() {
			body, done := mutated(base, uint64(len(cases)+i))
			cases = append(cases, &compared{body: body, done: done})
		}
	}
	return cases
}

// bases are orders that use all of the grammar.
func bases(t *testing.T, version string) [][]byte {
	var all [][]byte
	for _, name := range []string{"full.xml", "choices.xml", "due_date.xml", "extended_days.xml"} {
		o, _ := mustDecode(t, fixture(t, name))
		fit(&o, version)
		var out bytes.Buffer
		if err := EncodeVersion(&out, &o, version); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, fieldsOf(err))
		}
		all = append(all, out.Bytes())
	}
	return all
}

// fit takes out of an order what a version cannot hold.
func fit(o *order.Order, version string) {
	o.Extensions = nil
	refs := o.Header.References[:0:0]
	for _, r := range o.Header.References {
		if !isNewer(r.Type) {
			refs = append(refs, r)
		}
	}
	o.Header.References = refs
	if version == "1.1" {
		if o.Header.Seller == nil {
			o.Header.Seller = &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "900877"}}
		}
		for i := range o.Lines {
			o.Lines[i].Detail.Seller = nil
		}
	}
}

// lint asks xmllint about all documents in few calls.
func lint(t *testing.T, xmllint, version string, cases []*compared) {
	t.Helper()
	lintBy(t, xmllint, filepath.Join(shared, "schemas/editeur-trade/order_"+strings.ReplaceAll(version, ".", "_")+".xsd"), cases)
}

// lintBy asks by the schema of any kind of document.
func lintBy(t *testing.T, xmllint, schema string, cases []*compared) {
	t.Helper()
	dir := t.TempDir()
	const batch = 400
	for begin := 0; begin < len(cases); begin += batch {
		some := cases[begin:min(begin+batch, len(cases))]
		args := []string{"--nonet", "--noout", "--schema", schema}
		for i, c := range some {
			file := filepath.Join(dir, fmt.Sprintf("%d.xml", begin+i))
			if err := os.WriteFile(file, c.body, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, file)
		}
		out, _ := exec.Command(xmllint, args...).CombinedOutput()
		for i, c := range some {
			file := filepath.Join(dir, fmt.Sprintf("%d.xml", begin+i))
			c.valid = strings.Contains(string(out), file+" validates\n")
			if !c.valid && !strings.Contains(string(out), file+" fails to validate\n") {
				t.Fatalf("xmllint returned no verdict on\n%s\n%s", c.body, out[:min(len(out), 500)])
			}
			c.byLint = complaints(string(out), file)
		}
	}
}

// complaints returns what xmllint said against a file. A value with line ends
// makes its complaint go over several lines.
func complaints(out, file string) []string {
	var all []string
	for _, part := range strings.Split(out, file)[1:] {
		if strings.HasPrefix(part, ":") && strings.Contains(part, "validity error") {
			all = append(all, part)
		}
	}
	return all
}
