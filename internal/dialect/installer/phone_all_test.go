//go:build all

package installer

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// madeNumbers makes numbers of a region: those that the metadata has as
// examples, with digits changed, cut off and added, and digits of all lengths;
// national, behind a zero and behind a plus.
func madeNumbers(random *rand.Rand, region string, count int) (texts []string) {
	digits := func(n int) (s string) {
		for range n {
			s += string(rune('0' + random.IntN(10)))
		}
		return s
	}
	code := phonenumbers.GetCountryCodeForRegion(region)
	var bases []string
	for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
		if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
			bases = append(bases, phonenumbers.GetNationalSignificantNumber(n))
		}
	}
	for range count {
		n := digits(4 + random.IntN(9))
		if len(bases) > 0 && random.IntN(3) > 0 {
			b := []byte(bases[random.IntN(len(bases))])
			for range random.IntN(4) {
				b[random.IntN(len(b))] = byte('0' + random.IntN(10))
			}
			switch random.IntN(8) {
			case 0:
				b = b[:len(b)-1]
			case 1:
				b = append(b, digits(1)...)
			}
			n = string(b)
		}
		switch random.IntN(5) {
		case 0:
			n = fmt.Sprintf("+%d%s", code, n)
		case 1:
			n = "0" + n
		case 2:
			n = fmt.Sprintf("00%d%s", code, n)
		}
		texts = append(texts, n)
	}
	return texts
}

// newer reports whether a plan changed between the metadata of the two
// libraries, which are brought up to date at different times: these are the
// numbers, by their national part, about which they differ for that reason
// alone. A release of either that makes a line superfluous is no fault.
func newer(rules PhoneRules, text, region string) bool {
	changed := map[PhoneRules]map[string]string{
		MinPhones: {"ES": "^(?:400|5[02-9])"},
		MaxPhones: {"ES": "^400", "SE": "^78", "DK": "^37", "NO": "^68", "FI": "^4946", "PT": "^762", "MA": "^73", "FO": "^88"},
	}[rules][region]
	n, err := phonenumbers.Parse(text, region)
	return err == nil && changed != "" && regexp.MustCompile(changed).MatchString(phonenumbers.GetNationalSignificantNumber(n))
}

// TestPhonesAsLibphonenumberJS holds both sets of rules against the library that
// the interface names: the same verdict about every made number.
func TestPhonesAsLibphonenumberJS(t *testing.T) { phonesAsLibphonenumberJS(t, 500) }

// phonesAsLibphonenumberJS makes so many numbers for each region.
func phonesAsLibphonenumberJS(t *testing.T, each int) {
	t.Helper()
	random := rand.New(rand.NewPCG(3, 4))
	var made [][2]string
	for _, region := range []string{"NO", "SJ", "SE", "DK", "FI", "AX", "IS", "GB", "GG", "DE", "US", "CA", "NL", "FR", "PL", "IT", "ES", "EE", "LV", "LT", "UA", "IE", "AT", "CH", "BE", "PT", "CZ", "KZ", "AU", "VA", "MA", "GP", "FO", "GL"} {
		for _, text := range madeNumbers(random, region, each) {
			made = append(made, [2]string{text, region})
		}
	}
	for _, text := range oddPhones() {
		for _, region := range []string{"NO", "SE", "GB"} {
			made = append(made, [2]string{text, region})
		}
	}
	verdicts := askLibphonenumberJS(t, made)
	for rules, want := range map[PhoneRules]string{MinPhones: verdicts.Min, MaxPhones: verdicts.Max} {
		b, differ, taken := newPhoneBook(rules), 0, 0
		for i, m := range made {
			wrong := b.rule(m[1])(m[0])
			if want[i] == '1' {
				taken++
			}
			if (wrong == "") != (want[i] == '1') && !ours(m[0]) && !newer(rules, m[0], m[1]) {
				if differ++; differ <= 40 {
					t.Errorf("%s: %q in %s: %q, libphonenumber-js says %c", rules, m[0], m[1], wrong, want[i])
				}
			}
		}
		if t.Logf("%s: %d numbers, %d of them taken, %d differ", rules, len(made), taken, differ); taken < len(made)/10 {
			t.Errorf("%s: only %d are taken", rules, taken)
		}
	}
}

func askLibphonenumberJS(t *testing.T, made [][2]string) (verdicts struct{ Min, Max string }) {
	t.Helper()
	text, err := json.Marshal(made)
	check(t, err)
	file := filepath.Join(t.TempDir(), "numbers.json")
	check(t, os.WriteFile(file, text, 0o600))
	node := exec.CommandContext(t.Context(), "node", "phones.mjs")
	node.Dir = filepath.Join("..", "..", "interop", "node")
	node.Env = append(os.Environ(), "FILE="+file)
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node phones.mjs: %v; the packages come by make test-deps\n%s", err, out)
	}
	check(t, json.Unmarshal(out, &verdicts))
	if len(verdicts.Min) != len(made) || len(verdicts.Max) != len(made) {
		t.Fatalf("%d and %d verdicts about %d numbers", len(verdicts.Min), len(verdicts.Max), len(made))
	}
	return verdicts
}
