package boknett

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// numbers are the numbers of the orders of the next n events.
func (l *listener) numbers(n int) (all []string) {
	l.t.Helper()
	for range n {
		_, rest, _ := strings.Cut(l.event().data, `"orderNumber":"`)
		number, _, _ := strings.Cut(rest, `"`)
		all = append(all, number)
	}
	return all
}

// TestEventsThroughARestore: a listener goes on with whatever place it has from
// before the restore, whether something new has come by then or not, and hears
// everything since the restored point.
func TestEventsThroughARestore(t *testing.T) {
	w := newWorld(t)
	w.sent("old-1", 1)
	w.sent("old-2", 1)
	file, before := w.backup(), w.epoch()
	for n := range 4 {
		w.sent(fmt.Sprintf("lost-%d", n), 1)
	}
	hooked := w.hook(seller)
	w.restore(file)
	now := w.epoch()
	if now == before {
		t.Fatal("a restore begins no epoch")
	}
	_ = hooked // it was lost too
	places := map[string]struct {
		query, header string
		first         string // after which all that follow come
	}{
		"seen less":                {"", before + "-1", "old-2"},
		"at the backup":            {"", before + "-2", "new-1"},
		"beyond it":                {"", before + "-6", "new-1"},
		"far beyond it":            {"", before + "-900", "new-1"},
		"an old form":              {"", "6", "new-1"},
		"an old form, seen less":   {"", "1", "old-2"},
		"another life":             {"", "zzzzzzzz-1", "old-1"},
		"no id":                    {"", "undefined", "old-1"},
		"no id of ours":            {"", "msg_01a1fe32-5872-7b5b-8236-79ac52596872", "old-1"},
		"no id, and a place":       {"?after=1", "null", "old-2"},
		"the header wins":          {"?after=0", before + "-6", "new-1"},
		"an address":               {"?after=6", "", "new-1"},
		"an address, id":           {"?after=" + before + "-6", "", "new-1"},
		"an address, epoch":        {"?after=6&epoch=" + before, "", "new-1"},
		"an address, another life": {"?after=6&epoch=whatever", "", "old-1"},
		"the present":              {"", now + "-2", "new-1"},
		"beyond the present":       {"", now + "-900", "new-1"},
		"an empty header":          {"?after=2", "", "new-1"},
		"two fields in one":        {"", before + "-1, " + before + "-6", "new-1"},
		"a parameter":              {"?after=0&lastEventId=" + before + "-6", "", "new-1"},
		"a parameter and a header": {"?lastEventId=" + before + "-1", before + "-6", "new-1"},
	}
	early := map[string]*listener{}
	for name, p := range places { // nothing new has come yet
		early[name] = w.listen(seller, p.query, "Last-Event-ID: "+p.header)
	}
	w.sent("new-1", 1)
	w.sent("new-2", 1)
	for name, p := range places {
		want := []string{"old-1", "old-2", "new-1", "new-2"}
		want = want[slices.Index(want, p.first):]
		late := w.listen(seller, p.query, "Last-Event-ID: "+p.header)
		for when, l := range map[string]*listener{"early": early[name], "late": late} {
			if name == "beyond the present" && when == "late" {
				continue // by now it has passed what it never heard
			}
			if got := l.numbers(len(want)); !slices.Equal(got, want) {
				t.Errorf("%s, %s: heard %q, want %q", name, when, got, want)
			}
		}
	}
	l := w.listen(seller, "", "Last-Event-ID: "+before+"-6")
	if b := l.event(); b.id != now+"-3" || !strings.Contains(b.data, `"change":3,"epoch":"`+now+`"`) || !strings.Contains(b.data, "/v2/feed?after=2&epoch="+now) {
		t.Errorf("heard %+v", b)
	}
}

// TestEventsOfReplicas: a listener that is sent to another process goes on
// there.
func TestEventsOfReplicas(t *testing.T) {
	w := newWorld(t)
	w.sent("first", 1)
	l := w.listen(seller, "?after=0")
	id := l.event().id
	l.res.Body.Close()
	w.sent("second", 1)
	other := New(Config{Exchange: order.NewExchange(w.db, w.db, order.Config{Now: w.clock.Now}), Auth: auth.New(w.db, "login.example.no", w.clock.Now), Public: public, Now: w.clock.Now})
	s := httptest.NewServer(server.New(server.Config{Public: public, Dialects: []server.Dialect{other}}).Handler())
	t.Cleanup(s.Close)
	w.server.Close()
	w.server = s
	if got := w.listen(seller, "", "Last-Event-ID: "+id).numbers(1); got[0] != "second" {
		t.Errorf("heard %q", got)
	}
}

// renamed is a store whose epoch ends beneath the process that serves it.
type renamed struct {
	*store.DB
	epoch atomic.Pointer[string]
}

func (r *renamed) Epoch(ctx context.Context) (string, error) {
	if epoch := r.epoch.Load(); epoch != nil {
		return *epoch, nil
	}
	return r.DB.Epoch(ctx)
}

// TestEventsEndWithTheirEpoch: a stream that goes on while the store is restored
// beneath it would pass over what is numbered anew up to its place.
func TestEventsEndWithTheirEpoch(t *testing.T) {
	w := newWorld(t)
	db := &renamed{DB: w.db}
	exchange := order.NewExchange(db, db, order.Config{Now: w.clock.Now})
	api := New(Config{Exchange: exchange, Auth: auth.New(w.db, "login.example.no", w.clock.Now), Public: public, Now: w.clock.Now})
	s := httptest.NewServer(server.New(server.Config{Public: public, Dialects: []server.Dialect{api}}).Handler())
	t.Cleanup(s.Close)
	w.server.Close()
	w.server, w.exchange = s, exchange
	l := w.listen(seller, "")
	l.event() // its place
	other := "zzzzzzzz"
	db.epoch.Store(&other)
	w.sent("new", 1)
	for {
		b, ok := l.next()
		if !ok {
			break
		}
		if b.data != "" {
			t.Errorf("heard %+v", b)
		}
	}
	if !l.cut {
		t.Error("the stream has an end")
	}
}

// TestDeliveriesAfterARestore: a number that comes again has another epoch in
// the body.
func TestDeliveriesAfterARestore(t *testing.T) {
	w := newWorld(t)
	endpoint := w.hook(seller)
	file := w.backup()
	body := func(number string) string {
		t.Helper()
		w.sent(number, 1)
		all, err := w.db.Deliveries(t.Context(), webhook.DeliveryQuery{Party: seller, Endpoint: endpoint, Limit: 1})
		check(t, err)
		text, err := webhook.StandardBody(public, all[0])
		check(t, err)
		return string(text)
	}
	before, lost := w.epoch(), body("lost")
	w.restore(file)
	after, again := w.epoch(), body("again")
	for epoch, text := range map[string]string{before: lost, after: again} {
		if !strings.Contains(text, `"change":1,"epoch":"`+epoch+`"`) || !strings.Contains(text, "/v2/feed?after=0&epoch="+epoch+`"`) {
			t.Errorf("in epoch %s: %s", epoch, text)
		}
	}
}

// TestAcknowledgeAfterARestore: what was read and then lost is not acknowledged.
func TestAcknowledgeAfterARestore(t *testing.T) {
	w := newWorld(t)
	w.sent("old", 1)
	file, before := w.backup(), w.epoch()
	for n := range 3 {
		w.sent(fmt.Sprintf("lost-%d", n), 1)
	}
	w.restore(file)
	for n := range 4 {
		w.sent(fmt.Sprintf("new-%d", n), 1)
	}
	for _, c := range []struct {
		body string
		want int64
	}{
		{`{"through":4,"epoch":"` + before + `"}`, 1},
		{`{"through":3,"epoch":"zzzzzzzz"}`, 1},
		{`{"through":2,"epoch":"` + w.epoch() + `"}`, 2},
		{`{"through":3,"epoch":null}`, 3},
		{`{"through":4}`, 4},
	} {
		ack, err := hal.ParseAcknowledged([]byte(w.post(seller, "/v2/feed/ack", c.body).want(t, http.StatusOK).body))
		if err != nil || ack.Acknowledged != c.want || ack.Head != 5 || ack.Epoch != w.epoch() {
			t.Errorf("%s: %+v (%v)", c.body, ack, err)
		}
	}
	w.post(seller, "/v2/feed/ack", `{"through":9,"epoch":"`+w.epoch()+`"}`).problem(t, http.StatusUnprocessableEntity, "ack-ahead")
	w.post(seller, "/v2/feed/ack", `{"through":1,"epoch":7}`).problem(t, http.StatusBadRequest, "json-type")
}
