package order

import (
	"maps"
	"testing"
)

func TestFinished(t *testing.T) {
	const ean, other = "9788202337926", "9788202339296"
	line := func(status Status, quantity int64, product string) Line {
		return Line{Quantity: quantity, Status: status, Products: []Identifier{{Type: "EAN13", Value: product}}}
	}
	back := func(status Status, quantity int64, product string) Line {
		l := line(status, -quantity, product)
		l.Adjustment = true
		return l
	}
	cases := []struct {
		name   string
		status Status
		test   bool
		lines  []Line
		want   bool
	}{
		{"not yet routed", Unprocessed, false, []Line{line(Unprocessed, 1, ean)}, false},
		{"failed", Failed, false, []Line{line(Failed, 1, ean)}, true},
		{"not answered", Sent, false, []Line{line(Sent, 1, ean)}, false},
		{"taken, not delivered", Received, false, []Line{line(Received, 1, ean)}, false},
		{"delivered", Fulfilled, false, []Line{line(Fulfilled, 1, ean)}, true},
		{"delivered in every way", Fulfilled, false, []Line{line(Fulfilled, 1, ean), line(FulfilledAssigned, 1, ean), line(FulfilledBlocked, 1, ean)}, true},
		{"rejected", Rejected, false, []Line{line(Rejected, 1, ean), line(Rejected, 2, other)}, true},
		{"one of two waits", Sent, false, []Line{line(FulfilledBlocked, 1, ean), line(Sent, 1, other)}, false},
		{"a reduction waits", Fulfilled, false, []Line{line(Fulfilled, 2, ean), back(Requested, 1, ean)}, false},
		{"a reduction is only taken", Fulfilled, false, []Line{line(Fulfilled, 2, ean), back(Received, 1, ean)}, false},
		{"a reduction is agreed to", Fulfilled, false, []Line{line(Fulfilled, 2, ean), back(Fulfilled, 1, ean)}, true},
		{"a reduction is refused", Fulfilled, false, []Line{line(Fulfilled, 2, ean), back(Rejected, 1, ean)}, true},
		{"withdrawn and agreed to", Sent, false, []Line{line(Sent, 2, ean), back(Fulfilled, 2, ean)}, true},
		{"withdrawn, not agreed to", Sent, false, []Line{line(Sent, 2, ean), back(Requested, 2, ean)}, false},
		{"withdrawn, refused", Sent, false, []Line{line(Sent, 2, ean), back(Rejected, 2, ean)}, false},
		{"withdrawn in part", Sent, false, []Line{line(Sent, 2, ean), back(Fulfilled, 1, ean)}, false},
		{"another product withdrawn", Sent, false, []Line{line(Sent, 2, ean), line(Fulfilled, 2, other), back(Fulfilled, 2, other)}, false},
		{"a test order on its way", Unprocessed, true, []Line{line(Unprocessed, 1, ean)}, false},
		{"a test order that arrived nowhere", Sent, true, []Line{line(Sent, 1, ean)}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := Order{Status: c.status, Lines: c.lines}
			if c.test {
				o.Header.Purpose = Test
			}
			if got := o.Finished(); got != c.want {
				t.Errorf("finished %v, want %v", got, c.want)
			}
		})
	}
}

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
