package montly

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// FuzzLease holds that whatever is taken as an order can be written as EDItX
// that the strictest profile takes, and that whatever is refused says why.
func FuzzLease(f *testing.F) {
	for _, name := range []string{"seed", "seed-repaired", "plugin-create", "sdk-create"} {
		b, err := os.ReadFile("testdata/requests/" + name + ".http")
		check(f, err)
		_, body, _ := strings.Cut(string(b), "\n\n")
		f.Add([]byte(body))
	}
	shop := order.Party{ID: kontor, Name: "Kontor", Scheme: order.DefaultScheme}
	now := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := parse(body)
		if err != nil {
			if order.KindOf(err) != order.Malformed {
				t.Errorf("%v", err)
			}
			return
		}
		l, bad := readLease(in, terms{table: DefaultTable()})
		for _, b := range bad {
			if !strings.HasSuffix(b.Message, " on "+b.Field) {
				t.Errorf("%+v", b)
			}
		}
		if len(bad) > 0 {
			return
		}
		o := toOrder(l, shop, Finance{Name: defaultFinance}, order.Decimal{Units: 5}, false, now)
		var b bytes.Buffer
		check(t, editx.Encode(&b, &o))
		if report, err := editx.Check(b.Bytes(), editx.Strict); err != nil || report.Refused {
			t.Errorf("%+v, %v\n%s", report, err, b.String())
		}
	})
}
