package webhook

import (
	"errors"

	"github.com/bookgate/bookgate/order"
)

// hintOf gives what an error advises.
func hintOf(err error) string {
	var e *order.Error
	if errors.As(err, &e) {
		return e.Hint
	}
	return ""
}
