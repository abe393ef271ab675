package editx

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// settled is an order without what writing is meant to change: numbers that
// could not be kept, and a summary or purpose that was missing.
func settled(o order.Order) order.Order {
	o = completed(&o)
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
