package body

import (
	"errors"
	"testing"

	"github.com/bookgate/bookgate/order"
)

func TestQuery(t *testing.T) {
	for _, raw := range []string{"key=a;b", "key=100%", "key=%zz", "key=%7", "a=1&key=%", "key;x=1"} {
		values, err := Query(raw)
		if e := new(order.Error); !errors.As(err, &e) || e.Code != "parameter-malformed" || values != nil {
			t.Errorf("%s: %v, %v", raw, values, err)
		}
	}
	for raw, want := range map[string]string{"": "", "key=a%3Bb%25": "a;b%", "key=a+b": "a b", "x&key=a%20b&y=": "a b", "key=a/b?c": "a/b?c"} {
		if values, err := Query(raw); err != nil || values.Get("key") != want {
			t.Errorf("%s: %v, %v", raw, values, err)
		}
	}
}
