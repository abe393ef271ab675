package montly

import (
	"fmt"
	"strings"
	"testing"
)

func TestOrgNumbers(t *testing.T) {
	const none = ""
	for in, want := range map[string][2]string{ // for all, and for legal persons alone
		"559089-4308":      {"559089-4308", "559089-4308"},
		"5590894308":       {"559089-4308", "559089-4308"},
		"  559089-4308\t":  {"559089-4308", "559089-4308"},
		"559089 4308":      {"559089-4308", "559089-4308"},
		"559089–4308":      {"559089-4308", "559089-4308"},
		"559089\u00a04308": {"559089-4308", "559089-4308"},
		"16559089-4308":    {"559089-4308", "559089-4308"},
		"165590894308":     {"559089-4308", "559089-4308"},
		"811218-9876":      {"811218-9876", none}, // a person
		"19811218-9876":    {"811218-9876", none},
		"198112189876":     {"811218-9876", none},
		"16811218-9876":    {none, none},
		"20559089-4308":    {none, none},
		"000000-0000":      {none, none},
		"0000000000":       {none, none},
		"160000000000":     {none, none},
		"559089-4309":      {none, none},
		"559098-4308":      {none, none},
		"559089-430":       {none, none},
		"559089-43080":     {none, none},
		"5590-894308":      {none, none},
		"559089--4308":     {none, none},
		"-5590894308":      {none, none},
		"55908943O8":       {none, none},
		"٥٥٩٠٨٩٤٣٠٨":       {none, none},
		"SE559089430801":   {none, none},
		"":                 {none, none},
		"-":                {none, none},
		orgRefused:         {orgRefused, orgRefused},
		orgDeclined:        {orgDeclined, orgDeclined},
		orgPending:         {orgPending, orgPending},
		orgAccepted:        {orgAccepted, orgAccepted},
	} {
		for i, legalOnly := range []bool{false, true} {
			got, ok := parseOrgNumber(in, legalOnly)
			if got != want[i] || ok != (want[i] != none) {
				t.Errorf("%q, legal persons alone %v: %q, %v; want %q", in, legalOnly, got, ok, want[i])
			}
		}
	}
}

// checkDigit is the check digit by another way of computing it: the tens of
// every second digit doubled are looked up, not computed.
func checkDigit(nine string) byte {
	const doubled = "0246813579"
	sum := 0
	for i := range nine {
		d := nine[i]
		if i%2 == 0 {
			d = doubled[d-'0']
		}
		sum += int(d - '0')
	}
	return byte('0' + (10-sum%10)%10)
}

// TestOneCheckDigitFits tries all digits behind a hundred thousand numbers, and
// every change of a single digit of some.
func TestOneCheckDigitFits(t *testing.T) {
	for n := 0; n < 1_000_000_000; n += 9_973 {
		nine := fmt.Sprintf("%09d", n)
		for d := byte('0'); d <= '9'; d++ {
			_, ok := parseOrgNumber(nine+string(d), false)
			if want := d == checkDigit(nine) && n != 0; ok != want {
				t.Fatalf("%s%c: %v, want %v", nine, d, ok, want)
			}
		}
	}
	for n := 201_000_000; n < 1_000_000_000; n += 999_983 {
		nine := fmt.Sprintf("%09d", n)
		good := nine + string(checkDigit(nine))
		for i := range good {
			for d := byte('0'); d <= '9'; d++ {
				changed := good[:i] + string(d) + good[i+1:]
				if _, ok := parseOrgNumber(changed, false); ok != (changed == good) {
					t.Fatalf("%s from %s: %v", changed, good, ok)
				}
			}
		}
	}
}

// TestThirdDigitOfFirms lets in, where firms alone may lease, no third digit
// below 2.
func TestThirdDigitOfFirms(t *testing.T) {
	for n := 100; n < 1000; n++ {
		nine := fmt.Sprintf("%d123456", n)
		number := nine + string(checkDigit(nine))
		for _, legalOnly := range []bool{false, true} {
			if _, ok := parseOrgNumber(number, legalOnly); ok != (!legalOnly || n%10 >= 2) {
				t.Errorf("%s, legal persons alone %v: %v", number, legalOnly, ok)
			}
		}
	}
}

// FuzzOrgNumber holds that what is taken has one form, and that the form is
// taken as it is.
func FuzzOrgNumber(f *testing.F) {
	for _, s := range []string{"559089-4308", "16559089-4308", "198112189876", "000000-0000", " 5590894308 ", "–", "\u00a0", "1655908943081655908943081"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, legalOnly bool) {
		got, ok := parseOrgNumber(s, legalOnly)
		if !ok {
			if got != "" {
				t.Errorf("%q is refused and gives %q", s, got)
			}
			return
		}
		if len(got) != 11 || got[6] != '-' || !isDigits(strings.Replace(got, "-", "", 1)) || checkDigit(got[:6]+got[7:10]) != got[10] {
			t.Errorf("%q gives %q", s, got)
		}
		if again, ok := parseOrgNumber(got, legalOnly); !ok || again != got {
			t.Errorf("%q is taken, and its form %q gives %q, %v", s, got, again, ok)
		}
	})
}
