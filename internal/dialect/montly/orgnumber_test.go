package montly

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/fulltest"
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
		"740012-8695":      {none, none}, // no month 00

		// VAT numbers, and what of them stands behind SE or before 01
		"SE559089430801":               {"559089-4308", "559089-4308"},
		"se559089430801":               {"559089-4308", "559089-4308"},
		" SE 559089-4308 01 ":          {"559089-4308", "559089-4308"},
		"SE-559089-4308-01":            {"559089-4308", "559089-4308"},
		"SE\u00a05590 8943 08\u201101": {"559089-4308", "559089-4308"},
		"559089430801":                 {"559089-4308", "559089-4308"},
		"559089-4308 01":               {"559089-4308", "559089-4308"},
		"SE5590894308":                 {"559089-4308", "559089-4308"},
		"SE 559089-4308":               {"559089-4308", "559089-4308"},
		"SE811218987601":               {"811218-9876", none},
		"SE559089430802":               {none, none},
		"SE559089430800":               {none, none},
		"559089430802":                 {none, none},
		"5590894308-01":                {"559089-4308", "559089-4308"},
		"202100548901":                 {"202100-5489", "202100-5489"}, // of the state
		"55908943-0801":                {none, none},                   // a dash where a century would end
		"19702992-7501":                {none, none},                   // no month 29, and no VAT number
		"194103586501":                 {none, none},
		"20811083-1401":                {none, none},
		"16559089430801":               {none, none},
		"740120869401":                 {"740120-8694", none},
		"740120+869401":                {none, none},
		"559089-4308 0 1":              {none, none},
		"559089-4308  01":              {none, none},
		"SE559089430901":               {none, none},
		"SE740012869501":               {none, none},
		"SE16559089430801":             {none, none},
		"NO559089430801":               {none, none},
		"SESE559089430801":             {none, none},
		"SE":                           {none, none},
		"SE01":                         {none, none},

		// dates of birth
		"740120-8694":                  {"740120-8694", none},
		"740120-8695":                  {none, none},
		"740180-8691":                  {"740180-8691", none}, // a coordination number
		"197401808691":                 {"740180-8691", none},
		"740160-8695":                  {none, none}, // no day 0
		"740192-8697":                  {none, none}, // no day 32
		"741301-8693":                  {none, none},
		"740230-8691":                  {none, none},
		"740120-0006":                  {none, none}, // no birth has the number 0
		"000229-0104":                  {"000229-0104", none},
		"20000229-0104":                {"000229-0104", none},
		"19000229-0104":                {none, none}, // 1900 was no leap year
		"000229+0104":                  {none, none},
		"010229-0103":                  {none, none},
		"740120+8694":                  {"740120+8694", none},
		"18740120-8694":                {"740120-8694", none},
		"17740120-8694":                {none, none},
		"559089+4308":                  {none, none}, // a firm has no age
		"16559089+4308":                {none, none},
		"055908-4306":                  {none, none}, // no kind of firm is 0
		"5590\u200e894308":             {"559089-4308", "559089-4308"},
		"\ufeff559089\u20124308\u00ad": {"559089-4308", "559089-4308"},
		"559089\uff0d4308":             {"559089-4308", "559089-4308"},
		orgRefused:                     {orgRefused, orgRefused},
		orgDeclined:                    {orgDeclined, orgDeclined},
		orgPending:                     {orgPending, orgPending},
		orgAccepted:                    {orgAccepted, orgAccepted},
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

// canExist reports by another way which nine digits begin a number: legal persons
// by their third digit, persons by a date that the calendar returns unchanged.
func canExist(nine string) bool {
	part := func(from, to int) int { n, _ := strconv.Atoi(nine[from:to]); return n }
	if part(2, 4) >= 20 {
		return nine[0] != '0'
	}
	day := part(4, 6)
	if day > 60 {
		day -= 60
	}
	born := time.Date(2000+part(0, 2), time.Month(part(2, 4)), day, 0, 0, 0, 0, time.UTC)
	return int(born.Month()) == part(2, 4) && born.Day() == day && day > 0 && nine[6:] != "000"
}

// TestOneCheckDigitFits tries all digits behind a hundred thousand numbers, and
// every change of a single digit of some.
func TestOneCheckDigitFits(t *testing.T) {
	for n := 0; n < 1_000_000_000; n += fulltest.Rounds(99_991, 9_973) {
		nine := fmt.Sprintf("%09d", n)
		for d := byte('0'); d <= '9'; d++ {
			_, ok := parseOrgNumber(nine+string(d), false)
			if want := d == checkDigit(nine) && canExist(nine); ok != want {
				t.Fatalf("%s%c: %v, want %v", nine, d, ok, want)
			}
		}
	}
	for n := 201_000_000; n < 1_000_000_000; n += fulltest.Rounds(9_999_991, 999_983) {
		nine := fmt.Sprintf("%09d", n)
		good := nine + string(checkDigit(nine))
		for i := range good {
			for d := byte('0'); d <= '9'; d++ {
				changed := good[:i] + string(d) + good[i+1:]
				if _, ok := parseOrgNumber(changed, false); ok && changed != good {
					t.Fatalf("%s from %s", changed, good)
				}
			}
		}
	}
}

// TestEveryBirthday takes a personal number of each day of a leap year and of
// another, and of no other days.
func TestEveryBirthday(t *testing.T) {
	taken := 0
	for _, year := range []string{"84", "85"} {
		for day := range 10_000 {
			nine := fmt.Sprintf("%s%04d123", year, day)
			if _, ok := parseOrgNumber(nine+string(checkDigit(nine)), false); ok && nine[2] < '2' {
				taken++
			}
		}
	}
	if want := 2 * (366 + 365); taken != want {
		t.Errorf("%d days of birth and of coordination numbers, want %d", taken, want)
	}
}

// TestThirdDigitOfFirms lets in, where firms alone may lease, no third digit
// below 2.
func TestThirdDigitOfFirms(t *testing.T) {
	for n := 100; n < 1000; n++ {
		nine := fmt.Sprintf("%d123456", n)
		number := nine + string(checkDigit(nine))
		for _, legalOnly := range []bool{false, true} {
			if _, ok := parseOrgNumber(number, legalOnly); ok != (n%10 >= 2 || !legalOnly && canExist(nine)) {
				t.Errorf("%s, legal persons alone %v: %v", number, legalOnly, ok)
			}
		}
	}
}

// FuzzOrgNumber holds that what is taken has one form, and that the form is
// taken as it is.
func FuzzOrgNumber(f *testing.F) {
	for _, s := range []string{"559089-4308", "16559089-4308", "198112189876", "000000-0000", " 5590894308 ", "–", "\u00a0", "1655908943081655908943081", "SE559089430801", "740120+8694", "SE 559089-4308 01"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, legalOnly bool) {
		got, ok := parseOrgNumber(s, legalOnly)
		if !ok {
			if got != "" {
				t.Errorf("%q is refused and returns %q", s, got)
			}
			return
		}
		if len(got) != 11 || got[6] != '-' && (got[6] != '+' || legalOnly) || !isDigits(got[:6]+got[7:]) || checkDigit(got[:6]+got[7:10]) != got[10] {
			t.Errorf("%q returns %q", s, got)
		}
		if again, ok := parseOrgNumber(got, legalOnly); !ok || again != got {
			t.Errorf("%q is accepted, and its form %q returns %q, %v", s, got, again, ok)
		}
	})
}
