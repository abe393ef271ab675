package installer

import (
	"strings"
	"testing"
)

// oddPhones are numbers as people and programs write them, and what is none.
func oddPhones() []string {
	all := []string{
		"999 00 111", "999\u00a000\u00a0111", "999-00-111", "(999) 00 111", "[999] 00 111", "999.00.111", "999/00/111", "999~00 111", "99\u200b900111", "99\u2060900111", "99\u00ad900111", "999\u300000111",
		"٩٩٩٠٠١١١", "۹۹۹۰۰۱۱۱", "９９９００１１１", "＋４７ ９９９ ００ １１１", "+٤٧ ٩٩٩ ٠٠ ١١١", "0047 99900111", "004799900111", "4799900111", "47 999 00 111", "+4759000000", "+4712345678", "08-123 45", "08-123 456 78", "+46 (0)8 123 456 78", "+44 (0)20 7946 0018", "020 7946 0018",
		"99900111 ext 5", "99900111 ext. 5", "99900111 Ext.5", "99900111 EXTENSION 12", "99900111 extensión 5", "99900111x5", "99900111 x 5", "99900111 x123456789", "99900111 x1234567890", "99900111#12", "99900111;ext=5", "99900111;ext=123456789012345678901", "99900111,,5", "99900111,5", "99900111;5", "99900111 доб. 5", "99900111 anexo 5", "99900111 int 5", "99900111 - 503#", "99900111 ｅｘｔ 5", "+4799900111;isub=12",
		"", " ", "+", "+47", "112", "999001", "99900111a", "a99900111", "999_00_111", "999*00*111", "99900111 or 99900112", "+4799900111+4799900111", "0800 FLOWERS", "+999 12345678", "99900111 ext", "99900111 Anknytning 5", "9\u200d9900111", "99\u202f900111", "99\u2007900111", "99\u0660900111", "+80012345678", "+882161234567", "+390236618300", "+3906698", "٩٩٩٠٠١١x٥", "\u066199900111",
	}
	for _, dash := range "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff0d" {
		all = append(all, "999"+string(dash)+"00"+string(dash)+"111")
	}
	return all
}

// ours reports whether a number is taken here although libphonenumber-js takes
// it only out of a text, with parsePhoneNumber: blanks around it and brackets
// before it, a URI, several plus signs, a wide plus for a plus.
func ours(s string) bool {
	return strings.TrimSpace(s) != s || strings.HasPrefix(s, "(+") || strings.HasPrefix(s, "tel:") || strings.HasPrefix(s, "++") || strings.HasPrefix(s, "＋")
}

func TestPhones(t *testing.T) {
	lax, strict := newPhoneBook(MinPhones), newPhoneBook(MaxPhones)
	for _, c := range []struct {
		text, country string
		min, max      bool
	}{
		{"+4799900111", "NO", true, true}, {"+4799900111", "", true, true}, {"+4799900111", "SE", true, true}, {"99900111", "NO", true, true}, {"99900111", "SE", true, false}, {"99900111", "DK", true, true}, {"999001112", "NO", false, false}, {"99900111", "", false, false},
		{"+4759000000", "NO", true, false}, {"+4712345678", "NO", false, false}, {"08-123 45", "SE", false, false}, {"08-123 456 78", "SE", true, true}, {"09 61 64 48 49", "SE", true, true},
		{"+47 999 00 111", "NO", true, true}, {"+47\u00a0999\u00a000\u00a0111", "NO", true, true}, {"+47 999\u201100\u2010111", "NO", true, true}, {"＋４７９９９００１１１", "NO", true, true}, {"٩٩٩٠٠١١١", "NO", true, true},
		{"+47 999 00 111 ext. 5", "NO", true, true}, {"99900111x123", "NO", true, true}, {"tel:+47-999-00-111;ext=12", "NO", true, true}, {"tel:99900111;phone-context=+47", "", true, true}, {"TEL:99900111;phone-context=nordmann.example", "NO", true, true},
		{" (+47) 999-00-111 ", "", true, true}, {"\u200e+4799900111\u202c", "NO", true, true}, {"++4799900111", "NO", true, true}, {"0047 999 00 111", "NO", true, true},
		{"00", "NO", false, false}, {"999+00111", "NO", false, false}, {"99900111 ext 123456789012345678901", "NO", false, false}, {"tel:", "NO", false, false}, {";ext=5", "NO", false, false},
	} {
		if wrong := lax.rule(c.country)(c.text); (wrong == "") != c.min {
			t.Errorf("min: %q in %s: %q", c.text, c.country, wrong)
		}
		if wrong := strict.rule(c.country)(c.text); (wrong == "") != c.max {
			t.Errorf("max: %q in %s: %q", c.text, c.country, wrong)
		}
	}
	for text, want := range map[string]string{
		"99\u202f900111": "U+202F", "9\u200d9900111": "U+200D", "99900111a": "'a'", "999_00_111": "'_'", "99900111 Anknytning 5": "'A'", "999😀00111": "'😀'", "९९९००१११": "'९'", "٩٩٩٠٠١١١ a": "'a'",
		"+47 12": "no such phone number; write the country's", "1234": "no such phone number in NO", "12": "no phone number", "+4799900111+4799900111": "no phone number", strings.Repeat("9", 81): "at most 80",
	} {
		if wrong := lax.rule("NO")(text); !strings.Contains(wrong, want) {
			t.Errorf("%q: %q, want %q", text, wrong, want)
		}
	}
	if wrong := lax.rule("")("99900111"); !strings.Contains(wrong, "countryCode does not tell one") {
		t.Error(wrong)
	}
}

// FuzzPhone reads any text without a fault, and takes nothing without digits.
func FuzzPhone(f *testing.F) {
	for _, s := range oddPhones() {
		f.Add(s, "NO")
	}
	b := newPhoneBook(MinPhones)
	f.Fuzz(func(t *testing.T, s, country string) {
		number, foreign := b.read(s)
		if strings.Trim(number, "+0123456789") != "" || number != "" && foreign != "" {
			t.Errorf("%q: %q, %q", s, number, foreign)
		}
		if b.rule(country)(s) == "" && len(number) < 4 {
			t.Errorf("%q is taken as %q", s, number)
		}
	})
}
