package installer

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// The bounds of whole numbers.
const (
	maxAmount   = math.MaxInt32 // the original's amounts have 32 bits
	maxRate     = 10_000        // hundredths of a per cent: no tax takes more than all
	maxQuantity = 1_000_000     // the most of one line in EDItX

	// whole is what a rate is counted in: 10000 is the price itself.
	whole = 10_000
)

// number returns a whole number from least to most, that is written as a number
// and counts by its value, or where loose as a text of digits. The documented
// example writes amounts as texts, the original's newer pages as numbers.
func (f fields) number(name string, least, most int64, loose bool) *int64 {
	raw := f.raw(name)
	if raw == nil {
		return nil
	}
	text := string(raw)
	switch k := kindOf(raw); {
	case k == kindText && loose:
		if err := json.Unmarshal(raw, &text); err != nil {
			f.refuse(name, "It cannot be read.")
			return nil
		}
	case k != kindNumber:
		f.refuse(name, "It is %s; wanted is a whole number.", k.words())
		return nil
	}
	read := wholeNumber
	if kindOf(raw) == kindNumber {
		read = wholeValue
	}
	n, words := read(text, least, most)
	if words != "" {
		f.refuse(name, "%s", words)
		return nil
	}
	return &n
}

// wholeValue reads a JSON number.
func wholeValue(text string, least, most int64) (n int64, wrong string) {
	number, ok := httpjson.ParseNumber(text)
	if ok {
		n, ok = number.Whole()
	}
	if !ok || n < least || n > most {
		return 0, fmt.Sprintf("It is %s; wanted is a whole number from %d to %d.", order.Cut(text), least, most)
	}
	return n, ""
}

// wholeNumber reads digits. What looks like a price in whole kroner is refused
// and never guessed at.
func wholeNumber(text string, least, most int64) (n int64, wrong string) {
	digits, negative := strings.CutPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Sprintf("It is %q; wanted is a whole number in digits alone, from %d to %d.", order.Cut(text), least, most)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most || negative {
		return 0, fmt.Sprintf("It is %s; wanted is a whole number from %d to %d.", order.Cut(text), least, most)
	}
	return n, ""
}

// payerTotal is what the payer pays for a line; ok is false when it is more than
// can be counted.
func payerTotal(quantity, unit, discount int64) (total int64, ok bool) {
	each := unit - discount
	if quantity < 0 || each < 0 || discount < 0 {
		return 0, false
	}
	high, low := bits.Mul64(uint64(quantity), uint64(each))
	return int64(low), high == 0 && low <= math.MaxInt64
}

// taxShare is the value added tax within a total, or on top of one that is
// without it, rounded half up. Rates go up to 100 %, so that the tax is never
// more than the total.
func taxShare(total, rate int64, inclusive bool) int64 {
	of := int64(whole)
	if inclusive {
		of += rate
	}
	// total × rate ÷ of + ½, all doubled so that the half is a whole number
	high, low := bits.Mul64(2*uint64(total), uint64(rate))
	low, carry := bits.Add64(low, uint64(of), 0)
	tax, _ := bits.Div64(high+carry, low, 2*uint64(of))
	return int64(tax)
}
