package editx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/bookgate/bookgate/order"
)

// settled is an order without what writing is meant to change: numbers that
// were not valid, and a summary or purpose that was missing.
func settled(o order.Order) order.Order {
	o = withDefaults(&o)
	lines := append([]order.Line(nil), o.Lines...)
	for i := range lines {
		lines[i].Detail.WrittenNumber = ""
	}
	o.Lines = lines
	return o
}

func seed(f *testing.F) {
	names, _ := filepath.Glob(filepath.Join(fixtures, "*.xml"))
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, h := range hostile() {
		if len(h.body) < 10_000 {
			f.Add(h.body)
		}
	}
	for _, body := range asWritten() {
		f.Add(body)
	}
}

// asWritten are documents as programs write them, one of each kind.
func asWritten() [][]byte {
	const pi = `<?x y?>`
	return [][]byte{
		inUTF16(labelled("UTF-16", "Blåbær 📚"), false, true), inUTF16(labelled("", "Blåbær"), true, false), []byte(labelled("utf-16", "Blåbær")),
		bytesOf(charmap.ISO8859_15, labelled("latin9", "199 €")), bytesOf(charmap.Windows1252, labelled("ISO-8859-1", "199 € – ‘a’")),
		[]byte(labelled("US-ASCII", "Blåbær")), []byte(strings.ReplaceAll(plainOrder, "</", pi+"</")), []byte(strings.ReplaceAll(plainOrder, "  <", "\u00a0 <")),
		asNumber("H\u200bB-1\ufeff"), with(">EAN13<", ">ean-13<"), with(">EAN13<", ">ISBN-13<"), with(">Original<", ">ORIGINAL<"), with("20261121", "2026-11-21T24:00:00.000+01:00"),
		with(">2<", ">1.0E+2<"), inLine("<FillTermsCode> </FillTermsCode>"), inLine("<ReferenceCoded/>"),
		inLine("<PricingDetail><Price><MonetaryAmount>33.333333333333336</MonetaryAmount><CurrencyCode>nok</CurrencyCode></Price></PricingDetail>"),
		inLine(`<PricingDetail xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Price><MonetaryAmount i:type="xs:decimal">1e-7</MonetaryAmount></Price></PricingDetail>`),
	}
}

// FuzzValues holds that a date, decimal or whole number that is read is written
// in the form of the schema, and read again as the same without a word.
func FuzzValues(f *testing.F) {
	for _, some := range spellings {
		for _, s := range some {
			f.Add(s.writes)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		s, _ = cleaned(s)
		if d, n := parseDate(s); n.severity == Warning && d[0] == '2' && d != "24000229" && d != "28000229" {
			if again, said := parseDate(string(d)); !isMoment(string(d)) && d[4:8] != "0229" || again != d || said.code != "" {
				t.Errorf("%q was read as the moment %q: %+v", s, d, said)
			}
		}
		if d, n := parseDay(s); n.severity == Warning && d[0] == '2' && d[4:] != "0229" {
			if again, said := parseDay(string(d)); !isDay(string(d)) || again != d || said.code != "" {
				t.Errorf("%q was read as the day %q: %+v", s, d, said)
			}
		}
		if d, n := parseDecimal(s); n.severity == Warning {
			if again, said := parseDecimal(d.String()); !isDecimal(d.String()) || again != d || said.code != "" {
				t.Errorf("%q was read as the decimal %s: %+v", s, d, said)
			}
		}
		if i, n := parseInteger(s); n.severity == Warning && !isInt(printInteger(i)) {
			t.Errorf("%q was read as the number %d", s, i)
		}
	})
}

// FuzzDecode holds that every refusal is ours and says where and why.
func FuzzDecode(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		_, findings, err := Decode(body)
		for _, finding := range findings {
			if finding.Code == "" || finding.Message == "" || finding.Path == "" {
				t.Errorf("a finding says nothing: %+v", finding)
			}
		}
		var e *order.Error
		if err != nil && (!errors.As(err, &e) || e.Code == "" || e.Detail == "" || e.Kind == order.Internal) {
			t.Errorf("the refusal %v is not an error of ours", err)
		}
	})
}

// FuzzCheck holds that every document gets a report under every profile, whose
// verdict is that of DecodeAs, and that the profiles are a stair.
func FuzzCheck(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		passed := true
		for _, p := range []Profile{Lenient, Trade, Strict} {
			r, err := Check(body, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range r.Findings {
				if _, known := Explain(finding.Code); !known || finding.Message == "" || finding.Path == "" || finding.Line < 0 {
					t.Errorf("a finding is not whole: %+v", finding)
				}
			}
			if !passed && !r.Refused {
				t.Errorf("%s takes what a looser profile refuses", p)
			}
			passed = !r.Refused
			if _, _, err := DecodeAs(body, p); r.Type == rootName && (err == nil) == r.Refused {
				t.Errorf("%s: refused %v, and DecodeAs says %v", p, r.Refused, err)
			}
		}
	})
}

// FuzzRoundTrip holds that what is read is written so that it is read again as
// the same.
func FuzzRoundTrip(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		o, _, err := Decode(body)
		if err != nil {
			return
		}
		var out, twice bytes.Buffer
		if err := Encode(&out, &o); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, _, err := Decode(out.Bytes())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out.Bytes())
		}
		if diff := cmp.Diff(settled(o), settled(again)); diff != "" {
			t.Errorf("(-first +again):\n%s\n%s", diff, out.Bytes())
		}
		if err := Encode(&twice, &again); err != nil || !bytes.Equal(out.Bytes(), twice.Bytes()) {
			t.Errorf("written twice it differs: %v\n%s", err, cmp.Diff(out.String(), twice.String()))
		}
	})
}
