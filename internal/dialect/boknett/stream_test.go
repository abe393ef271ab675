package boknett

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// block is an event of a stream, or a comment between its lines.
type block struct{ id, name, data, comment string }

// number is the change number in the id of an event.
func (b block) number() string { return b.id[strings.LastIndex(b.id, eventIDMark)+1:] }

// listener reads a stream over a real connection.
type listener struct {
	t     *testing.T
	res   *http.Response
	lines *bufio.Reader
	begun block // of which the lines have come, and the end has not
	cut   bool  // whether the stream ended without its last chunk
}

// listen opens a stream. Header lines are "Name: value".
func (w *world) listen(as order.PartyID, query string, header ...string) *listener {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), 60*time.Second)
	w.t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+hal.EventsPath+query, nil)
	check(w.t, err)
	req.Header.Set("Authorization", "Bearer "+tokenOf(as))
	for _, line := range header {
		name, text, _ := strings.Cut(line, ": ")
		req.Header.Set(name, text)
	}
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	w.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		w.t.Fatalf("%s: %s", res.Status, body)
	}
	return &listener{t: w.t.(*testing.T), res: res, lines: bufio.NewReader(res.Body)}
}

// next returns the next event or comment, false at the end of the stream. It
// reads as "Interpreting an event stream" of the HTML standard says, and wants
// that no event is without data.
func (l *listener) next() (b block, ok bool) {
	l.t.Helper()
	for {
		line, err := l.lines.ReadString('\n')
		if err != nil {
			l.cut = errors.Is(err, io.ErrUnexpectedEOF)
			return b, false
		}
		name, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		text = strings.TrimPrefix(text, " ")
		switch {
		case line == "\n":
			b, l.begun = l.begun, block{}
			if b.data == "" || b.name == "" || !json.Valid([]byte(b.data)) {
				l.t.Errorf("an event has no name or no data: %+v", b)
			}
			return b, true
		case name == "id":
			l.begun.id = text
		case name == "event":
			l.begun.name = text
		case name == "data":
			l.begun.data += text
		case name == "":
			return block{comment: text}, true
		case name != "retry" || strings.Trim(text, "0123456789") != "":
			l.t.Errorf("the stream has the line %q", line)
		}
	}
}

// event returns the next event, and fails at the end of the stream.
func (l *listener) event() block {
	l.t.Helper()
	for {
		b, ok := l.next()
		if !ok {
			l.t.Fatal("the stream has ended")
		}
		if b.data != "" {
			return b
		}
	}
}

// TestEvents: a listener begins now, and hears what happens in the very words
// of a webhook.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	w.sent("before-1", 1)
	endpoint := w.hook(seller)
	l := w.listen(seller, "")
	h := l.res.Header
	if h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" || h.Get("X-Accel-Buffering") != "no" {
		t.Errorf("header %v", h)
	}
	epoch := w.epoch()
	if first := l.event(); first.id != epoch+"-1" || first.name != positionEvent || first.data != `{"type":"place","timestamp":"2026-06-01T10:00:01.000000Z","data":{"change":1,"epoch":"`+epoch+`"}}` {
		t.Errorf("begins with %+v", first)
	}
	id := w.sent("heard-1", 1)
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"FULFILLED_ASSIGNED_ORGANIZATION"}`).want(t, http.StatusOK)
	deliveries, err := w.db.Deliveries(t.Context(), webhook.DeliveryQuery{Party: seller, Endpoint: endpoint, Limit: 10})
	check(t, err)
	for i, want := range []string{"order.sent", "order.line.status", "order.answered"} {
		b := l.event()
		body, err := webhook.StandardBody(public, deliveries[len(deliveries)-1-i])
		check(t, err)
		if b.id != fmt.Sprintf("%s-%d", epoch, i+2) || b.name != want || b.data != string(body) {
			t.Errorf("heard %+v\nwant  %s %s", b, want, body)
		}
		if i == 1 && !strings.Contains(b.data, `"status":"FULLFILLED_ASSIGNED_ORGANIZATION"`) {
			t.Errorf("the status is not spelled as in the order: %s", b.data)
		}
	}
}

// epoch names the epoch of the world's store.
func (w *world) epoch() string {
	w.t.Helper()
	epoch, err := w.exchange.Epoch(w.t.Context())
	check(w.t, err)
	return epoch
}

// TestEventsFilter: what is not wanted, or seen no longer, is passed over, and
// makes no event.
func TestEventsFilter(t *testing.T) {
	w := newWorld(t)
	hidden := w.sent("hidden-1", 1)
	_, err := w.db.Update(t.Context(), hidden, func(o *order.Order) ([]order.Event, error) {
		o.Seller = stranger
		return []order.Event{{Kind: order.EventProcessed, Actor: "bookgate", Via: "system"}}, nil
	})
	check(t, err)
	id := w.sent("filter-1", 1)
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"RECEIVED"}`).want(t, http.StatusOK)
	l := w.listen(seller, "?after=0&events=order.line.*,%20order.failed")
	if b := l.event(); b.number() != "3" || b.name != "order.line.status" || strings.Contains(b.data, "hidden-1") {
		t.Errorf("heard %+v", b)
	}
	w.sent("filter-2", 1)
	w.post(seller, "/orders/"+string(id)+"/lines/1", `{"status":"FULFILLED_ASSIGNED_ORGANIZATION"}`).want(t, http.StatusOK)
	if b := l.event(); b.number() != "6" || b.name != "order.line.status" {
		t.Errorf("heard %+v, want the next line and nothing of what was passed over", b)
	}
}

// TestEventsPlaces: a listener that wants nothing of what happens hears its
// place now and then, so that it need not go through all of it again.
func TestEventsPlaces(t *testing.T) {
	w := newWorld(t)
	w.api.heartbeat = time.Millisecond
	quantities := make([]int, mostPassed+10)
	var answers []string
	for i := range quantities {
		quantities[i] = 1
		answers = append(answers, responseLine(i+1, 1, "AcceptedShipping"))
	}
	id := w.sent("places-1", quantities...)
	w.post(seller, "/orders/"+string(id)+"/response", responseXML("places-1", answers...)).want(t, http.StatusOK)
	l := w.listen(seller, "?after=0&events=order.failed")
	if b := l.event(); b.name != positionEvent || b.id != fmt.Sprintf("%s-%d", w.epoch(), mostPassed) {
		t.Errorf("behind much that was passed over: %+v", b)
	}
	signs := 0
	for b, ok := l.next(); ok && b.comment == "still here"; b, ok = l.next() {
		signs++
	}
	if signs != mostSigns-1 {
		t.Errorf("%d signs of life in a row", signs)
	}
}

// TestEventsResume: while others write, listeners are cut off again and again
// and go on with the last id that they have; each hears every change once, in
// order.
func TestEventsResume(t *testing.T) {
	w := newWorld(t)
	const orders = 12
	var writers sync.WaitGroup
	ids := make([]order.ID, orders)
	for i := range ids {
		ids[i] = w.sent(fmt.Sprintf("resume-%d", i), 1, 1)
	}
	const want = 2 * orders // sent, and the first of two lines answered
	for half := range 2 {
		writers.Go(func() {
			for i := half; i < orders; i += 2 {
				_, err := w.exchange.Mark(context.Background(), order.Actor{Party: seller, Name: "test", Via: "token"}, ids[i], 0, order.LineUpdate{Line: 1, Status: order.Received})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, cut := range []int{1, 3, 7} {
		last, heard := "0", 0
		for heard < want {
			l := w.listen(seller, "?after=0", "Last-Event-ID: "+last)
			for range cut {
				if heard == want {
					break
				}
				b := l.event()
				if heard++; b.number() != fmt.Sprint(heard) {
					t.Fatalf("cut every %d: heard %s, want %d", cut, b.id, heard)
				}
				last = b.id
			}
			l.res.Body.Close()
		}
	}
	writers.Wait()
}

// TestEventsResent: what is sent again by hand reaches those who listen, and
// moves no listener's position.
func TestEventsResent(t *testing.T) {
	w := newWorld(t)
	endpoint := w.hook(seller)
	w.sent("again-1", 1)
	w.sent("again-2", 1)
	at := hal.WebhooksPath + "/" + endpoint
	l, deaf := w.listen(seller, ""), w.listen(seller, "?events=order.failed")
	l.next()
	deaf.next()
	one := w.deliveriesOf(seller, endpoint, "").Embedded.Deliveries[0]
	w.post(seller, at+"/deliveries/"+one.ID+"/resend", "").want(t, http.StatusAccepted)
	if b := l.event(); b.id != "" || b.name != "resend" || !strings.Contains(b.data, `"orderNumber":"again-2"`) || !strings.Contains(b.data, `"type":"order.sent"`) {
		t.Errorf("heard %+v", b)
	}
	w.post(seller, at+"/resend", `{"since":"2020-01-01T00:00:00Z"}`).want(t, http.StatusAccepted)
	for _, number := range []string{"again-1", "again-2"} {
		if b := l.event(); b.name != "resend" || !strings.Contains(b.data, number) {
			t.Errorf("heard %+v, want %s", b, number)
		}
	}
	w.exchange.Shutdown()
	for {
		b, ok := deaf.next()
		if !ok {
			return
		}
		if b.data != "" {
			t.Errorf("heard what it did not want: %+v", b)
		}
	}
}

func TestEventsRefusals(t *testing.T) {
	w := newWorld(t)
	id := w.sent("events-1", 1)
	get := func(query string, header ...string) call {
		return call{method: "GET", path: hal.EventsPath + query, as: buyer, header: header}
	}
	w.refuse(t, id, []refusal{
		{"after a word", get("?after=now"), 400, "parameter-invalid", `after is "now"`},
		{"after an id of others", get("?after=msg_1"), 400, "parameter-invalid", `after is "msg_1"`},
		{"unknown event", get("?events=order.sent,order.lin.status"), 422, "webhook-events", "Did you mean order.line.status?"},
		{"events twice", get("?events=order.sent&events=order.failed"), 400, "parameter-repeated", "events"},
		{"no caller", call{method: "GET", path: hal.EventsPath}, 401, "credential-missing", ""},
	})
	a := w.do(call{method: "HEAD", path: hal.EventsPath + "?after=0", as: buyer}).want(t, http.StatusOK)
	if a.Header.Get("Content-Type") != "text/event-stream" || a.body != "" {
		t.Errorf("HEAD: %v", a.Header)
	}
	w.do(call{method: "HEAD", path: hal.EventsPath + "?after=3", as: buyer}).want(t, http.StatusOK)
}

// TestEventsEnd: a stream is cut off with its ticket and when the server stops,
// and says why before.
func TestEventsEnd(t *testing.T) {
	w := newWorld(t)
	w.api.heartbeat = 20 * time.Millisecond
	ended := func(l *listener, why string) {
		t.Helper()
		last := block{}
		for b, ok := l.next(); ok; b, ok = l.next() {
			last = b
		}
		if !strings.Contains(last.comment, why) || !l.cut {
			t.Errorf("ended with %+v, cut off: %t", last, l.cut)
		}
	}
	l := w.listen(buyer, "?after=0")
	eventually(t, "a sign of life", func() bool { b, ok := l.next(); return ok && b.comment == "still here" })
	w.clock.Advance(20000 * time.Hour)
	ended(l, "ticket has ended")
	w.clock.Advance(-20000 * time.Hour)
	l = w.listen(buyer, "")
	l.event()
	w.exchange.Shutdown()
	ended(l, "being stopped")
	eventually(t, "the log", func() bool { return strings.Count(w.log.String(), "answer cut off") == 2 })
	for _, want := range []string{"stream ended after 0 events; the ticket has ended", "stream ended after 0 events; the server is being stopped"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, w.log)
		}
	}
	if strings.Contains(w.log.String(), "panic") || strings.Contains(w.log.String(), `"level":"ERROR"`) {
		t.Errorf("the log takes it for a failure:\n%s", w.log)
	}
}

// TestEventsEndOverHTTP10: without chunks the end of the connection is the end
// of the answer, so it is reset.
func TestEventsEndOverHTTP10(t *testing.T) {
	w := newWorld(t)
	conn, err := net.Dial("tcp", w.server.Listener.Addr().String())
	check(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET "+hal.EventsPath+" HTTP/1.0\r\nAuthorization: Bearer "+tokenOf(buyer)+"\r\n\r\n")
	check(t, err)
	r := bufio.NewReader(conn)
	for line := ""; line != "event: place\n"; {
		line, err = r.ReadString('\n')
		check(t, err)
	}
	w.exchange.Shutdown()
	if _, err := io.ReadAll(r); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the connection ended with %v", err)
	}
}

// TestEventsWithoutAStore: EventSource would end for good on a 5xx, so what may
// pass is answered as a stream; the log and others hear what it is.
func TestEventsWithoutAStore(t *testing.T) {
	w := newWorld(t)
	check(t, w.db.Close())
	req, err := http.NewRequest(http.MethodGet, w.server.URL+hal.EventsPath, nil)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+tokenOf(buyer))
	res, err := http.DefaultClient.Do(req)
	check(t, err)
	res.Body.Close()
	if res.StatusCode < 500 {
		t.Fatalf("without a store: %s", res.Status)
	}
	l := w.listen(buyer, "", "Accept: text/event-stream")
	if b, ok := l.next(); !ok || b.comment == "" {
		t.Errorf("EventSource hears %+v", b)
	}
	if b, ok := l.next(); ok || !l.cut {
		t.Errorf("then %+v, cut off: %t", b, l.cut)
	}
	eventually(t, "the log", func() bool { return strings.Contains(w.log.String(), fmt.Sprintf(`"meant":%d`, res.StatusCode)) })
	none, err := http.NewRequest(http.MethodGet, w.server.URL+hal.EventsPath, nil)
	check(t, err)
	none.Header.Set("Accept", "text/event-stream")
	if res, err = http.DefaultClient.Do(none); err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a credential: %v, %v", res, err)
	}
	res.Body.Close()
}

// TestEventsKeepTheirFirstDate: EventSource sends its first headers again for as
// long as it lives.
func TestEventsKeepTheirFirstDate(t *testing.T) {
	w := newWorld(t)
	date := "Date: " + w.clock.Now().Format(http.TimeFormat)
	w.clock.Advance(100 * time.Hour)
	ask := func(path, date string) answer {
		return w.do(call{method: http.MethodHead, path: path, as: buyer, header: []string{date}})
	}
	ask(hal.EventsPath, date).want(t, http.StatusOK)
	ask("/v2/feed", date).want(t, http.StatusBadRequest)
	ask(hal.EventsPath, "Date: "+w.clock.Now().Add(time.Hour).Format(http.TimeFormat)).want(t, http.StatusBadRequest)
	ask(hal.EventsPath, "Date: yesterday").want(t, http.StatusBadRequest)
}
