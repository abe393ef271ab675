package order

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyOrder draws an order as it may stand after answers and reductions, with a
// product on several lines.
func anyOrder(t *rapid.T) Order {
	all := append([]Status{Sent, Requested, Unprocessed, Failed}, Answers()...)
	o := Order{ID: "0193", Revision: 1, Sender: "104", Buyer: "7045", Seller: "900877", Number: "1", Created: t0, Updated: t0}
	n := rapid.IntRange(1, 5).Draw(t, "lines")
	for i := range n {
		ean := rapid.SampledFrom([]string{ean1, ean2}).Draw(t, "ean")
		l := Line{Number: i + 1, Quantity: int64(rapid.IntRange(1, 4).Draw(t, "quantity")), Products: []Identifier{{Type: "EAN13", Value: ean}},
			Status: rapid.SampledFrom(all).Draw(t, "status"), Changed: t0}
		if i > 0 && rapid.Bool().Draw(t, "adjustment") {
			l.Quantity, l.Adjustment, l.Adjusts = -l.Quantity, true, rapid.IntRange(0, i).Draw(t, "adjusts")
			if on := o.Line(l.Adjusts); on != nil {
				l.Products = on.Products
			}
		}
		o.Lines = append(o.Lines, l)
	}
	o.Status = o.deriveStatus()
	return o
}

// copied shares nothing with o that a change would write into.
func copied(o Order) *Order {
	o.Lines, o.Attributes = slices.Clone(o.Lines), maps.Clone(o.Attributes)
	return &o
}

// fussy rules refuse what a dialect might: one status, or every reduction.
func fussy(t *rapid.T) Rules {
	never := rapid.SampledFrom(append([]Status{""}, Answers()...)).Draw(t, "never")
	closed := rapid.Bool().Draw(t, "closed")
	no := errors.New("the dialect says no")
	return Rules{
		Mark: func(o *Order, m LineUpdate, _ time.Time) error {
			if m.Status == never || closed && m.Line == 2 {
				return no
			}
			o.Attributes = o.Attributes.Set("seen", string(m.Status))
			return nil
		},
		Reduce: func(*Order) error {
			if closed {
				return no
			}
			return nil
		},
	}
}

// TestActionsAreWhatIsTaken: what Actions lists is what the rules accept and
// what changes something, no more and no less, and listing changes nothing.
func TestActionsAreWhatIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, rules := anyOrder(t), Rules{}
		if rapid.Bool().Draw(t, "dialect") {
			rules, o.Source = fussy(t), "hark"
		}
		x := NewExchange(nil, nil, Config{Now: func() time.Time { return t1 }, Rules: map[string]Rules{"hark": rules}})
		before := copied(o)
		for _, by := range []Actor{sender, buyer, receiver, stranger} {
			got := x.Actions(by.Party, &o)
			var want Actions
			for _, l := range o.Lines {
				if slices.ContainsFunc(Answers(), func(s Status) bool {
					events, err := copied(o).mark(by, LineUpdate{Line: l.Number, Status: s}, rules, t1)
					return err == nil && len(events) > 0
				}) {
					want.Answer = append(want.Answer, l.Number)
				}
				if _, err := copied(o).reduce(by, Reduction{EAN: l.EAN(), Line: l.Number, Number: 1}, rules, t1); err == nil {
					want.Reduce = append(want.Reduce, l.Number)
				}
			}
			_, err := copied(o).cancel(by, Cancellation{}, rules, t1)
			want.Cancel = err == nil
			if !slices.Equal(got.Answer, want.Answer) || !slices.Equal(got.Reduce, want.Reduce) || got.Cancel != want.Cancel {
				t.Fatalf("%s: got %+v, want %+v for %+v", by.Name, got, want, o.Lines)
			}
		}
		if !sameJSON(o, *before) {
			t.Fatal("listing what may be done changed the order")
		}
	})
}

// TestActionsOfALargeOrder: thousands of lines of different products take no
// time that a reader would notice.
func TestActionsOfALargeOrder(t *testing.T) {
	o := sentOrder(Sent)
	for n := 2; n <= 20000; n++ {
		o.Lines = append(o.Lines, Line{Number: n, Quantity: 1, Status: Sent, Products: []Identifier{{Type: "SKU", Value: time.Duration(n).String()}}})
	}
	x := NewExchange(nil, nil, Config{})
	begun := time.Now()
	a, b := x.Actions(receiver.Party, &o), x.Actions(sender.Party, &o)
	if len(a.Answer) != 20000 || len(b.Reduce) != 20000 || !b.Cancel {
		t.Errorf("%d lines to answer, %d to reduce, cancel %t", len(a.Answer), len(b.Reduce), b.Cancel)
	}
	if took := time.Since(begun); took > 5*time.Second { // milliseconds, unless each line looks at all others
		t.Errorf("it took %s", took)
	}
}
