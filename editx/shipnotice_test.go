package editx

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const shipSchema = "schemas/editeur-library/EDItX_LibraryShipNotice_V1.0.xsd"

// shipRules are the places where strict refuses a notice and the schema
// does not: rules of the trade that no schema can ask.
var shipRules = map[string]bool{"ean-check": true, "quantity": true, "decimal": true, "missing": true}

// aroundYear is xmllint's word on a year that has blanks around it.
var aroundYear = regexp.MustCompile(`: '[ \t\r\n]*[0-9]{4}[ \t\r\n]*' is not a valid value of the atomic type 'xs:gYear'`)

// TestShipNoticeFixture holds that a notice which uses the whole schema is
// taken under every profile without a word.
func TestShipNoticeFixture(t *testing.T) {
	for _, p := range []Profile{Strict, Trade, Lenient, schema} {
		if found := checked(&shipNoticeDocument)(fixture(t, "shipnotice/full.xml"), p, decodeOptions{}); len(found) > 0 {
			t.Errorf("%s found\n%s", p, listing(found))
		}
	}
}

// TestShipNoticeFixtureIsWhole holds that no row of the grammar is without its
// place in the fixture, so that the comparison with the schema reaches it.
func TestShipNoticeFixtureIsWhole(t *testing.T) {
	used := map[string]bool{}
	for element := range elements(t, fixture(t, "shipnotice/full.xml")) {
		path, _, _ := strings.Cut(element, "=")
		used[path] = true
	}
	parties := strings.NewReplacer("SellerParty/", "BuyerParty/", "ShipToParty/", "BuyerParty/", "BillToParty/", "BuyerParty/")
	walk(&shipNoticeDocument.root, "/"+shipNoticeRoot, 1, func(_ *field, path string, _ int) {
		if !used[path] && !used[parties.Replace(path)] {
			t.Errorf("the fixture has no %s", path)
		}
	})
}

// TestShipNoticeSamples holds what is said of the public notices, and that
// strict and xmllint agree on them.
func TestShipNoticeSamples(t *testing.T) {
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the public EDItX samples are not beside this project (%s); this test needs them", shared)
	}
	names, err := filepath.Glob(filepath.Join(shared, "samples/library-ship-notice/*.xml"))
	if err != nil || len(names) != 4 {
		t.Fatalf("%d samples were found: %v", len(names), err)
	}
	for _, path := range names {
		t.Run(filepath.Base(path), func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			report := mustCheck(t, body, Strict)
			golden(t, "shipnotice/"+filepath.Base(path)+".strict", listing(report.Findings))
			golden(t, "shipnotice/"+filepath.Base(path)+".trade", listing(mustCheck(t, body, Trade).Findings))
			agreesWithLint(t, path, !report.Refused)
		})
	}
}

func agreesWithLint(t *testing.T, path string, taken bool) {
	t.Helper()
	xmllint := needXmllint(t)
	out, err := exec.Command(xmllint, "--nonet", "--noout", "--schema", filepath.Join(shared, shipSchema), path).CombinedOutput()
	if valid := err == nil; valid != taken {
		t.Errorf("valid by the schema %v, taken by strict %v\n%s", valid, taken, out)
	}
}

// TestShipNoticeAgreesWithTheSchema spoils the fixture and asks both judges.
func TestShipNoticeAgreesWithTheSchema(t *testing.T) {
	xmllint := needXmllint(t)
	base := fixture(t, "shipnotice/full.xml")
	var cases []*compared
	for i := range 3 * mutants / slowness() {
		body, done := mutated(base, uint64(i))
		cases = append(cases, &compared{body: body, done: done})
	}
	lintBy(t, xmllint, filepath.Join(shared, shipSchema), cases)
	verdicts, stricter := map[bool]int{}, 0
	for _, c := range cases {
		c.strict = mustCheck(t, c.body, Strict)
		verdicts[c.valid]++
		// XML Schema allows blanks around numbers and years, and libxml2 does not.
		aroundNumber := !c.valid && !slices.ContainsFunc(c.byLint, func(line string) bool {
			return !aroundInt.MatchString(line) && !aroundYear.MatchString(line)
		})
		switch {
		case c.valid == !c.strict.Refused || aroundNumber:
		case c.valid && c.refusals(func(f Finding) bool { return shipRules[f.Code] }):
			stricter++
		default:
			t.Errorf("%v: valid by the schema %v, refused by strict %v\n\txmllint: %q\n%s", c.done, c.valid, c.strict.Refused, c.byLint, listing(c.strict.Findings))
		}
	}
	t.Logf("%d valid, %d invalid; strict refuses %d that are valid", verdicts[true], verdicts[false], stricter)
	if verdicts[true] < 300/slowness() || verdicts[false] < 300/slowness() {
		t.Error("the mutations are all of one kind; the test says little")
	}
}
