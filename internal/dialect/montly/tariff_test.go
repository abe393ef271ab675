package montly

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bookgate/bookgate/order"
)

func decimal(t testing.TB, s string) order.Decimal {
	t.Helper()
	d, err := order.ParseDecimal(s)
	check(t, err)
	return d
}

func TestMonthlyAmount(t *testing.T) {
	for _, c := range []struct {
		total   int64
		percent string
		want    int64
	}{
		{1010000, "5", 50500}, {1000000, "5", 50000}, // the two that the vendor shows
		{799900, "4.47", 35756}, {799900, "3.04", 24317}, // 35755.53 and 24316.96
		{600001, "0.5", 3000}, {600100, "0.5", 3001}, {600050, "1", 6001}, {600049, "1", 6000}, // 3000.005, 3000.5, 6000.5, 6000.49
		{1000000, "4.35", 43500}, {1000000, "0.000000001", 0}, {maxAmount, "100", maxAmount}, {maxAmount, "99.999999999", 999_999_999_990},
	} {
		if got := monthlyAmount(c.total, decimal(t, c.percent)); got != c.want {
			t.Errorf("%s per cent of %d are %d, want %d", c.percent, c.total, got, c.want)
		}
	}
}

// TestMonthlyAmountIsHalfUp compares with the definition: of all whole numbers
// m, the one with m - 1/2 <= total × percent / 100 < m + 1/2.
func TestMonthlyAmountIsHalfUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(minAmount, maxAmount).Draw(t, "total")
		scale := rapid.Uint8Range(0, order.MaxScale).Draw(t, "scale")
		unit := int64(1)
		for range scale {
			unit *= 10
		}
		percent := order.Decimal{Units: rapid.Int64Range(1, 100*unit).Draw(t, "units"), Scale: scale}
		if rapid.Bool().Draw(t, "half") { // a case that lies in the middle
			total, percent = total/100*100+50, order.Decimal{Units: 1}
		}
		m := monthlyAmount(total, percent)
		// Twice as much on each side, and times 100 × unit, all whole.
		exact := new(big.Int).Mul(big.NewInt(2*total), big.NewInt(percent.Units))
		step := new(big.Int).Mul(big.NewInt(100), big.NewInt(unitOf(percent)))
		low := new(big.Int).Mul(big.NewInt(2*m-1), step)
		high := new(big.Int).Mul(big.NewInt(2*m+1), step)
		if exact.Cmp(low) < 0 || exact.Cmp(high) >= 0 {
			t.Fatalf("%s per cent of %d gave %d", percent, total, m)
		}
	})
}

func unitOf(d order.Decimal) int64 {
	unit := int64(1)
	for range d.Scale {
		unit *= 10
	}
	return unit
}

func TestParseTable(t *testing.T) {
	table, err := ParseTable([]string{"36=3.04", " 24 = 4.470 ", "120=100", "1=0.000000001"})
	check(t, err)
	if !slices.Equal(table.Months(), []int{1, 24, 36, 120}) || table[24].String() != "4.470" {
		t.Errorf("%v", table)
	}
	b, err := json.Marshal(table.wire())
	if want := `[{"months":1,"tariff":0.000000001},{"months":24,"tariff":4.47},{"months":36,"tariff":3.04},{"months":120,"tariff":100}]`; err != nil || string(b) != want {
		t.Errorf("%s, %v", b, err)
	}
	many := make([]string, maxPeriods+1)
	for i := range many {
		many[i] = digits(i+1) + "=5"
	}
	for _, bad := range [][]string{nil, {}, {"24"}, {"24="}, {"=5"}, {"24=5", "24=6"}, {"0=5"}, {"-24=5"}, {"121=5"}, {"24=0"}, {"24=-5"}, {"24=100.000000001"}, {"24=5,5"}, {"24=5e1"}, {"24=5=6"}, {"x=5"}, many} {
		if table, err := ParseTable(bad); order.CodeOf(err) != "lease-tariff" || !strings.Contains(err.(*order.Error).Hint, "24=4.47") {
			t.Errorf("%v: %v, %v", bad, table, err)
		}
	}
}

// TestPlain writes the zeros that a number needs, and no others.
func TestPlain(t *testing.T) {
	for in, want := range map[string]string{"5": "5", "100": "100", "5.00": "5", "4.470": "4.47", "0.5": "0.5", "0.50": "0.5", "20.0": "20"} {
		if got := plain(decimal(t, in)); got != want {
			t.Errorf("%s is written %s", in, got)
		}
	}
}
