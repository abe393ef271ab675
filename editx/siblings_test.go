package editx

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/xmlread"
)

// roots are the grammars of all kinds of documents.
func roots() []*field {
	message, cancellation := messageDocument(), cancellationDocument(cancellationRoot)
	return []*field{&orderDocument.root, &message.root, &acknowledgementDocument.root, &responseDocument.root, &statusReportDocument.root,
		&cancellation.root, &shipNoticeDocument.root}
}

func TestGrammarsFitTheirBounds(t *testing.T) {
	for _, root := range roots() {
		walk(root, "/"+root.name, 1, func(f *field, path string, depth int) {
			if f.children != nil && (depth > grammarDepth || len(f.children) > maxFields) {
				t.Errorf("%s is %d deep and has %d rows; the bounds are %d and %d", path, depth, len(f.children), grammarDepth, maxFields)
			}
			seen := map[string]bool{}
			for i := range f.children {
				k := &f.children[i]
				whole := k.children == nil && k.parse != nil && k.print != nil || k.children != nil && k.enter != nil && k.leave != nil && k.at != nil
				if seen[k.name] || !whole || k.many != (k.count != nil) {
					t.Errorf("%s/%s is there twice, cannot be read or written, or is not counted", path, k.name)
				}
				seen[k.name] = true
			}
		})
	}
}

// TestKindsAreReached holds that Check knows every kind, and judges a good
// document of it as taken.
func TestKindsAreReached(t *testing.T) {
	known := map[string]bool{}
	for _, k := range kinds() {
		known[k.root] = true
	}
	for _, body := range siblingDocuments() {
		text := string(body)
		r := mustCheck(t, []byte(text), Trade)
		if r.Refused || !known[r.Type] {
			t.Errorf("%s: %s", r.Type, listing(r.Findings))
		}
		delete(known, r.Type)
		if strict := mustCheck(t, []byte(strings.Replace(text, `version="1.`, `version="9.`, 1)), Strict); !strict.Refused {
			t.Errorf("%s: strict takes a version that does not exist", r.Type)
		}
	}
	delete(known, rootName)
	for root := range known {
		t.Errorf("no document of the kind %s was checked", root)
	}
}

// TestHostileSiblings holds that the XML reader is used for every kind and under
// every profile.
func TestHostileSiblings(t *testing.T) {
	for _, attack := range []struct{ name, in, code string }{
		{"doctype", `<!DOCTYPE x [<!ENTITY a "b">]>`, "xml-hostile"},
		{"instruction", `<?XML x?>`, "xml-malformed"},
		{"entity", `&a;`, "xml-malformed"},
		{"undeclared prefix", `<p:a/>`, "xml-namespace"},
		{"attribute twice", `<a b="1" b="2"/>`, "xml-malformed"},
		{"not closed", `<a>`, "xml-malformed"},
		{"too deep", strings.Repeat("<a>", xmlread.MaxDepth) + strings.Repeat("</a>", xmlread.MaxDepth), "xml-limit"},
		{"long name", "<" + strings.Repeat("a", xmlread.MaxName+1) + "/>", "xml-limit"},
		{"control character", "\x01", "xml-character"},
		{"half a character", "&#xD800;", "xml-malformed"},
		{"not UTF-8", "\xff", "xml-encoding"},
	} {
		for _, body := range siblingDocuments() {
			name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(string(body), xmlDeclaration+"\n"), "<"), " ")
			end := strings.LastIndex(string(body), "</")
			hostile := string(body[:end]) + attack.in + string(body[end:])
			for _, p := range []Profile{Strict, Trade, Lenient} {
				if r := mustCheck(t, []byte(hostile), p); !r.Refused || codesOf(r.Findings)[attack.code] == 0 {
					t.Errorf("%s in %s under %s:\n%s", attack.name, name, p, listing(r.Findings))
				}
			}
		}
	}
}

// TestShipNoticeFindings holds what the checks behind the schema say.
func TestShipNoticeFindings(t *testing.T) {
	good := fixture(t, "shipnotice/full.xml")
	for _, tt := range []struct{ code, old, new string }{
		{"summary", "<UnitsShipped>4<", "<UnitsShipped>5<"},
		{"summary", "<NumberOfLines>2<", "<NumberOfLines>3<"},
		{"line-shares", "<OrderQuantity>5<", "<OrderQuantity>4<"},
		{"package", "<NumberOfPackages>2<", "<NumberOfPackages>3<"},
		{"package", "<PackedQuantity>3</PackedQuantity>\n      <PackageNumber>1<", "<PackedQuantity>3</PackedQuantity>\n      <PackageNumber>9<"},
		{"sscc-check", "370000000000000011", "370000000000000012"},
		{"sscc-check", "370000000000000011", "37000000000000001"},
		{"missing", "<ProcessingInstructionCode>Jacket</ProcessingInstructionCode>\n      <ProcessingInstructionCode>AppliedCopyNumber</ProcessingInstructionCode>\n      <AppliedCopyNumber>0301</AppliedCopyNumber>\n      <ProcessingInstructionCode>BarcodeNumber</ProcessingInstructionCode>\n      <BarcodeNumber>0302</BarcodeNumber>\n      <ProcessingInstructionCode>SpineLabelString</ProcessingInstructionCode>\n", ""},
	} {
		r := mustCheck(t, changed(good, tt.old, tt.new), Trade)
		if len(r.Findings) != 1 || r.Refused || r.Findings[0].Code != tt.code || r.Findings[0].Line == 0 {
			t.Errorf("%s:\n%s", tt.new, listing(r.Findings))
		}
	}
	for _, tt := range []struct{ code, old, new string }{
		{"quantity", "<QuantityShipping>3<", "<QuantityShipping>-3<"},
		{"ean-check", "9788299010016", "9788299010017"},
		{"purpose", ">Original<", ">Cancel<"},
	} {
		r := mustCheck(t, changed(good, tt.old, tt.new), Trade)
		if !r.Refused || codesOf(r.Findings)[tt.code] != 1 {
			t.Errorf("%s:\n%s", tt.new, listing(r.Findings))
		}
	}
}
