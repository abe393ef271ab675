package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// TestBearer spells the header in the ways of clients.
func TestBearer(t *testing.T) {
	for _, value := range []string{"Bearer bgk_x", "bearer bgk_x", " BEARER   bgk_x "} {
		if text, err := auth.Bearer(http.Header{"Authorization": {value}}); err != nil || text != "bgk_x" {
			t.Errorf("%q: %q, %v", value, text, err)
		}
	}
	if _, err := auth.Bearer(http.Header{}); order.CodeOf(err) != "credential-missing" {
		t.Error(err)
	}
	for _, values := range [][]string{{""}, {"bgk_x"}, {"Basic bgk_x"}, {"Bearer"}, {"Bearer "}, {"Bearer bgk_x", "Bearer bgk_x"}} {
		if _, err := auth.Bearer(http.Header{"Authorization": values}); order.CodeOf(err) != "credential-malformed" || strings.Contains(err.Error(), "bgk_x") {
			t.Errorf("%q: %v", values, err)
		}
	}
}
