package editx

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// shared holds public sample orders and schemas. They are other people's and
// are not part of this project.
const shared = "../../shared/editx"

// sample reads one of them, or skips the test where they are missing.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(shared, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the public EDItX samples are not beside this project (%s); this test needs them", filepath.Join(shared, name))
	}
	if err != nil {
		t.Fatal(err)
	}
	return body
}

var sampleOrders = []struct {
	name     string
	lines    int
	findings int // of different codes
}{
	{"samples/trade-order/yob_order_1_1.xml", 178, 2},
	{"samples/trade-order/yob_order_1_2.xml", 178, 2},
	{"samples/trade-order/yob_order_2009_first_commit_no_version.xml", 178, 6},
	{"samples/derived/bokbasen_order_1_3_closed_by_us.xml", 1, 0},
}

func TestSamples(t *testing.T) {
	for _, s := range sampleOrders {
		t.Run(filepath.Base(s.name), func(t *testing.T) {
			body := sample(t, s.name)
			o, findings := mustDecode(t, body)
			if len(o.Lines) != s.lines {
				t.Errorf("%d lines, want %d", len(o.Lines), s.lines)
			}
			if codes := codesOf(findings); len(codes) != s.findings {
				t.Errorf("findings of the codes %v, want %d codes", codes, s.findings)
			}
			out := mustEncode(t, &o)
			again, _ := mustDecode(t, out)
			if diff := cmp.Diff(o, again); diff != "" {
				t.Errorf("read, written and read again (-first +again):\n%s", diff)
			}
			nothingLost(t, elements(t, body), elements(t, out))
		})
	}
}

func TestSampleEnvelope(t *testing.T) {
	body := sample(t, "samples/derived/bookis_PO_envelope_1_3.xml")
	_, _, err := Decode(body)
	if order.CodeOf(err) != "editx-envelope" || order.KindOf(err) != order.Invalid {
		t.Errorf("got %v, want the refusal editx-envelope", err)
	}
}

func TestSampleFragment(t *testing.T) {
	_, _, err := Decode(sample(t, "samples/trade-order/bokbasen_send_order_example.FRAGMENT.txt"))
	if order.CodeOf(err) != "xml-malformed" || !strings.Contains(err.Error(), "ends in the middle") {
		t.Errorf("got %v, want the refusal of a document that ends in the middle", err)
	}
}

// TestSchema asks an independent validator about what is written. The public
// schema is that of 1.2, which has one reference type less.
func TestSchema(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not on PATH; Debian has it in libxml2-utils")
	}
	sample(t, "schemas/editeur-trade/order_1_2.xsd")
	bodies := map[string][]byte{}
	for _, s := range sampleOrders {
		bodies[filepath.Base(s.name)] = sample(t, s.name)
	}
	for _, name := range []string{"full.xml", "choices.xml", "due_date.xml", "extended_days.xml"} {
		bodies[name] = fixture(t, name)
	}
	delete(bodies, "yob_order_2009_first_commit_no_version.xml") // holds totals that 1.2 does not have
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			o, _ := mustDecode(t, body)
			file := filepath.Join(t.TempDir(), "order.xml")
			if err := os.WriteFile(file, asVersion12(t, mustEncode(t, &o)), 0o600); err != nil {
				t.Fatal(err)
			}
			schema := filepath.Join(shared, "schemas/editeur-trade/order_1_2.xsd")
			if out, err := exec.Command(xmllint, "--nonet", "--noout", "--schema", schema, file).CombinedOutput(); err != nil {
				t.Errorf("not valid: %v\n%s", err, out)
			}
		})
	}
}

// asVersion12 takes out what Order 1.3 has and the public schema has not: the
// version, and values of lists that grew later or differ from our fixtures.
func asVersion12(t *testing.T, body []byte) []byte {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(body); err != nil {
		t.Fatal(err)
	}
	doc.Root().CreateAttr("version", "1.2")
	for _, ref := range doc.FindElements("/Order/Header/ReferenceCoded[ReferenceTypeCode='OrderSourceLocationReference']") {
		ref.Parent().RemoveChild(ref)
	}
	out, err := doc.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// nothingLost compares the elements of two documents as sets of paths with
// their texts: each of the source must be in the output.
func nothingLost(t *testing.T, source, output map[string]int) {
	t.Helper()
	for element, n := range source {
		if output[element] < n {
			t.Errorf("%s is there %d times in the source and %d times in the output", element, n, output[element])
		}
	}
}

// oldNames are what version 1.0 calls elements that are written under another
// name.
var oldNames = strings.NewReplacer("/Allowance/Percent=", "/DiscountPercentage=", "/Allowance=", "/-", "ItemDetail/Quantity=", "ItemDetail/OrderQuantity=")

func elements(t *testing.T, body []byte) map[string]int {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(body); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range doc.FindElements("//*") {
		element := oldNames.Replace(e.GetPath() + "=" + strings.TrimSpace(e.Text()))
		if !strings.HasSuffix(element, "/-") {
			count[element]++
		}
	}
	return count
}

func mustDecode(t *testing.T, body []byte) (order.Order, []Finding) {
	t.Helper()
	o, findings, err := Decode(body)
	if err != nil {
		t.Fatalf("Decode: %v\n%s", err, fieldsOf(err))
	}
	return o, findings
}

func mustEncode(t *testing.T, o *order.Order) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, o); err != nil {
		t.Fatalf("Encode: %v", err)
	}
	return out.Bytes()
}

// fieldsOf lists the faults of a refusal, one a line.
func fieldsOf(err error) string {
	var e *order.Error
	if !errors.As(err, &e) {
		return ""
	}
	var b strings.Builder
	for _, f := range e.Fields {
		b.WriteString(f.Code + " " + f.Path + ": " + f.Message + "\n")
	}
	return b.String()
}

func codesOf(findings []Finding) map[string]int {
	codes := map[string]int{}
	for _, f := range findings {
		codes[f.Code]++
	}
	return codes
}
