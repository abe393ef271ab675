package installer

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

func keyed(key string) func(map[string]any) {
	return func(in map[string]any) { in["idempotencyKey"] = key }
}

// TestDuplicateKey repeats a key with the same order, with another, with a key of
// the party that wants 409, and after what was refused.
func TestDuplicateKey(t *testing.T) {
	w := newWorld(t)
	w.Key("newer", router, Source, auth.ModeLive, mayCreate, mayRead, DuplicateConflict)
	w.Key("test", router, Source, auth.ModeTest, Permissions()...)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	if a := w.post("good", func(in map[string]any) { in["idempotencyKey"], in["email"] = "k-1", "nobody" }); a.status != http.StatusBadRequest || a.OrderID != "" {
		t.Fatalf("a bad order: %s", a.raw)
	}
	first := w.post("good", keyed("k-1"))
	if first.status != http.StatusCreated {
		t.Fatalf("a refused order used its key up: %s", first.raw)
	}
	if o := w.core(first.ID); o.Number != "k-1" || first.DisplayID != displayID(o.ID) {
		t.Errorf("number %s, %s", o.Number, first.DisplayID)
	}
	check(t, w.Exchange.ProcessPending(t.Context()))
	for what, c := range map[string]struct {
		key    string
		status int
		change func(map[string]any)
	}{
		"the same":       {"good", 400, nil},
		"another":        {"good", 400, func(in map[string]any) { in["email"] = "kari@nordmann.no" }},
		"of another key": {"newer", 409, nil},
	} {
		a := w.post(c.key, func(in map[string]any) {
			if keyed("k-1")(in); c.change != nil {
				c.change(in)
			}
		})
		if a.status != c.status || a.StatusCode != c.status || a.Error != http.StatusText(c.status) || a.OrderID != first.ID || a.DisplayID != first.DisplayID || !strings.Contains(a.Message, "k-1") {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
	}
	for _, key := range []string{"test", "foreign"} {
		if a := w.post(key, keyed("k-1")); a.status != http.StatusCreated || a.ID == first.ID {
			t.Errorf("the key stands in the way of %s: %s", key, a.raw)
		}
	}
	_, err := w.Exchange.Erase(t.Context(), order.Actor{Name: "operator", Via: "command"}, first.ID, "case 7")
	check(t, err)
	if a := w.post("good", keyed("k-1")); a.status != http.StatusBadRequest || a.OrderID != first.ID || a.DisplayID != first.DisplayID {
		t.Errorf("after erasing: %s", a.raw)
	}
	check(t, w.mark(first.ID, 1, order.Fulfilled, nil))
	for range 5 {
		w.Now()
	}
	if _, n, err := w.DB.RetireOrders(t.Context(), w.Now(), 0, 10); err != nil || n == 0 {
		t.Fatalf("%d retired, %v", n, err)
	}
	if a := w.post("good", keyed("k-1")); a.status != http.StatusBadRequest || a.OrderID != first.ID || a.DisplayID != first.DisplayID {
		t.Errorf("after retiring: %s", a.raw)
	}
	if n := w.count(Source); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// TestNoKeyNoDuplicate sends the same without a key, and with an empty one.
func TestNoKeyNoDuplicate(t *testing.T) {
	w := newWorld(t)
	seen := map[order.ID]bool{}
	for _, change := range []func(map[string]any){nil, nil, keyed(""), keyed("")} {
		a := w.post("good", change)
		if o := w.core(a.ID); a.status != http.StatusCreated || seen[a.ID] || o.Number != a.DisplayID || keyOf(&o) != "" {
			t.Errorf("%s", a.raw)
		}
		seen[a.ID] = true
	}
}

// TestDuplicateRace sends one key in many requests at once.
func TestDuplicateRace(t *testing.T) {
	w := newWorld(t)
	const many = 32
	for round := range 3 {
		answers := make([]answer, many)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				<-start
				answers[i] = w.post("good", func(in map[string]any) { in["idempotencyKey"], in["name"] = fmt.Sprint("race-", round), fmt.Sprint(i) })
			})
		}
		close(start)
		all.Wait()
		created, ids := 0, map[order.ID]bool{}
		for _, a := range answers {
			switch ids[a.OrderID] = true; a.status {
			case http.StatusCreated:
				created++
			case http.StatusBadRequest:
			default:
				t.Errorf("%d %s", a.status, a.raw)
			}
		}
		if created != 1 || len(ids) != 1 || w.count(Source) != int64(round+1) {
			t.Errorf("%d created, ids %v, %d stored", created, ids, w.count(Source))
		}
	}
}

// TestDisplayIDTaken makes ids whose displayIds are the same: the order gets
// another one, and is not taken for a duplicate.
func TestDisplayIDTaken(t *testing.T) {
	w := newWorld(t)
	const tail = "-7000-8000-0123456789ab"
	made := []order.ID{"00000000-0001" + tail, "00000000-0002" + tail, "00000000-0003-7000-8000-0123456789ac", "00000000-0004" + tail, "00000000-0005" + tail, "00000000-0006" + tail, "00000000-0007" + tail}
	w.api.newID = func(time.Time) order.ID {
		id := made[0]
		made = made[1:]
		return id
	}
	first, second := w.post("good", nil), w.post("good", nil)
	if first.status != 201 || second.status != 201 || first.DisplayID == second.DisplayID || second.ID != "00000000-0003-7000-8000-0123456789ac" {
		t.Errorf("%s %s", first.raw, second.raw)
	}
	if a := w.post("good", nil); a.status != http.StatusInternalServerError || a.RequestID == "" || strings.Contains(a.raw, "displayId") || len(made) != 1 {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a := w.post("good", keyed("k")); a.status != 201 || a.DisplayID != first.DisplayID {
		t.Errorf("with a key the number is that: %s", a.raw)
	}
}

// TestDisplayIDs have their form, and differ.
func TestDisplayIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		id := displayID(order.NewID(time.Now()))
		if !isDisplayID(id) || seen[id] {
			t.Fatalf("%s, seen %t", id, seen[id])
		}
		seen[id] = true
	}
	if id := displayID("018f3a5e-0000-7000-8000-000000000021"); id != "BG-00000-00011" {
		t.Errorf("%s", id)
	}
	for _, s := range []string{"", "BG-", "BG-00000-0001", "BG-00000-000111", "BG-00000000011", "bg-00000-00011", "BG-0000I-00011", "XX-00000-00011", "BG-00000_00011"} {
		if isDisplayID(s) {
			t.Errorf("%q is taken for a displayId", s)
		}
	}
}
