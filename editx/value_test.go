package editx

import (
	"testing"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

func TestDates(t *testing.T) {
	for _, c := range []struct{ in, want, code string }{
		{"20261121", "20261121", ""},
		{"20261121T0930", "20261121T0930", ""},
		{"20261121T0930Z", "20261121T0930Z", ""},
		{"20261121T0930+0100", "20261121T0930+0100", ""},
		{"20261121T0930-0530", "20261121T0930-0530", ""},
		{" 20261121\n", "20261121", ""},
		{"20240229", "20240229", ""},
		{"2024-01-15", "20240115", "date-form"},
		{"2024-01-15T10:00:00", "20240115T1000", "date-form"},
		{"2024-01-15T10:00", "20240115T1000", "date-form"},
		{"2024-01-15T10:00:07.250+01:00", "20240115T1000+0100", "date-form"},
		{"2024-01-15T10:00:00Z", "20240115T1000Z", "date-form"},
		{"2024-01-15 10:00:00", "20240115T1000", "date-form"},
		{"05.02.2025", "20250205", "date-form"},
		{"5.2.2025", "20250205", "date-form"},
		{"20181120T152500", "20181120T1525", "date-form"},
		{"20181120152501", "20181120T1525", "date-form"},
		{"201811201525", "20181120T1525", "date-form"},
		{"20181120T1525+01:00", "20181120T1525+0100", "date-form"},
		{"20181120T1525+01", "20181120T1525+0100", "date-form"},
	} {
		got, n := parseDate(c.in)
		if string(got) != c.want || n.code != c.code || n.severity == Refusal {
			t.Errorf("%q was read as %q with %+v, want %q with %q", c.in, got, n, c.want, c.code)
		}
		if again, n := parseDate(string(got)); again != got || n.code != "" {
			t.Errorf("%q was read as %q, which is not the strict form: %+v", c.in, got, n)
		}
	}
}

func TestDatesRefused(t *testing.T) {
	for _, in := range []string{
		"20230229", "20261301", "2026-02-30", "31.11.2026", "15/01/2024", "01/15/2024", "i morgen", "2026", "202611",
		"20261121T", "20261121T0960", "20261121T09",
		"20261121T0930+1500", "20261121T0930+0117", "20261121T0930CET", "20261121T0930+", "00010101", "18991231", "30000101",
		"20261121T0930ZZ", "99999999999999", "2026112112345", "T0930", "+0100", " ",
	} {
		if got, n := parseDate(in); n.severity != Refusal || n.code != "date" {
			t.Errorf("%q was read as %q with %+v, want a refusal", in, got, n)
		}
	}
}

func TestSecondsAreNamed(t *testing.T) {
	if _, n := parseDate("2024-01-15T10:00:07"); n.message != `"2024-01-15T10:00:07" was read as 20240115T1000; EDItX has no seconds, they were dropped.` {
		t.Error(n.message)
	}
}

func TestDecimals(t *testing.T) {
	for _, c := range []struct{ in, want, code string }{
		{"249.00", "249.00", ""},
		{" 30 ", "30", ""},
		{"-1.5", "-1.5", ""},
		{".5", "0.5", ""},
		{"17,73", "17.73", "decimal-form"},
		{"0,5", "0.5", "decimal-form"},
		{"2,782.63", "2782.63", "decimal-form"},
		{"1,234,567", "1234567", "decimal-form"},
		{"1,234,567.8", "1234567.8", "decimal-form"},
		{"1.234,56", "1234.56", "decimal-form"},
		{"1.234.567,00", "1234567.00", "decimal-form"},
		{"1 234,56", "1234.56", "decimal-form"},
		{"1\u00a0234,56", "1234.56", "decimal-form"},
		{"1 234.56", "1234.56", "decimal-form"},
		{"12 345", "12345", "decimal-form"},
		{"-2,782.63", "-2782.63", "decimal-form"},
	} {
		got, n := parseDecimal(c.in)
		if got.String() != c.want || n.code != c.code || n.severity == Refusal {
			t.Errorf("%q was read as %s with %+v, want %s with %q", c.in, got, n, c.want, c.code)
		}
	}
}

func TestDecimalsRefused(t *testing.T) {
	for _, in := range []string{
		"1,234", "kr 250", "250 kr", "1e21", "1e", "0x10", "1.2.3", "1,2,3", "12,34.56", "1.2345,6.7", "--1", "", ",", "1,", "NaN", "1 23",
		"99999999999999999999", "½", "1,234,56",
	} {
		if got, n := parseDecimal(in); n.severity != Refusal {
			t.Errorf("%q was read as %s with %+v, want a refusal", in, got, n)
		}
	}
}

func TestQuantities(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		code string
	}{
		{"4", 4, ""}, {" 0012 ", 12, ""}, {"+3", 3, ""}, {"2.0000", 2, "quantity-form"}, {"1000000", 1_000_000, ""},
	} {
		if got, n := quantity.parse(c.in); got != c.want || n.code != c.code || n.severity == Refusal {
			t.Errorf("%q was read as %d with %+v, want %d with %q", c.in, got, n, c.want, c.code)
		}
	}
	for _, in := range []string{"1.5", "0", "-2", "1000001", "9788299010016", "to", "2,0", "1 000", "2.0000001", "1e-3", "1e7", "1e", "99999999999999999999"} {
		if got, n := quantity.parse(in); n.severity != Refusal || n.code != "quantity" {
			t.Errorf("%q was read as %d with %+v, want a refusal", in, got, n)
		}
	}
}

func TestPurposes(t *testing.T) {
	for _, in := range []string{"Original", " Duplicate ", "Test"} {
		if _, n := purpose.parse(in); n.code != "" {
			t.Errorf("%q: %+v", in, n)
		}
	}
	for in, want := range map[string]order.Purpose{"original": order.Original, "TEST": order.Test, "duplicate ": order.Duplicate} {
		if got, n := purpose.parse(in); got != want || n.severity != Warning || !n.forbidden {
			t.Errorf("%q was read as %s with %+v", in, got, n)
		}
	}
	for _, in := range []string{"Originals", "Cancel", "09", "Ori ginal x"} {
		if _, n := purpose.parse(in); n.severity != Refusal {
			t.Errorf("%q was accepted", in)
		}
	}
}

func TestCheckDigits(t *testing.T) {
	for _, c := range []struct{ scheme, value, want string }{
		{"EAN13", "9788202339297", "9788202339297 is not a valid EAN: the last digit should be 6."},
		{"EAN13", "9788202339296", ""},
		{"EAN13", "978-82-02-33929-6", ""},
		{"EAN13", "788202339296", "788202339296 is not a valid EAN: it has 12 digits, and 13 are expected."},
		{"EAN13", "frakt", "frakt is not a valid EAN: 13 digits are expected."},
		{"ISBN", "9788202339297", "9788202339297 is not a valid ISBN: the last digit should be 6."},
		{"ISBN", "82-990100-3-1", "82-990100-3-1 is not a valid ISBN: the last digit should be 9."},
		{"ISBN", "8299010039", ""},
		{"ISBN", "080442957X", ""},
		{"ISBN", "080442957x", ""},
		{"ISBN", "0804429571", "0804429571 is not a valid ISBN: the last digit should be X."},
		{"ISBN", "8299", "8299 is not a valid ISBN: it has 4 digits, and 13 are expected."},
		{"GTIN14", "19788299010030", "19788299010030 is not a valid GTIN-14: the last digit should be 7."},
		{"ISMN", "9790660010010", "9790660010010 is not a valid ISMN: the last digit should be 3."},
		{"ISMN", "M-2600-0043-8", ""},
		{"ISMN", "M-2600-0043-7", "M-2600-0043-7 is not a valid ISMN: the last digit should be 8."},
		{"Seller", "9788202339297", ""},
		{"UPC", "036000291453", "036000291453 is not a valid UPC: the last digit should be 2."},
		{"", "anything", ""},
	} {
		r := &reader{tokens: xmlread.New(xmlread.Source{})}
		checkProduct(r, r.push(&field{name: "ProductID"}, 1, &order.Identifier{Type: c.scheme, Value: c.value}))
		got := ""
		for _, f := range append(r.faults, r.findings...) {
			got = f.Message
		}
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.scheme, c.value, got, c.want)
		}
	}
}

func TestPartyCheckDigits(t *testing.T) {
	for _, c := range []struct{ scheme, value, want string }{
		{"GLN", "7080010001559", ""},
		{"GLN", "7080010001558", "7080010001558 is not a valid GLN: the last digit should be 9."},
		{"GLN", "708001", "708001 is not a valid GLN: 13 digits are expected."},
		{"SAN", "9028625", ""},
		{"SAN", "902-8625", ""},
		{"SAN", "9028625 12", ""},
		{"SAN", "9028624", "9028624 is not a valid SAN: the last character should be 5."},
		{"SAN", "90286", "90286 is not a valid SAN: 7 characters are expected."},
		{"NBSN", "1098", ""},
	} {
		r := &reader{tokens: xmlread.New(xmlread.Source{})}
		checkParty(r, r.push(&field{name: "PartyID"}, 1, &order.Identifier{Type: c.scheme, Value: c.value}))
		got := ""
		for _, f := range r.findings {
			got = f.Message
		}
		if got != c.want || r.refused > 0 {
			t.Errorf("%s %s: %q (%d refusals), want %q", c.scheme, c.value, got, r.refused, c.want)
		}
	}
}
