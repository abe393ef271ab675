package boknett

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// restore puts a backup of the world's store in the place of the store.
func (w *world) restore(file string) {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "restored")
	_, err := store.Restore(w.t.Context(), file, dir, store.Options{Now: w.clock.now}, nil)
	check(w.t, err)
	check(w.t, w.db.Close())
	w.db, err = store.Open(w.t.Context(), dir, store.Options{Now: w.clock.now})
	check(w.t, err)
	w.t.Cleanup(func() { w.db.Close() })
	w.exchange = order.NewExchange(w.db, w.db, order.Config{Now: w.clock.now})
	w.api.exchange, w.api.desk = w.exchange, auth.NewDesk(w.db, "login.example.no", w.clock.now)
}

// backup gives the file of a backup of the world's store.
func (w *world) backup() string {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "backup.db")
	_, err := w.db.Backup(w.t.Context(), file, store.BackupOptions{Verify: true})
	check(w.t, err)
	return file
}

// TestCursorsThroughARestore: a reader goes on with the cursor that it has,
// from before the backup or from after it, and misses nothing that is there.
func TestCursorsThroughARestore(t *testing.T) {
	w := newWorld(t)
	const from = "?mode=SENT_TO_ME&fromDate=20260101000000"
	next := func() string { return w.get(seller, "/orders"+from).want(t, http.StatusOK).Header.Get("Next") }
	for n := range 3 {
		w.sent(fmt.Sprintf("old-%d", n), 1)
	}
	before := next()
	w.sent("old-3", 1)
	file := w.backup()
	at := next()
	for n := range 6 {
		w.sent(fmt.Sprintf("lost-%d", n), 1)
	}
	after := next()
	tag := w.get(seller, "/orders"+from).Header.Get("ETag")
	w.restore(file)
	for n := range 6 {
		w.sent(fmt.Sprintf("new-%d", n), 1)
	}
	if list := w.get(seller, "/orders"+from, "If-None-Match: "+tag).want(t, http.StatusOK); !strings.Contains(list.body, "new-5") {
		t.Errorf("the list is\n%s", list.body)
	}
	unknown := w.api.seal.cursor(seller, order.SentToMe, place{3, "whatever"})
	nameless := w.api.seal.cursor(seller, order.SentToMe, place{9, ""})
	for name, c := range map[string]struct {
		cursor string
		first  string // after which all that follow come
	}{
		"before the backup": {before, "old-3"}, "at the backup": {at, "new-0"}, "after the backup": {after, "new-0"},
		"of another life": {unknown, "old-0"}, "without an epoch": {nameless, "new-0"},
	} {
		for _, surface := range []string{"/orders", "/v2/orders", "/orders/message"} {
			a := w.get(seller, surface+"?mode=SENT_TO_ME&next="+c.cursor).want(t, http.StatusOK)
			want := []string{"old-0", "old-1", "old-2", "old-3", "new-0", "new-1", "new-2", "new-3", "new-4", "new-5"}
			for want[0] != c.first {
				if strings.Contains(a.body, want[0]) {
					t.Errorf("%s %s: %s came again", surface, name, want[0])
				}
				want = want[1:]
			}
			for _, number := range want {
				if !strings.Contains(a.body, number) {
					t.Errorf("%s %s: %s was passed over", surface, name, number)
				}
			}
			// The cursor that it gets is good in the new epoch, and stays.
			then := a.Header.Get("Next")
			idle := w.get(seller, "/orders?mode=SENT_TO_ME&next="+then).want(t, http.StatusOK)
			if idle.body != "[]" || idle.Header.Get("Next") != then {
				t.Errorf("%s %s: then came %s and the cursor %s after %s", surface, name, idle.body, idle.Header.Get("Next"), then)
			}
		}
	}
}

// TestIdleCursorOfALostChange: with nothing new behind it, a cursor from after
// the backup becomes one that sees what comes.
func TestIdleCursorOfALostChange(t *testing.T) {
	w := newWorld(t)
	w.sent("old", 1)
	file := w.backup()
	w.sent("lost-1", 1)
	w.sent("lost-2", 1)
	cursor := w.get(seller, "/orders?mode=SENT_TO_ME&fromDate=20260101000000").Header.Get("Next")
	w.restore(file)
	a := w.get(seller, "/orders?mode=SENT_TO_ME&next="+cursor).want(t, http.StatusOK)
	if a.body != "[]" {
		t.Errorf("got %s", a.body)
	}
	w.sent("new", 1)
	if a = w.get(seller, "/orders?mode=SENT_TO_ME&next="+a.Header.Get("Next")).want(t, http.StatusOK); !strings.Contains(a.body, `"new"`) {
		t.Errorf("got %s", a.body)
	}
}
