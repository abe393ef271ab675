package httpjson

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

func number(t *testing.T, written string) Number {
	t.Helper()
	n, ok := ParseNumber(written)
	if !ok || n.String() != written {
		t.Fatalf("%q: %v, %v", written, n, ok)
	}
	return n
}

// TestNumbersCountByValue: every spelling of a value is that value, with as many
// decimals as are written.
func TestNumbersCountByValue(t *testing.T) {
	const none = ""
	for written, want := range map[string]string{
		"250.15": "250.15", "30.00": "30.00", "0": "0", "-0": "0", "-0.0": "0.0", "-1": "-1", "007.5": none,
		"2.5015E+2": "250.15", "25015E-2": "250.15", "25015e-2": "250.15", "0.25015e3": "250.15", "2.50150e2": "250.150", "1.01E+6": "1010000",
		"2.0": "2.0", "-1.0": "-1.0", "-1e0": "-1", "1E0": "1", "1e00002": "100", "100e-2": "1.00", "0e5": "0", "0e-400": "0", "0E999999999999999999999": "0",

		// what binary floating point leaves
		"250.15000000000001": "250.15", "250.14999999999998": "250.15", "250.150000000000005684341886080801486968994140625": "250.15",
		"0.30000000000000004": "0.3", "59.699999999999996": "59.7", "33.333333333333336": "33.333333333", "66.666666666666671": "66.666666667",
		"2.9999999999999996": "3", "-1.0000000000000002": "-1", "1010000.0000000001": "1010000", "5969.9999999999991": "5970", "5.5511151231257827e-17": "0", "-5.5511151231257827e-17": "0",
		"12345678.300000001": "12345678.3", "200000000.69999999": "200000000.7", "-12345678.300000001": "-12345678.3", "1.1000000000000001": "1.1", "7.2300000000000004e1": "72.3",
		"33.333333333333": "33.333333333", "0.00000000050000000000001": "0.000000001", "0.00000000040000000000001": "0", "-0.00000000050000000000001": "-0.000000001", "99.99999999999999": "100", "9.9999999999e3": "9999.9999999",

		// too fine, and no rest of a computation
		"1e-400": none, "0.0000000005": none, "0.1234567891": none, "0.9999999999": none, "2.99999999999": none, "1e-10": none, "1E-999999999": none, "1e-999999999999999999999999": none,

		// exact numbers are never touched
		"0.123456789": "0.123456789", "12345678.123456789": "12345678.123456789", "123456789012345.67": "123456789012345.67", "10000000000000001": "10000000000000001",
		"9223372036854775807": "9223372036854775807", "-9223372036854775807": "-9223372036854775807", "19999999999999.999": "19999999999999.999", "99999999999999.99": "99999999999999.99",
		"250.1500000000": "250.15", "1000000000000000000000e-3": "1000000000000000000", "123456789012345678.0000000001": "123456789012345678",

		// more than a Decimal holds
		"9223372036854775808": none, "1e19": none, "1e400": none, "-1E999999999": none, "1e999999999999999999999999": none, "1000000000.0000000001e15": none,
		"": none, "-": none, "+1": none, "1.": none, ".5": none, "1e": none, "0x10": none, "1_0": none, " 1": none, "1 ": none, "NaN": none, "Infinity": none, "1,5": none, "١": none,
	} {
		n, ok := ParseNumber(written)
		d, fits := n.Decimal()
		if ok = ok && fits; ok != (want != none) || ok && d.String() != want {
			t.Errorf("%s: %s, %v; want %s", written, d, ok, want)
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	for written, want := range map[string]int64{
		"3": 3, "3.0": 3, "30e-1": 3, "0.3E1": 3, "3.0000000000000004": 3, "-1.0": -1, "1E+3": 1000, "0.0": 0, "1010000.00": 1_010_000, "9.223372036854775807e18": math.MaxInt64,
	} {
		if got, ok := number(t, written).Whole(); !ok || got != want {
			t.Errorf("%s: %d, %v", written, got, ok)
		}
	}
	for _, written := range []string{"2.5", "1e-1", "2.999999999", "5969.9999999", "1e19", "9.223372036854775808e18", "1e400", "0.5"} {
		if got, ok := number(t, written).Whole(); ok {
			t.Errorf("%s: %d", written, got)
		}
	}
}

// TestPlainNumbers are exact, for they are names.
func TestPlainNumbers(t *testing.T) {
	for written, want := range map[string]string{
		"2026": "2026", "2026.0": "2026", "1E3": "1000", "1.50": "1.5", "-7": "-7", "-0": "0", "0.00": "0", "9.788202337926E12": "9788202337926", "25015e-4": "2.5015", "5e-3": "0.005",
		"12345678901234567890": "12345678901234567890", "1234567890123456789012345.5": "1234567890123456789012345.5", "1e29": "1" + strings.Repeat("0", 29), "-1e-2": "-0.01",
		"1e30": "", "1e-30": "", "1E999999999": "", "1E-999999999": "", "1" + strings.Repeat("0", 30): "", "1.0000000000000000000000000000001": "", "100e28": "",
	} {
		got, ok := number(t, written).Plain(30)
		if ok != (want != "") || got != want {
			t.Errorf("%s: %s, %v; want %s", written, got, ok, want)
		}
		if ok {
			if again, ok := number(t, got).Plain(30); !ok || again != got {
				t.Errorf("%s: %s, then %s", written, got, again)
			}
		}
	}
}

// TestLongNumbers cost no more than reading them.
func TestLongNumbers(t *testing.T) {
	begin := time.Now()
	for _, written := range []string{
		strings.Repeat("9", 1<<20), "0." + strings.Repeat("9", 1<<20), strings.Repeat("9", 1<<20) + "." + strings.Repeat("9", 1<<20), "1e" + strings.Repeat("9", 1<<20),
		"1e-" + strings.Repeat("9", 1<<20), "0." + strings.Repeat("0", 1<<20) + "1", "9" + strings.Repeat("0", 1<<20) + "e-" + strconv.Itoa(1<<20),
	} {
		n := number(t, written)
		n.Decimal()
		n.Whole()
		n.Plain(255)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("%s", took)
	}
}

// TestDoublesComeBack: every number of at most nine decimals that a program
// prints as its double, in 15 to 17 digits or whole, is read as that number.
func TestDoublesComeBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		scale := random.IntN(5)
		want := order.Decimal{Units: random.Int64N(1_000_000_000), Scale: uint8(scale)}
		double, err := strconv.ParseFloat(want.String(), 64)
		check(t, err)
		for _, written := range []string{
			fmt.Sprintf("%.17g", double), fmt.Sprintf("%.16e", double), fmt.Sprintf("%.30f", double), fmt.Sprintf("%.15g", double), strconv.FormatFloat(double, 'E', -1, 64),
		} {
			if got, ok := number(t, written).Decimal(); !ok || !got.Equal(want) {
				t.Fatalf("%s for %s: %s, %v", written, want, got, ok)
			}
		}
	}
}

// FuzzNumber holds numbers against big.Rat: what is read is the value to within
// half of the last decimal and the rest of a double, and is never more than fits.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"250.15", "2.5015E+2", "-1.0", "1e400", "1e-400", "12345678.300000001", "0.30000000000000004", "9223372036854775807", "5e-10", "0.99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, written string) {
		n, ok := ParseNumber(written)
		if valid := written != "" && json.Valid([]byte(written)) && strings.Trim(written, "+-.eE0123456789") == ""; ok != valid {
			t.Fatalf("%q: %v", written, ok)
		}
		if _, exponent, found := strings.Cut(strings.ToLower(written), "e"); !ok || found && len(strings.TrimLeft(exponent, "+-0")) > 2 {
			return // big.Rat would write it out
		}
		exact, _ := new(big.Rat).SetString(written)
		d, fits := n.Decimal()
		if !fits {
			return
		}
		got, _ := new(big.Rat).SetString(d.String())
		off := new(big.Rat).Sub(exact, got)
		if off.Abs(off).Cmp(big.NewRat(1, 100_000)) > 0 || d.Scale > order.MaxScale {
			t.Errorf("%s is read as %s", written, d)
		}
		if again, ok := ParseNumber(d.String()); !ok {
			t.Errorf("%s is read as %s, which is no number", written, d)
		} else if e, ok := again.Decimal(); !ok || !e.Equal(d) {
			t.Errorf("%s is read as %s and then as %s", written, d, e)
		}
	})
}

func TestEmptyValues(t *testing.T) {
	for _, empty := range []string{"{}", "[]", " [ ]\n", "{\t\r\n}"} {
		if !IsEmpty([]byte(empty)) {
			t.Error(empty)
		}
		if got, err := (JSON{Depth: 8, EmptyList: true}).Object([]byte("\xef\xbb\xbf" + empty)); err != nil || strings.Join(strings.Fields(string(got)), "") != "{}" {
			t.Errorf("%q: %s, %v", empty, got, err)
		}
	}
	for _, filled := range []string{"", "[", "]", "[}", "{]", "[[]]", "[1]", `{"a":1}`, "null", `"[]"`, "[],", "[][]"} {
		if IsEmpty([]byte(filled)) {
			t.Error(filled)
		}
	}
	for _, other := range []string{"[1]", "[[]]", "[],", "[] []", "[{}]", "[", "{]"} {
		if _, err := (JSON{Depth: 8, EmptyList: true}).Object([]byte(other)); order.CodeOf(err) != "json-malformed" {
			t.Errorf("%s: %v", other, err)
		}
	}
}
