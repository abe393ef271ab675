package editx

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSampleFindings holds what is said of every public sample, of whatever
// kind: all of it under the profile that is mostly used, and the sum of it
// under the others.
func TestSampleFindings(t *testing.T) {
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the public EDItX samples are not beside this project (%s); this test needs them", shared)
	}
	names, err := filepath.Glob(filepath.Join(shared, "samples/*/*"))
	if err != nil || len(names) < 20 {
		t.Fatalf("only %d samples were found: %v", len(names), err)
	}
	for _, path := range names {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "findings/"+filepath.Base(path)+".golden", reports(t, body))
		})
	}
}

// reports writes the reports on a document under all profiles.
func reports(t *testing.T, body []byte) string {
	var b strings.Builder
	r := mustCheck(t, body, Trade)
	fmt.Fprintf(&b, "%s %s\n%s: %s\n%s", cmpOr(r.Type, "(no root)"), r.Version, r.Profile, verdict(r), listing(r.Findings))
	for _, p := range []Profile{Strict, Lenient} {
		r := mustCheck(t, body, p)
		fmt.Fprintf(&b, "%s: %s\n", p, verdict(r))
		sums := map[string]int{}
		for _, f := range r.Findings {
			sums[f.Severity.String()+" "+f.Code]++
		}
		for _, k := range slices.Sorted(maps.Keys(sums)) {
			fmt.Fprintf(&b, "\t%d × %s\n", sums[k], k)
		}
	}
	return b.String()
}

func cmpOr(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func verdict(r Report) string {
	if r.Refused {
		return "refused"
	}
	return "taken"
}

// TestProfilesAreAStair holds that what passes a stricter profile passes the
// looser ones, with the same model.
func TestProfilesAreAStair(t *testing.T) {
	passed := map[Profile]int{}
	whole := bases(t, "1.2")
	for seed := range uint64(3000 / slowness()) {
		body, done := mutated(whole[seed%4], seed)
		strict, trade, lenient := mustCheck(t, body, Strict), mustCheck(t, body, Trade), mustCheck(t, body, Lenient)
		if !strict.Refused && trade.Refused || !trade.Refused && lenient.Refused {
			t.Fatalf("%v: strict %s, trade %s, lenient %s\n%s", done, verdict(strict), verdict(trade), verdict(lenient), body)
		}
		for _, r := range []Report{strict, trade, lenient} {
			if !r.Refused {
				passed[r.Profile]++
			}
			o, _, err := DecodeAs(body, r.Profile)
			if (err != nil) != r.Refused {
				t.Fatalf("%v: Check says %s, and DecodeAs %v", done, verdict(r), err)
			}
			if again, _, err := Decode(body); err == nil && cmp.Diff(o, again) != "" && !r.Refused {
				t.Fatalf("%v: %s reads another order than trade", done, r.Profile)
			}
		}
	}
	if passed[Strict] == 0 || passed[Strict] >= passed[Trade] || passed[Trade] >= passed[Lenient] {
		t.Errorf("the profiles do not differ: %v passed", passed)
	}
}

// TestLenient holds what the loosest profile makes of slips.
func TestLenient(t *testing.T) {
	for _, c := range []struct {
		name, old, new string
		code, says     string
	}{
		{"wrong check digit", "9788299010016", "9788299010017", "ean-check", "It was stored as written."},
		{"EAN of twelve digits", "9788299010016", "788299010016", "ean-check", "it has 12 digits"},
		{"unknown purpose", ">Original<", ">Cancel<", "purpose", "taken as a Test"},
		{"unreadable date of issue", "20261121", "i dag", "date", "It was taken as not given."},
		{"unreadable optional date", "</BuyerParty>", "</BuyerParty><DateCoded><Date>snart</Date><DateQualifierCode>DoNotShipBefore</DateQualifierCode></DateCoded>", "date", "taken as not given, and stored"},
		{"unreadable discount", "</BuyerParty>", "</BuyerParty><DiscountPercentage>30 %</DiscountPercentage>", "decimal", "taken as not given, and stored"},
	} {
		body := with(c.old, c.new)
		if !mustCheck(t, body, Trade).Refused {
			t.Errorf("%s: trade takes it, so that lenient need not", c.name)
		}
		o, findings, err := DecodeAs(body, Lenient)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		i := slices.IndexFunc(findings, func(f Finding) bool { return f.Code == c.code })
		if i < 0 || !strings.Contains(findings[i].Message, c.says) {
			t.Errorf("%s: found\n%s", c.name, listing(findings))
		}
		if c.name == "unknown purpose" && o.Header.Purpose != "Test" {
			t.Errorf("an unknown purpose was taken as %s", o.Header.Purpose)
		}
		if out := string(mustEncode(t, &o)); c.name == "unreadable optional date" && !strings.Contains(out, "<Date>snart</Date>") || c.code == "decimal" && !strings.Contains(out, "30 %") {
			t.Errorf("%s: it was lost\n%s", c.name, out)
		}
	}
}

func TestParseProfile(t *testing.T) {
	for in, want := range map[string]Profile{"strict": Strict, " Trade ": Trade, "LENIENT": Lenient} {
		if got, err := ParseProfile(in); err != nil || got != want {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "schema", "strenger"} {
		if _, err := ParseProfile(in); err == nil || !strings.Contains(err.Error(), "strict, trade or lenient") {
			t.Errorf("%q: %v", in, err)
		}
		if _, err := Check([]byte(plainOrder), Profile(in)); err == nil {
			t.Errorf("Check took the profile %q", in)
		}
	}
}
