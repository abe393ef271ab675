package webhook

import (
	"fmt"
	"testing"
)

// TestListener: a listener hears what its party has sent again, is woken for
// it, and keeps only so much.
func TestListener(t *testing.T) {
	d := NewService(ServiceConfig{})
	mine, other := d.Listen("7045"), d.Listen("900877")
	woken := 0
	mine.Wake(func() { woken++ })
	heard := make([]Delivery, mostHeard)
	for i := range heard {
		heard[i].ID = fmt.Sprint(i)
	}
	for range 3 {
		for _, l := range d.listeners.of("7045") {
			l.deliver(heard)
		}
	}
	if woken == 0 {
		t.Error("no listener was woken")
	}
	if got := mine.Take(); len(got) != mostWaiting || got[0].ID != "0" || got[mostHeard].ID != "0" {
		t.Errorf("%d deliveries waited", len(got))
	}
	if len(mine.Take()) != 0 || len(other.Take()) != 0 {
		t.Error("heard twice, or by another party")
	}
	mine.deliver(heard[:1])
	now := false
	if mine.Wake(func() { now = true }); !now {
		t.Error("what waits already wakes no listener")
	}
	mine.Close()
	other.Close()
	if len(d.listeners.all) != 0 {
		t.Errorf("%d parties are listened for without a listener", len(d.listeners.all))
	}
}
