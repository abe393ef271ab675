package sqldb

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

func TestOldSQLiteIsRefused(t *testing.T) {
	for number, want := range map[int]string{3_051_002: "store-settings", 3_051_003: "", 3_052_000: ""} {
		if err := checkSQLiteVersion("3.51.2", number); order.CodeOf(err) != want {
			t.Errorf("SQLite %d gave %v", number, err)
		} else if err != nil && (order.KindOf(err) != order.Invalid || !strings.Contains(err.Error(), "3.51.3 or newer is needed")) {
			t.Errorf("SQLite %d gave %v", number, err)
		}
	}
}
