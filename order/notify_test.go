package order_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// TestObserveGetsEachChangeOnce follows an order through its life; what
// changes nothing is not reported.
func TestObserveGetsEachChangeOnce(t *testing.T) {
	s := newScene(t)
	var mu sync.Mutex
	var observed []string
	s.Exchange = order.NewExchange(s.db, s.db, order.Config{Observe: func(o *order.Order, events []order.Event) {
		mu.Lock()
		defer mu.Unlock()
		for _, e := range events {
			observed = append(observed, fmt.Sprintf("%s %s %s %d", o.Number, e.Kind, e.To, o.Revision))
		}
	}})
	id := s.send(t, bookshop, draft("A-1", nbsn("7045"), nbsn("900877")))
	again, err := s.Submit(t.Context(), bookshop, draft("A-1", nbsn("7045"), nbsn("900877")), order.Document{})
	if err != nil || !again.Repeated {
		t.Fatalf("the same order again: %+v, %v", again, err)
	}
	mark := func(status order.Status) error {
		_, err := s.Mark(t.Context(), publisher, id, order.AnyRevision, order.LineUpdate{Line: 1, Status: status})
		return err
	}
	for range 2 {
		if err := mark(order.Received); err != nil {
			t.Fatal(err)
		}
	}
	if err := mark("NONE"); err == nil {
		t.Fatal("NONE is taken")
	}
	want := "[A-1 received UNPROCESSED 1 A-1 processed SENT 2 A-1 marked RECEIVED 3 A-1 answered RECEIVED 3]"
	if got := fmt.Sprint(observed); got != want {
		t.Errorf("observed %s\nwant %s", got, want)
	}
}

func TestListeningCountsThoseWhoWait(t *testing.T) {
	s := newScene(t)
	wants := func(n int) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); s.Waiters() != n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d listen, want %d", s.Waiters(), n)
			}
		}
	}
	wants(0)
	var waiting sync.WaitGroup
	for _, party := range []order.PartyID{"7045", "7045", "900877"} {
		waiting.Go(func() { s.Await(t.Context(), party, 99) })
	}
	wants(3)
	s.Shutdown()
	waiting.Wait()
	wants(0)
}
