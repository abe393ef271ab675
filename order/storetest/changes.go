package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

var changePromises = []promise{
	{"a change is stored whole and the revision raised by one", changeStored},
	{"a change without events writes nothing", changeNothing},
	{"a change that returns an error writes nothing and returns that error", changeError},
	{"what names an order cannot be changed", namesStay},
	{"several events of one change share its revision and are numbered on", severalEvents},
	{"lines can be added, altered and taken away", linesChange},
	{"no update is lost among many at once", noLostUpdate},
	{"a change that panics is undone and the store lives on", changePanics},
	{"the history is dense and dated as the order", historyDense},
}

func changeStored(t *testing.T, h *fixture) {
	o := add(t, h, full("A-1"))
	price := order.Answer{Comment: "kommer", Price: &order.ConfirmedPrice{Amount: order.Decimal{Units: 25000, Scale: 2}}}
	got := change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.Lines[1].Answer, o.Lines[1].Status = price, order.Received
		o.Lines[1].Changed = time.Now()
		o.Header.InvoiceInstructions = "ny"
		o.Extensions = nil
		return send(publisher)(o)
	})
	if got.Revision != o.Revision+1 || !got.Updated.After(o.Updated) || !got.Created.Equal(o.Created) {
		t.Errorf("revision %d, updated %s, created %s", got.Revision, got.Updated, got.Created)
	}
	loaded, err := h.Order(t.Context(), publisher, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the changed order", got, loaded)
	wantSame(t, "the answer", price, loaded.Lines[1].Answer)
}

func changeNothing(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	got := change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.Status, o.Lines[0].Quantity = order.Failed, 77
		return nil, nil
	})
	wantSame(t, "the order given", o, got)
	wantUntouched(t, h, o)
}

var errRule = errors.New("the rule says no")

func changeError(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	_, err := h.Update(t.Context(), o.ID, func(o *order.Order) ([]order.Event, error) {
		o.Status = order.Failed
		return []order.Event{{Kind: order.EventProcessed}}, errRule
	})
	if !errors.Is(err, errRule) {
		t.Errorf("got %v", err)
	}
	_, err = h.Update(t.Context(), o.ID, func(*order.Order) ([]order.Event, error) {
		return nil, order.Errorf(order.Forbidden, "not-receiver", "no")
	})
	wantKind(t, err, order.Forbidden)
	wantUntouched(t, h, o)
}

// wantUntouched checks that an order is as it was added and nothing was reported.
func wantUntouched(t *testing.T, h *fixture, o order.Order) {
	t.Helper()
	got, err := h.Order(t.Context(), shop, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "the order stored", o, got)
	events, err := h.History(t.Context(), shop, o.ID)
	if n := head(t, h, shop); err != nil || n != 1 || len(events) != 1 {
		t.Errorf("head %d, %d events, %v; want one of each", n, len(events), err)
	}
}

func namesStay(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		o.ID, o.Sender, o.Number, o.Revision, o.Created = order.NewID(time.Now()), stranger, "B-2", 99, time.Now()
		return send(publisher)(o)
	})
	got, err := h.Order(t.Context(), shop, o.ID)
	if err != nil || got.Number != "A-1" || got.Revision != 2 || !got.Created.Equal(o.Created) {
		t.Errorf("order is now %s revision %d of %s, %v", got.Number, got.Revision, got.Sender, err)
	}
}

func severalEvents(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	o = change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
		events, _ := send(publisher)(o)
		return append(events, order.Event{Kind: order.EventMarked, Line: 1}, order.Event{Kind: order.EventMarked, Line: 2}), nil
	})
	events, err := h.History(t.Context(), shop, o.ID)
	if err != nil || len(events) != 4 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for _, e := range events[1:] {
		if e.Revision != 2 {
			t.Errorf("event %d has revision %d, want 2", e.Number, e.Revision)
		}
	}
	if s, p := head(t, h, shop), head(t, h, publisher); s != 4 || p != 3 {
		t.Errorf("heads %d and %d, want a number for each event seen: 4 and 3", s, p)
	}
	if it := list(t, h, order.Query{Party: publisher, Mode: order.All, Limit: 9}); len(it) != 1 || it[0].Change != 3 || !it[0].Updated.Equal(events[3].At) {
		t.Errorf("the order is listed as %+v", it)
	}
}

func linesChange(t *testing.T, h *fixture) {
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	for _, c := range []func(*order.Order){
		func(o *order.Order) { o.Lines = append(o.Lines, line(3, "9788203364181", -1, time.Now())) },
		func(o *order.Order) { o.Lines[2].Adjustment, o.Lines[2].Status = true, order.Requested },
		func(o *order.Order) { o.Lines[0], o.Lines[2] = o.Lines[2], o.Lines[0] },
		func(o *order.Order) { o.Lines = o.Lines[1:] },
		func(o *order.Order) { o.Lines = nil },
	} {
		got := change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
			c(o)
			return []order.Event{{Kind: order.EventReduced}}, nil
		})
		loaded, err := h.Order(t.Context(), shop, o.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "the order", got, loaded)
	}
}

func noLostUpdate(t *testing.T, h *fixture) {
	const workers, each = 8, 25
	o := change(t, h, add(t, h, sample("A-1")).ID, send(publisher))
	start := o.Lines[0].Quantity
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				change(t, h, o.ID, func(o *order.Order) ([]order.Event, error) {
					o.Lines[0].Quantity++
					return []order.Event{{Kind: order.EventMarked}}, nil
				})
			}
		})
	}
	all.Wait()
	got, err := h.Order(t.Context(), shop, o.ID)
	if want := start + workers*each; err != nil || got.Lines[0].Quantity != want || got.Revision != o.Revision+workers*each {
		t.Errorf("quantity %d at revision %d, want %d: %v", got.Lines[0].Quantity, got.Revision, want, err)
	}
}

func changePanics(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	_, err := h.Update(t.Context(), o.ID, func(*order.Order) ([]order.Event, error) { panic("a fault in a rule") })
	wantKind(t, err, order.Internal)
	wantUntouched(t, h, o)
	add(t, h, sample("A-2"))
}

func historyDense(t *testing.T, h *fixture) {
	o := add(t, h, sample("A-1"))
	updated := []time.Time{o.Updated, change(t, h, o.ID, send(publisher)).Updated}
	for i := range 10 {
		s := order.Answers()[i%3]
		updated = append(updated, change(t, h, o.ID, answer(s)).Updated)
	}
	events, err := h.History(t.Context(), publisher, o.ID)
	if err != nil || len(events) != len(updated) {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, e := range events {
		want := fmt.Sprintf("%d %d %s", i+1, i+1, updated[i])
		if got := fmt.Sprintf("%d %d %s", e.Number, e.Revision, e.At); got != want {
			t.Errorf("event is %s, want %s", got, want)
		}
	}
	if e := events[0]; e.Kind != order.EventReceived || e.Actor != "kari" || e.Via != "ticket" || e.Party != shop || e.To != order.Unprocessed || e.Text != "number A-1" {
		t.Errorf("first event came back as %+v", e)
	}
}

func cancelledCaller(t *testing.T, h *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := sample("A-1")
	if _, _, err := h.Add(ctx, o, document("x"), received(o)); !errors.Is(err, context.Canceled) {
		t.Errorf("Add gave %v", err)
	}
	if _, err := h.Order(ctx, shop, o.ID); !errors.Is(err, context.Canceled) {
		t.Errorf("Order gave %v", err)
	}
	if n := head(t, h, shop); n != 0 {
		t.Errorf("head is %d, want 0", n)
	}
	add(t, h, o)
	_, err := h.Update(ctx, o.ID, func(*order.Order) ([]order.Event, error) {
		t.Error("change ran for a caller that was gone")
		return nil, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update gave %v", err)
	}
}
