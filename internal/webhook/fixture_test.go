package webhook

import (
	"errors"

	"github.com/bookgate/bookgate/order"
)

// hintOf returns what an error advises.
func hintOf(err error) string {
	var e *order.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
