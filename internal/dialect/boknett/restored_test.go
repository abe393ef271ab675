package boknett

import (
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// restore puts a backup of the world's store in the place of the store. All users
// log in again: no ticket is valid in a restored store.
func (w *world) restore(file string) {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "restored")
	_, err := store.Restore(w.t.Context(), file, dir, store.Options{Now: w.clock.Now}, nil)
	check(w.t, err)
	check(w.t, w.db.Close())
	w.db, err = store.Open(w.t.Context(), dir, store.Options{Now: w.clock.Now})
	check(w.t, err)
	w.t.Cleanup(func() { w.db.Close() })
	for _, p := range []order.PartyID{buyer, seller, stranger, agent} {
		w.ticket(p)
	}
	w.exchange = order.NewExchange(w.db, w.db, order.Config{Now: w.clock.Now})
	w.api.exchange, w.api.auth = w.exchange, auth.New(w.db, "login.example.no", w.clock.Now)
}

// backup returns the file of a backup of the world's store.
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
	unknown := w.api.signer.cursor(seller, order.SentToMe, position{3, "whatever"})
	nameless := w.api.signer.cursor(seller, order.SentToMe, position{9, ""})
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

// TestTagsThroughARestore: what a reader holds from before a restore is known as
// such, though the store makes the same revisions again with other content. In
// every representation the content comes, and no change is made under the tag.
func TestTagsThroughARestore(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("back-1", 2, 2))
	w.sent("back-2", 1)
	file := w.backup()
	paths := []string{"/v2/orders/" + id + "/history", "/v2/orders/" + id + "/history/1", "/orders?mode=SENT_TO_ME&fromDate=20260101000000",
		"/v2/orders", "/v2/orders?mode=SENT_TO_ME", "/orders/v1?mode=ALL&fromDate=20260101000000&pagesize=1", "/orders/message?mode=SENT_TO_ME&pagesize=1"}
	for _, surface := range []string{"/orders/", "/orders/v1/", "/v2/orders/"} {
		for _, below := range []string{"", "/editx", "/editx/original", "/response", "/status-report", "/lines/1", "/lines/2"} {
			paths = append(paths, surface+id+below)
		}
	}
	read := func() map[string]string {
		tags := map[string]string{}
		for _, path := range paths {
			tags[path] = w.get(seller, path).want(t, http.StatusOK).Header.Get("ETag")
		}
		return tags
	}
	asBackedUp := read()
	w.post(seller, "/orders/"+id+"/lines/1", `{"status":"RECEIVED"}`).want(t, http.StatusOK)
	asLost := read()
	made := w.post(seller, "/orders/"+id+"/lines/1", `{"status":"RECEIVED","comment":"på vei"}`).want(t, http.StatusOK).Header.Get("ETag")
	w.restore(file)
	w.post(seller, "/orders/"+id+"/lines/1", `{"status":"REJECTED"}`).want(t, http.StatusOK)
	now := read()
	tried := 0
	for name, tags := range map[string]map[string]string{"the backup's": asBackedUp, "a lost": asLost} {
		for path, etag := range tags {
			if now[path] == etag {
				t.Errorf("%s: the tag %s is %s from before", path, etag, name)
			}
			for way, header := range onTheWay(etag) {
				if tried++; tried%fulltest.Rounds(3, 1) != 0 {
					continue
				}
				if a := w.get(seller, path, "If-None-Match: "+header); a.StatusCode != http.StatusOK {
					t.Errorf("%s with %s tag, %s (%s): %s", path, name, way, header, a.Status)
				}
			}
		}
	}
	for _, etag := range fulltest.Cases(append([]string{made}, slices.Collect(maps.Values(asLost))...), 5) {
		for _, surface := range []string{"/orders/", "/orders/v1/", "/v2/orders/"} {
			for _, c := range []struct {
				path, body string
				as         order.PartyID
			}{
				{"/lines/2", `{"status":"RECEIVED"}`, seller}, {"/response", responseXML("back-1", responseLine(2, 2, "AcceptedBackordered")), seller},
				{"/update", `{"ean":"9788202339296","number":-1}`, buyer}, {"/update/2", `{"ean":"9788202339296","number":-1}`, buyer}, {"/cancellation", "", buyer},
			} {
				p := w.post(c.as, surface+id+c.path, c.body, "If-Match: "+etag).problem(t, http.StatusPreconditionFailed, "stale")
				if named, ok := parseOrderTag(strings.Trim(etag, `"`)); ok && !strings.Contains(p.Hint, "restored from a backup") {
					t.Errorf("the hint does not say why %s is stale: %s", named, p.Hint)
				}
			}
		}
	}
	w.post(seller, "/v2/orders/"+id+"/lines/2", `{"status":"RECEIVED"}`, "If-Match: "+now["/v2/orders/"+id]).want(t, http.StatusOK)
}

// TestAcknowledgementThroughARestore: a number from before acknowledges what was
// there then and is there still, where it is said of which epoch it is: by the
// link of the page, or in the body.
func TestAcknowledgementThroughARestore(t *testing.T) {
	w := newWorld(t)
	w.sent("ack-1", 1)
	file := w.backup()
	w.sent("ack-2", 1)
	w.sent("ack-3", 1)
	before := w.feedOf(seller, "")
	w.restore(file)
	for n := range 4 {
		w.sent(fmt.Sprintf("ack-new-%d", n), 1)
	}
	through := fmt.Sprintf(`{"through":%d}`, before.Head)
	for _, c := range []struct{ path, body string }{
		{strings.TrimPrefix(before.Links.Acknowledge.Href, public), through},
		{"/v2/feed/ack", fmt.Sprintf(`{"through":%d,"epoch":%q}`, before.Head, before.Epoch)},
		{"/v2/feed/ack?epoch=unknown", through},
	} {
		ack, err := hal.ParseAcknowledged([]byte(w.post(seller, c.path, c.body).want(t, http.StatusOK).body))
		if check(t, err); ack.Acknowledged > 1 {
			t.Errorf("%s %s acknowledged up to %d", c.path, c.body, ack.Acknowledged)
		}
		rest := w.feedOf(seller, strings.TrimPrefix(ack.Links.Feed.Href, public+"/v2/feed"))
		if len(rest.Changes) < 4 {
			t.Errorf("behind it come %+v", rest.Changes)
		}
	}
	now := w.feedOf(seller, "")
	ack, err := hal.ParseAcknowledged([]byte(w.post(seller, strings.TrimPrefix(now.Links.Ack.Href, public), `{"through":4}`).want(t, http.StatusOK).body))
	if check(t, err); ack.Acknowledged != 4 {
		t.Errorf("acknowledged up to %d", ack.Acknowledged)
	}
	w.post(seller, "/v2/feed/ack", `{"through":1,"epoch":7}`).problem(t, http.StatusBadRequest, "json-type")
}
