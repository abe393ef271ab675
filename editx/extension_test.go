package editx_test

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// TestExtensionsAreLimited sends many small elements that all borrow one
// long namespace: each has to carry it when it is stored, so that a body of some
// hundred kB would become tens of MB.
func TestExtensionsAreLimited(t *testing.T) {
	body := `<Order version="1.3" xmlns:a="urn:` + strings.Repeat("x", 8000) + `"><Header><OrderNumber>1</OrderNumber>` +
		strings.Repeat("<a:x/>", 4000) + `</Header></Order>`
	_, _, err := editx.Decode([]byte(body))
	if order.KindOf(err) != order.TooLarge || order.CodeOf(err) != "xml-limit" {
		t.Errorf("got %v, want a limit", err)
	}
}
