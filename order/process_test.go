package order_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestNextIsRoutedOnce takes orders from the queue that the sweep has routed
// before: one that lies sent, and one that is over and out of storage.
func TestNextIsRoutedOnce(t *testing.T) {
	s := newScene(t)
	var log bytes.Buffer
	x := order.NewExchange(s.db, s.db, order.Config{Workers: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for _, o := range []order.Order{draft("1", nbsn("7045"), nbsn("900877")), draft("2", nbsn("7045"), nbsn("5555"))} {
		if _, err := x.Submit(t.Context(), bookshop, o, order.Document{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.ProcessPending(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, done, err := s.db.RetireOrders(t.Context(), time.Now().Add(time.Hour), 0, 10); err != nil || done != 1 {
		t.Fatalf("%d orders were retired, %v; want the one that failed", done, err)
	}
	head, err := x.Head(t.Context(), bookshop.Party)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if found := x.ProcessNext(t.Context()); found != (n < 2) {
			t.Errorf("taking order %d from the queue: %v", n+1, found)
		}
	}
	if now, err := x.Head(t.Context(), bookshop.Party); err != nil || now != head || log.Len() > 0 {
		t.Errorf("the head was %d and is %d, %v; the log says %s", head, now, err, log.String())
	}
}
