package editx

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// TestVersionsAreValid holds that what is written as 1.1 and 1.2 is valid by
// the public schemas, and reads as the same order.
func TestVersionsAreValid(t *testing.T) {
	xmllint := needXmllint(t)
	for _, version := range []string{"1.1", "1.2"} {
		var cases []*compared
		for _, s := range sampleOrders {
			o, _ := mustDecode(t, sample(t, s.name))
			fit(&o, version)
			for i := range o.Header.References { // a misspelt type of the oldest sample
				if !orderReferences.has(o.Header.References[i].Type) {
					o.Header.References[i].Type = "ContractReference"
				}
			}
			cases = append(cases, &compared{body: mustEncodeVersion(t, &o, version), done: []string{filepath.Base(s.name)}})
			again, _, err := DecodeAs(cases[len(cases)-1].body, Strict)
			if err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
			if diff := cmp.Diff(settled(o), settled(again)); diff != "" {
				t.Errorf("%s as %s (-first +again):\n%s", s.name, version, diff)
			}
		}
		for _, body := range bases(t, version) {
			cases = append(cases, &compared{body: body})
		}
		lint(t, xmllint, version, cases)
		for _, c := range cases {
			if !c.valid {
				t.Errorf("%v as %s is not valid: %q", c.done, version, c.byLint)
			}
		}
	}
}

func mustEncodeVersion(t *testing.T, o *order.Order, version string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := EncodeVersion(&out, o, version); err != nil {
		t.Fatalf("%s: %v\n%s", version, err, fieldsOf(err))
	}
	return out.Bytes()
}

// TestVersionCannotHold holds what is said of an order that a version has no
// place for, and that nothing of it is written.
func TestVersionCannotHold(t *testing.T) {
	for _, c := range []struct {
		name, version string
		change        func(o *order.Order)
		paths         []string
	}{
		{"no seller", "1.1", func(*order.Order) {}, []string{"/Order/Header/SellerParty"}},
		{"a line's seller", "1.1", func(o *order.Order) {
			o.Header.Seller = &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "1"}}
			o.Lines[0].Detail.Seller = &order.Identifier{Type: "TeleOrdering", Value: "1"}
		}, []string{"/Order/ItemDetail[1]/SellerParty"}},
		{"a newer code", "1.2", func(o *order.Order) {
			o.Header.References = []order.Reference{{Type: "OrderSourceLocationReference", Number: "digitalelev"}}
		}, []string{"/Order/Header/ReferenceCoded[1]/ReferenceTypeCode"}},
		{"several", "1.2", func(o *order.Order) {
			o.Header.Currency = "TRY"
			o.Lines[0].Detail.Dates = []order.DateCoded{{Date: "20261121T0930", Qualifier: "DoNotShipBefore"}}
			o.Extensions = []order.Extension{{Parent: "/Order", After: "/Order/Summary", XML: "<Kampanje/>"}}
		}, []string{"/Order/Header/CurrencyCode", "/Order/ItemDetail[1]/DateCoded[1]/Date", "/Order/Kampanje"}},
		{"no line", "1.2", func(o *order.Order) { o.Lines = nil }, []string{"/Order/ItemDetail"}},
		{"no such version", "1.4", func(*order.Order) {}, nil},
	} {
		o, _ := mustDecode(t, []byte(plainOrder))
		c.change(&o)
		var out bytes.Buffer
		err := EncodeVersion(&out, &o, c.version)
		var e *order.Error
		if !errors.As(err, &e) || e.Code != "editx-version" || e.Kind != order.Invalid || out.Len() > 0 {
			t.Errorf("%s: %v, %d bytes were written", c.name, err, out.Len())
			continue
		}
		var paths []string
		for _, f := range e.Fields {
			paths = append(paths, f.Path)
			if f.Code == "" || f.Message == "" {
				t.Errorf("%s: %+v says nothing", c.name, f)
			}
		}
		if !slices.Equal(paths, c.paths) {
			t.Errorf("%s: %v stand in the way, want %v\n%s", c.name, paths, c.paths, fieldsOf(err))
		}
	}
}

// TestNegativeLineIsWritten holds that a rule of trade does not keep an order
// from leaving: copies taken back are valid by the schema.
func TestNegativeLineIsWritten(t *testing.T) {
	o, _ := mustDecode(t, []byte(plainOrder))
	o.Lines = append(o.Lines, o.Lines[0])
	o.Lines[1].Number, o.Lines[1].Quantity, o.Lines[1].Adjustment = 2, -1, true
	if out := mustEncodeVersion(t, &o, "1.2"); !strings.Contains(string(out), "<OrderQuantity>-1</OrderQuantity>") || !bytes.Contains(out, []byte(`version="1.2"`)) {
		t.Errorf("%s", out)
	}
}

// TestListsArePublic holds that the code lists are those of the public schema,
// and that what is not public is called newer.
func TestListsArePublic(t *testing.T) {
	public := string(sample(t, "schemas/editeur-trade/editx_codelists.xsd"))
	walk(&orderDocument.root, "", 1, func(f *field, path string, _ int) {
		for _, code := range f.codes {
			if !strings.Contains(public, `<xs:enumeration value="`+code+`"/>`) && !isNewer(code) {
				t.Errorf("%s: %s is neither public nor called newer", path, code)
			}
		}
	})
}
