package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// TestKeyHeader wants the header once, and says nothing of what is in it.
func TestKeyHeader(t *testing.T) {
	scheme := auth.KeyHeader("X-API-KEY")
	if text, err := scheme(http.Header{"X-Api-Key": {" bgk_x "}}); err != nil || text != "bgk_x" {
		t.Errorf("%q, %v", text, err)
	}
	for _, values := range [][]string{nil, {""}, {" "}, {"bgk_x", "bgk_x"}} {
		_, err := scheme(http.Header{"X-Api-Key": values})
		if order.CodeOf(err) != "credential-missing" || strings.Contains(err.Error(), "bgk_x") {
			t.Errorf("%q: %v", values, err)
		}
	}
}
