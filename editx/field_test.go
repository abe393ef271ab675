package editx

import (
	"strings"
	"testing"
)

// walk calls visit for every row of the grammar.
func walk(f *field, path string, depth int, visit func(f *field, path string, depth int)) {
	visit(f, path, depth)
	for i := range f.children {
		walk(&f.children[i], path+"/"+f.children[i].name, depth+1, visit)
	}
}

func TestGrammarFitsItsBounds(t *testing.T) {
	deepest, longest := 0, 0
	walk(&orderDocument.root, "/Order", 1, func(f *field, _ string, depth int) {
		if f.children != nil {
			deepest, longest = max(deepest, depth), max(longest, len(f.children))
		}
	})
	if deepest > grammarDepth {
		t.Errorf("composites nest %d deep; grammarDepth is %d", deepest, grammarDepth)
	}
	if longest > maxFields || maxFields > 64 {
		t.Errorf("the longest table has %d rows; maxFields is %d, and a frame remembers 64", longest, maxFields)
	}
}

func TestGrammarRowsAreWhole(t *testing.T) {
	walk(&orderDocument.root, "/Order", 1, func(f *field, path string, depth int) {
		seen := map[string]bool{}
		for i := range f.children {
			k := &f.children[i]
			if seen[k.name] {
				t.Errorf("%s has two rows for %s", path, k.name)
			}
			seen[k.name] = true
			switch {
			case k.children == nil && (k.parse == nil || k.print == nil):
				t.Errorf("%s/%s cannot be both read and written", path, k.name)
			case k.children != nil && (k.enter == nil || k.leave == nil || k.at == nil):
				t.Errorf("%s/%s cannot be both read and written", path, k.name)
			case k.many != (k.count != nil):
				t.Errorf("%s/%s is repeated without being counted, or the other way round", path, k.name)
			}
		}
	})
}

// TestFixturesUseTheWholeGrammar holds that no row is without a golden file.
func TestFixturesUseTheWholeGrammar(t *testing.T) {
	used := map[string]bool{}
	for _, name := range []string{"full.xml", "choices.xml", "due_date.xml", "extended_days.xml", "version_1_0.xml"} {
		for element := range elements(t, fixture(t, name)) {
			path, _, _ := strings.Cut(element, "=")
			used[path] = true
		}
	}
	parties := strings.NewReplacer("SellerParty/", "BuyerParty/", "ShipToParty/", "BuyerParty/", "BillToParty/", "BuyerParty/")
	var missing []string
	walk(&orderDocument.root, "/Order", 1, func(f *field, path string, depth int) {
		if strings.HasPrefix(path, "/Order/Header") {
			path = parties.Replace(path) // the four parties share one table
		}
		shared := strings.Contains(path, "ItemRelatedParty/") || strings.Contains(path, "ItemDetail/AdditionalService/") || strings.Contains(path, "Allowance") ||
			strings.Contains(path, "AdditionalService/PricingDetail/Discount") || strings.Contains(path, "ItemDetail/PricingDetail/Price/Tax") ||
			strings.HasSuffix(path, "AdditionalService/ReferenceCoded/ReferenceDate")
		if !shared && !used[path] {
			missing = append(missing, path)
		}
	})
	if len(missing) > 0 {
		t.Errorf("no fixture uses\n%s", strings.Join(missing, "\n"))
	}
}
