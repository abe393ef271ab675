package installer

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestLineMaths holds the sums against arbitrary precision, within the bounds of
// an order and far beyond them.
func TestLineMaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.SampledFrom([]int64{3, maxAmount, math.MaxInt64}).Draw(t, "most")
		quantity := rapid.Int64Range(0, most).Draw(t, "quantity")
		unit := rapid.Int64Range(0, most).Draw(t, "unit")
		discount := rapid.Int64Range(0, unit).Draw(t, "discount")
		want := new(big.Int).Mul(big.NewInt(quantity), big.NewInt(unit-discount))
		total, ok := payerTotal(quantity, unit, discount)
		if ok != want.IsInt64() || ok && total != want.Int64() {
			t.Fatalf("%d × (%d − %d) is %d, %t, want %s", quantity, unit, discount, total, ok, want)
		}
		if !ok {
			return
		}
		rate := rapid.OneOf(rapid.Int64Range(0, maxRate), rapid.SampledFrom([]int64{0, 1, 600, 1200, 1500, 2500, maxRate})).Draw(t, "rate")
		inclusive := rapid.Bool().Draw(t, "inclusive")
		if got, want := taxShare(total, rate, inclusive), exactTax(total, rate, inclusive); !want.IsInt64() || got != want.Int64() {
			t.Fatalf("tax of %d at %d (within: %t) is %d, want %s", total, rate, inclusive, got, want)
		}
	})
}

// exactTax rounds half up by floor(x + 1/2).
func exactTax(total, rate int64, inclusive bool) *big.Int {
	of := int64(10000)
	if inclusive {
		of += rate
	}
	x := new(big.Rat).Mul(new(big.Rat).SetInt64(total), big.NewRat(rate, of))
	x.Add(x, big.NewRat(1, 2))
	return new(big.Int).Div(x.Num(), x.Denom())
}

// TestLineMathsByHand has sums that a person can check.
func TestLineMathsByHand(t *testing.T) {
	for _, c := range []struct {
		quantity, unit, discount, rate int64
		inclusive                      bool
		total, tax                     int64
	}{
		{2, 100000, 20000, 2500, true, 160000, 32000},
		{2, 100000, 20000, 2500, false, 160000, 40000},
		{1, 2, 0, 2500, false, 2, 1},      // 0.5, half up
		{1, 1, 0, 2500, false, 1, 0},      // 0.25
		{1, 5, 0, 1000, false, 5, 1},      // 0.5
		{3, 333, 0, 2500, true, 999, 200}, // 199.8
		{1, 11, 0, 10000, true, 11, 6},    // 5.5, half up
		{1000000, maxAmount, 0, maxRate, false, 2147483647000000, 2147483647000000},
		{1, 100, 100, 2500, true, 0, 0},
	} {
		total, ok := payerTotal(c.quantity, c.unit, c.discount)
		if tax := taxShare(total, c.rate, c.inclusive); !ok || total != c.total || tax != c.tax {
			t.Errorf("%+v: %d, %d, %t", c, total, tax, ok)
		}
	}
	for _, c := range [][3]int64{{-1, 1, 0}, {1, 1, 2}, {1, 1, -1}, {2, math.MaxInt64, 0}} {
		if total, ok := payerTotal(c[0], c[1], c[2]); ok {
			t.Errorf("%v: %d", c, total)
		}
	}
}
