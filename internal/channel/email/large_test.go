//go:build all

package email

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func TestLargeOrder(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(func(o *order.Order) {
		for n := 3; n <= maxLines+10; n++ {
			l := o.Lines[0]
			l.Number = n
			o.Lines = append(o.Lines, l)
		}
	})
	w.get(link).Want(t, 200, "Linje 500", "flere linjer enn det er plass til")
	all := form(o.Revision)
	for n := 1; n <= maxLines; n++ {
		all.Set(fmt.Sprintf("line-%d", n), "accept")
		all.Set(fmt.Sprintf("comment-%d", n), strings.Repeat("ø", maxComment))
	}
	w.post(link, all).Want(t, 200, "10 linjer er ikke besvart")
	w.Advance(time.Hour)
	if n, err := w.DB.Remind(t.Context(), webhook.MailFormat, w.Now().Add(-time.Minute), 9); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	task, _ := w.deliver()
	if body := w.get(w.link(task)).Want(t, 200, "Linje 510").Body; strings.Contains(body, "Linje 500<") || strings.Count(body, "<fieldset") != 10 {
		t.Errorf("%d lines are shown", strings.Count(body, "<fieldset"))
	}
}
