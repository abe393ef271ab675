package conformance

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
)

// numberSpellings are ways in which programs write a number, each of the same
// value.
func numberSpellings() map[string]func(digits string) string {
	shifted := func(digits string, places int64) string {
		r, _ := new(big.Rat).SetString(digits)
		by := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(places, -places)), nil))
		if places < 0 {
			by.Inv(by)
		}
		return strings.TrimSuffix(strings.TrimRight(r.Mul(r, by).FloatString(20), "0"), ".")
	}
	return map[string]func(string) string{
		"a point":             func(d string) string { return decimals(d) + "0" },
		"many zeros":          func(d string) string { return decimals(d) + strings.Repeat("0", 30) },
		"an exponent of 0":    func(d string) string { return d + "e0" },
		"a positive exponent": func(d string) string { return shifted(d, -2) + "E+2" },
		"a negative exponent": func(d string) string { return shifted(d, 3) + "e-03" },
		restOfDouble:          func(d string) string { return decimals(d) + strings.Repeat("0", 13-len(fraction(d))) + "12" },
	}
}

func fraction(digits string) string { _, f, _ := strings.Cut(digits, "."); return f }

func decimals(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + "."
}

// numberMember is a member of JSON that is a number.
var numberMember = regexp.MustCompile(`("[A-Za-z0-9]+":)(-?[0-9]+(?:\.[0-9]+)?)([,}])`)

// restOfDouble is the spelling that names have not: they are exact.
const restOfDouble = "the rest of a double"

// TestNumbersInEverySpelling sends the request of each dialect that takes JSON with
// all its numbers in every spelling: the core has the same order each time. What
// is the same number is so in every member, for the members are those that the
// request file has, and [TestWhatIsLost] holds that it has them all.
func TestNumbersInEverySpelling(t *testing.T) {
	for _, d := range clients() {
		_, body, err := requestFile(d.name)
		check(t, err)
		if !json.Valid(body) || !numberMember.Match(body) {
			continue // of XML, or without numbers
		}
		t.Run(d.name, func(t *testing.T) {
			w := newWorld(t, t.TempDir())
			want, n := w.bareOrder(d, func(body string) string { return body }), 0
			for name, spell := range numberSpellings() {
				n++
				own := fmt.Sprintf("N-2026-%04d", n)
				change := func(body string) string {
					body = numberMember.ReplaceAllStringFunc(strings.ReplaceAll(body, orderNumberOf(d), own), func(member string) string {
						parts := numberMember.FindStringSubmatch(member)
						if name == restOfDouble && strings.HasSuffix(parts[1], `Id":`) {
							return member
						}
						return parts[1] + spell(parts[2]) + parts[3]
					})
					return body
				}
				if got := strings.ReplaceAll(w.bareOrder(d, change), own, orderNumberOf(d)); got != want {
					t.Errorf("with %s the order is\n%s\nand without\n%s", name, got, want)
				}
			}
		})
	}
}

// orderNumberOf is what the sender calls the order in the request file of a dialect.
func orderNumberOf(d client) string {
	return d.number(nil, func(body string) string { return body }, answer{})
}

// bareOrder sends a request and returns the order as the core has it, without
// what is another for each: the id, the times, and the displayId by which an
// installation names its client.
func (w *world) bareOrder(d client, change func(string) string) string {
	w.t.Helper()
	a := w.post(d, d.credential(w, auth.ModeLive), change)
	if !granted(outcome(a)) {
		w.t.Fatalf("%s: %d %s", d.name, a.status, a.body)
	}
	o := w.core(d, d.number(w.t, change, a))
	o.ID, o.Created, o.Updated = "", time.Time{}, time.Time{}
	if to := o.Header.ShipTo; strings.HasPrefix(to.ID.Value, "BG-") {
		to.ID.Value = "BG-"
	}
	text, err := json.Marshal(o)
	check(w.t, err)
	return string(text)
}
