package editx

import "github.com/bookgate/bookgate/order"

// withDefaults is o with what the document cannot do without: an order that came
// in by another door than EDItX may lack it.
func withDefaults(o *order.Order) order.Order {
	c := *o
	if c.Header.Purpose == "" {
		c.Header.Purpose = order.Original
	}
	if c.Header.IssuedAt == "" && !c.Created.IsZero() {
		c.Header.IssuedAt = order.Date(c.Created.UTC().Format(strictTime + "Z"))
	}
	c.Lines = numbered(c.Lines)
	c.Summary = recount(c.Summary, c.Lines)
	return c
}

// numbered gives every line a number.
func numbered(lines []order.Line) []order.Line {
	for i := range lines {
		if lines[i].Number <= 0 {
			out := append([]order.Line(nil), lines...)
			for j := range out {
				out[j].Number = j + 1
			}
			return out
		}
	}
	return lines
}

// recount leaves the summary as the sender said it as long as the lines are
// the sender's, and counts again when some were added to take copies back.
func recount(s order.Summary, lines []order.Line) order.Summary {
	units, added := int64(0), false
	for i := range lines {
		units += lines[i].Quantity
		added = added || lines[i].Adjustment
	}
	if s.Lines == nil || added {
		n := int64(len(lines))
		s.Lines = &n
	}
	if s.Units != nil && added {
		s.Units = &units
	}
	return s
}
