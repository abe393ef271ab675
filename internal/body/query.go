package body

import (
	"net/url"

	"github.com/bookgate/bookgate/order"
)

// Query reads the query of an address. [net/url.URL.Query] leaves out what it
// cannot decode, and what was asked would be something else: all orders for those
// with one number. Such a query is refused.
func Query(raw string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, order.Errorf(order.Malformed, "parameter-malformed",
			"The query of the address has a %% that begins no escape, or a semicolon that is not escaped.").
			WithHint("Encode every parameter, as encodeURIComponent does: %%25 for a per cent sign, %%3B for a semicolon.")
	}
	return values, nil
}
