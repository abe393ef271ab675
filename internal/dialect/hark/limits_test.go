package hark

import "testing"

// TestWeigh counts where colons and brackets mean something and where not.
func TestWeigh(t *testing.T) {
	for query, want := range map[string][2]int{
		`{ order(input: { orderId: "a" }) { orderId } }`:                        {3, 0},
		`{ a: order(input: {orderId: "a: b {{{{"}) { b: orderId } }`:            {3, 2},
		"{ # a: b {{{{\n a: x }":                                                {1, 1},
		`query($v: OrderInput! = {orderId: "x"}) { order(input: $v) { type } }`: {2, 0},
		`{ a(b: """ c: " \""" {{{ """) { d: e } }`:                              {2, 1},
		`{ a(b: "\"{{{ c: d") }`:                                                {2, 0},
		`}}}} { a: b }`:                                                         {0, 1},
		`"""never closed`:                                                       {0, 0},
		`"never closed \`:                                                       {0, 0},
	} {
		if nesting, aliases := weigh(query); [2]int{nesting, aliases} != want {
			t.Errorf("%s: %d and %d, want %v", query, nesting, aliases, want)
		}
	}
}
