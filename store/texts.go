package store

import (
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// checkTexts refuses a text that one of the engines could not keep: PostgreSQL
// takes neither the character NUL nor bytes that are not UTF-8, and a store
// must not take on one engine what it refuses on another. What is kept as JSON
// cannot hold either.
func checkTexts(args []any) error {
	for _, a := range args {
		if s, ok := a.(string); ok && (strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s)) {
			return order.Errorf(order.Invalid, "text-unkeepable", "A text has a character that cannot be kept: %q.", order.Cut(s)).
				WithHint("Send UTF-8 without the character NUL.")
		}
	}
	return nil
}
