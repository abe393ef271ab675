package installer

import (
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// The form of a displayId, such as BG-7K3QX-9M2TR: short enough to be told over
// the phone, in letters that are not taken for one another.
const (
	displayPrefix  = "BG-"
	displayLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	displayGroup   = 5 // letters, of two groups

	// displayDigits is how many of the last hexadecimal digits of an order's id
	// hold the 50 bits of its displayId. They are random in every id made here.
	displayDigits = 13
)

// displayID is the name of an order that people tell each other. It is made of
// the order's id alone, so it is there as long as the order is, whatever is
// erased of it.
func displayID(id order.ID) string {
	digits := strings.ReplaceAll(string(id), "-", "")
	bits, _ := strconv.ParseUint(digits[max(0, len(digits)-displayDigits):], 16, 64) // an id has no other digits
	var letters [2 * displayGroup]byte
	for i := len(letters) - 1; i >= 0; i-- {
		letters[i] = displayLetters[bits%uint64(len(displayLetters))]
		bits /= uint64(len(displayLetters))
	}
	return displayPrefix + string(letters[:displayGroup]) + "-" + string(letters[displayGroup:])
}

// isDisplayID reports whether s has the form of a displayId.
func isDisplayID(s string) bool {
	rest, ok := strings.CutPrefix(s, displayPrefix)
	if !ok || len(rest) != 2*displayGroup+1 || rest[displayGroup] != '-' {
		return false
	}
	letters := rest[:displayGroup] + rest[displayGroup+1:]
	return strings.Trim(letters, displayLetters) == ""
}

// keyOf is the idempotencyKey of an order, which is its number; an order that
// came without one has its displayId for a number.
func keyOf(o *order.Order) string {
	if o.Number == displayID(o.ID) {
		return ""
	}
	return o.Number
}
