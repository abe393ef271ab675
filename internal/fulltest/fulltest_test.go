package fulltest

import (
	"flag"
	"slices"
	"testing"
)

// TestPart: in full all is tried, and else the first of each n.
func TestPart(t *testing.T) {
	rounds, cases := 2, []string{"a", "d", "g"}
	if On {
		rounds, cases = 9, []string{"a", "b", "c", "d", "e", "f", "g"}
	}
	if got := Rounds(2, 9); got != rounds {
		t.Errorf("%d rounds, want %d", got, rounds)
	}
	if got := Cases([]string{"a", "b", "c", "d", "e", "f", "g"}, 3); !slices.Equal(got, cases) {
		t.Errorf("%v, want %v", got, cases)
	}
	if got := Cases([]string{}, 3); len(got) != 0 {
		t.Errorf("%v of none", got)
	}
}

// TestRapidIsShorter: the properties of a package that imports this one are tried on
// fewer cases where tests do not run in full.
func TestRapidIsShorter(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); !On && f.Value.String() != "20" {
		t.Errorf("rapid tries %s cases", f.Value)
	}
}
