package hark

import "testing"

// TestWeigh counts where colons and brackets mean something and where not.
func TestWeigh(t *testing.T) {
	for query, want := range map[string]weight{
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
		if got := weigh(query); got != want {
			t.Errorf("%s: %+v, want %+v", query, got, want)
		}
	}
}
