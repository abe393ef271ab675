package boknett

import (
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestNames: members agree in any letter case and without underscores, and numbers
// have the name of their value.
func TestNames(t *testing.T) {
	v, err := parseObject([]byte(`{"Valid_From":"x","EAN":9.788202337926E12,"long":1e99,"yes":true}`))
	check(t, err)
	for name, want := range map[string]string{"validFrom": "x", "ean": "9788202337926", "long": "1e99", "yes": "", "none": ""} {
		if got := nameOf(v.Get(name)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestSameName refuses two names that agree.
func TestSameName(t *testing.T) {
	for _, body := range []string{`{"status":"X","STATUS":"Y"}`, `{"valid_from":1,"validFrom":2}`, `{"price":{"tax":1,"Tax":1}}`} {
		if _, err := parseObject([]byte(body)); order.CodeOf(err) != "json-duplicate-key" {
			t.Errorf("%s: %v", body, err)
		}
	}
}
