package editx

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// A codec reads and writes one kind of value. Parse takes the strict form and
// the loose ones that senders use, and says so; print gives the strict form,
// "" for what is absent.
type codec[V any] struct {
	parse func(string) (V, note)
	print func(V) string
	form  form // what the schema asks of the text; the zero form is any text
	text  bool // words for people, in which every character counts
}

// plain is text for people: kept as written, blanks included.
var plain = codec[string]{
	parse: func(s string) (string, note) { return s, note{} },
	print: func(s string) string { return s },
	text:  true,
}

// token is a code or a number in a scheme: blanks around it mean nothing.
var token = codec[string]{
	parse: func(s string) (string, note) { return strings.TrimSpace(s), note{} },
	print: func(s string) string { return s },
}

// messageType is a number of two digits, however many are written.
var messageType = codec[string]{
	parse: func(s string) (string, note) {
		s = strings.TrimSpace(s)
		if isMessageType(s) {
			return s, note{}
		}
		if n, said := parseInteger(s); said.severity != Refusal && n >= 1 && n <= 99 {
			code := fmt.Sprintf("%02d", n)
			return code, against("code-form", "%q was read as %s; write two digits.", order.Cut(s), code)
		}
		return s, against("code", "%q is not a MessageType; it was kept as written. Write two digits from 01 to 99.", order.Cut(s))
	},
	print: token.print,
}

// number is the sender's number for the order.
var number = codec[string]{
	parse: func(s string) (string, note) {
		s = strings.TrimSpace(s)
		if len([]rune(s)) > maxNumber {
			return s, refuse("order-number", "The OrderNumber has %d characters; at most %d are allowed.", len([]rune(s)), maxNumber)
		}
		for _, r := range s {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				return s, refuse("order-number", "The OrderNumber holds the control character %U; write it in one line of plain characters.", r)
			}
		}
		return s, note{}
	},
	print: func(s string) string { return s },
}

// purpose is Original, Duplicate or Test in any spelling, and nothing else: a wrong
// guess here delivers books that nobody ordered. For the same reason a purpose
// that is not known is a Test to who wants to go on all the same, which nobody
// delivers.
var purpose = codec[order.Purpose]{
	parse: parsePurpose,
	print: func(p order.Purpose) string { return string(p) },
	form:  form{code: "purpose", wants: "Original, Duplicate or Test, without blanks", ok: purposes.has},
}

var purposes = codes{string(order.Original), string(order.Duplicate), string(order.Test)}

func parsePurpose(s string) (order.Purpose, note) {
	s = strings.TrimSpace(s)
	for _, p := range purposes {
		if s == p {
			return order.Purpose(p), note{}
		}
		if sameCode(p, s) {
			return order.Purpose(p), against("purpose", "%q was read as %s; write it so.", order.Cut(s), p)
		}
	}
	return order.Test, refuse("purpose", "%q is not a PurposeCode; write Original, Duplicate or Test.", order.Cut(s)).
		lenientOr("The order was taken as a Test, which is not delivered.")
}

// integer is xs:int; a fraction of zeros and an exponent, as web shops and
// scripts write them, are taken.
var integer = codec[int64]{parse: parseInteger, print: printInteger, form: intForm}

func parseInteger(s string) (int64, note) {
	s = strings.TrimSpace(s)
	n, err := strconv.ParseInt(s, 10, 32)
	if err == nil {
		return n, note{}
	}
	if plain, ok := withoutExponent(s); ok {
		whole, zeros, _ := strings.Cut(plain, ".")
		n, err = strconv.ParseInt(whole, 10, 32)
		if err == nil && strings.Trim(zeros, "0") == "" {
			want := "whole numbers without a decimal point"
			if plain != s {
				want = "the digits without an exponent"
			}
			return n, warn("integer-form", "%q was read as %d; write %s.", order.Cut(s), n, want)
		}
	}
	return 0, refuse("integer", "%q is not a whole number.", order.Cut(s))
}

func printInteger(n int64) string { return strconv.FormatInt(n, 10) }

// summaryCount is a count in the summary, which only repeats what the lines say: one
// that cannot be read is no reason to refuse them.
var summaryCount = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		if said.severity == Refusal {
			return 0, note{severity: Warning, code: "summary", message: said.message + " It was taken as not given.", unread: true}
		}
		return n, said
	},
	print: printInteger,
	form:  intForm,
}

// quantity is the copies of a line: positive, whole and believable.
var quantity = codec[int64]{
	parse: func(s string) (int64, note) {
		n, said := parseInteger(s)
		switch {
		case said.severity == Refusal:
			return 0, refuse("quantity", "%q is not a quantity; a whole number of copies is expected, such as 4.", order.Cut(strings.TrimSpace(s)))
		case n <= 0:
			return n, refuse("quantity", "The quantity is %d; an order asks for 1 copy or more. To take copies back, send a reduction.", n)
		case n > maxQuantity:
			return n, refuse("quantity", "The quantity is %d; at most %d copies are taken in one line. Is it a product number?", n, maxQuantity)
		}
		if said.code != "" {
			said.code = "quantity-form"
		}
		return n, said
	},
	print: printInteger,
	form:  intForm,
}
