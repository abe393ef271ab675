package editx

import (
	"strings"

	"github.com/bookgate/bookgate/order"
)

// decimal is xs:decimal. Decimal commas and thousands marks are taken where
// they can mean only one thing.
var decimal = codec[order.Decimal]{parse: parseDecimal, print: order.Decimal.String, form: decimalForm}

func parseDecimal(s string) (order.Decimal, note) {
	s = strings.TrimSpace(s)
	d, err := order.ParseDecimal(s)
	if err == nil {
		return d, note{}
	}
	plain, ok := plainDecimal(s)
	if ok {
		d, err = order.ParseDecimal(plain)
	}
	if !ok || err != nil {
		return d, refuse("decimal", "%q is not a decimal number; write digits and one full stop, such as 249.00.", order.Cut(s))
	}
	return d, warn("decimal-form", "%q was read as %s; write a full stop as decimal mark and no thousands mark.", order.Cut(s), d)
}

// plainDecimal takes the marks out of 17,73 and 2,782.63 and 1.234,56 and
// 1 234,56. It leaves 1,234 alone, which is one thing here and another there.
func plainDecimal(s string) (string, bool) {
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return ungroup(s, ' ')
	}
	mark := s[last]
	whole, fraction := s[:last], s[last+1:]
	switch {
	case strings.IndexByte(whole, mark) >= 0:
		return ungroup(s, rune(mark)) // 1,234,567: the same mark twice can only group
	case strings.ContainsAny(whole, ".,"):
		whole, ok := ungroup(whole, rune('.'+','-mark))
		return whole + "." + fraction, ok
	case strings.ContainsAny(whole, " \u00a0"):
		whole, ok := ungroup(whole, ' ')
		return whole + "." + fraction, ok
	}
	return whole + "." + fraction, mark == ',' && fraction != "" && len(fraction) != 3
}

// ungroup takes thousands marks out, if they divide groups of three.
func ungroup(s string, mark rune) (string, bool) {
	groups := strings.Split(strings.ReplaceAll(s, "\u00a0", " "), string(mark))
	for i, g := range groups {
		if i > 0 && len(g) != 3 || g == "" {
			return "", false
		}
	}
	return strings.Join(groups, ""), len(groups) > 1
}
