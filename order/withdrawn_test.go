package order

import (
	"maps"
	"testing"
)

func TestWithdrawn(t *testing.T) {
	line := func(number int, ean string, quantity int64, s Status) Line {
		return Line{Number: number, Quantity: quantity, Status: s, Products: []Identifier{{Type: "EAN13", Value: ean}}}
	}
	back := func(number int, ean string, quantity int64, adjusts int, s Status) Line {
		l := line(number, ean, quantity, s)
		l.Adjustment, l.Adjusts = true, adjusts
		return l
	}
	const a, b = "9788202337926", "9788202339296"
	for name, c := range map[string]struct {
		lines []Line
		want  map[int]bool
	}{
		"nothing":       {[]Line{line(1, a, 3, Sent)}, nil},
		"a part":        {[]Line{line(1, a, 3, Sent), back(2, a, -2, 0, Requested)}, nil},
		"asked":         {[]Line{line(1, a, 3, Sent), back(2, a, -3, 0, Requested)}, map[int]bool{1: false}},
		"agreed":        {[]Line{line(1, a, 3, Sent), back(2, a, -3, 0, Received)}, map[int]bool{1: true}},
		"refused":       {[]Line{line(1, a, 3, Sent), back(2, a, -3, 0, Rejected)}, nil},
		"in two":        {[]Line{line(1, a, 3, Sent), back(2, a, -1, 0, Received), back(3, a, -2, 0, Requested)}, map[int]bool{1: false}},
		"one product":   {[]Line{line(1, a, 3, Sent), line(2, b, 1, Sent), back(3, b, -1, 0, Received)}, map[int]bool{2: true}},
		"of a line":     {[]Line{line(1, a, 3, Sent), line(2, a, 1, Sent), back(3, a, -1, 2, Received)}, map[int]bool{2: true}},
		"of two lines":  {[]Line{line(1, a, 3, Sent), line(2, a, 1, Sent), back(3, a, -4, 0, Received)}, map[int]bool{1: true, 2: true}},
		"of one of two": {[]Line{line(1, a, 3, Sent), line(2, a, 1, Sent), back(3, a, -3, 0, Received)}, nil},
		"with hyphens":  {[]Line{line(1, "978-82-02-33792-6", 3, Sent), back(2, a, -3, 0, Received)}, map[int]bool{1: true}},
		"one rejected":  {[]Line{line(1, a, 3, Rejected), line(2, a, 1, Sent), back(3, a, -1, 0, Received)}, map[int]bool{2: true}},
	} {
		o := Order{Lines: c.lines}
		if got := o.Withdrawn(); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
