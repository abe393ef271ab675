package conformance

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// fuzzed is the whole gateway with one order of each dialect. Requests go
// straight to its handler, without a socket.
type fuzzed struct {
	*world
	fill *strings.Replacer // puts credentials and ids where a request names them, so that a request found can be sent again
	ids  []string          // of the orders
}

func newFuzzed(f *testing.F) *fuzzed {
	f.Helper()
	w := newWorld(f, f.TempDir())
	var pairs, ids []string
	for _, d := range clients() {
		at := w.target(d, auth.ModeLive, nil)
		ids = append(ids, string(at.order.ID))
		name := strings.ToUpper(d.name)
		pairs = append(pairs, name+"-ORDER", string(at.order.ID), name+"-NUMBER", url.PathEscape(at.order.Number),
			name+"-ENDPOINT", at.endpoint, name+"-DELIVERY", at.delivery)
	}
	for party, name := range map[order.PartyID]string{sender: "SENDER", seller: "SELLER", stranger: "STRANGER"} {
		pairs = append(pairs, name+"-TICKET", w.ticket(party, auth.KindTicket), name+"-TOKEN", w.ticket(party, auth.KindToken))
	}
	for dialect, party := range map[string]order.PartyID{hark.Source: sender, installer.Source: sender, montly.Source: seller} {
		pairs = append(pairs, strings.ToUpper(dialect)+"-KEY", w.key(party, dialect, auth.ModeLive))
	}
	return &fuzzed{world: w, fill: strings.NewReplacer(append(pairs, "NOW", w.now().Format(http.TimeFormat))...), ids: ids}
}

// placeholders are the names of a target that newFuzzed replaces.
func placeholders(d client) target {
	name := strings.ToUpper(d.name)
	at := nothing(d)
	at.order.ID, at.order.Number, at.endpoint, at.delivery = order.ID(name+"-ORDER"), name+"-NUMBER", name+"-ENDPOINT", name+"-DELIVERY"
	return at
}

// credentials are the header lines under which the dialects are asked.
func credentials(dialect string) []string {
	switch dialect {
	case hark.Source:
		return []string{"X-Api-Key: HARK-KEY"}
	case installer.Source, montly.Source:
		return []string{"Authorization: Bearer " + strings.ToUpper(dialect) + "-KEY"}
	}
	return []string{"Authorization: Boknett SENDER-TICKET", "Date: NOW"}
}

// The time that a request may take before it counts as hanging, and that of
// one that waits for news or has no end.
const (
	fuzzPatience       = 20 * time.Second
	fuzzPatienceOfNews = 20 * time.Millisecond
)

// serve sends a request whose head is written as on the wire. It returns nil
// for what no server would hand to a handler. ended reports that the request
// was cut off.
func (w *fuzzed) serve(head, body string) (rec *httptest.ResponseRecorder, req *http.Request, ended bool) {
	head = strings.TrimRight(w.fill.Replace(head), "\r\n")
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n")))
	if err != nil {
		return nil, nil, false
	}
	patience := fuzzPatience
	if strings.Contains(strings.ToLower(req.URL.Path), "event") || strings.Contains(strings.ToLower(req.URL.RawQuery), "wait") {
		patience = fuzzPatienceOfNews
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	body = w.fill.Replace(body)
	req = req.WithContext(ctx)
	req.Body, req.ContentLength, req.RemoteAddr = io.NopCloser(strings.NewReader(body)), int64(len(body)), "192.0.2.1:1024"
	rec = httptest.NewRecorder()
	defer func() { // a stream that is over ends so, for its connection is cut
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		} else if v != nil {
			ended = true
		}
	}()
	w.server.Config.Handler.ServeHTTP(rec, req)
	return rec, req, ctx.Err() != nil
}

// checkAnswer holds that an answer is one: no fault of the server, no redirect,
// a body that can be read as what it says it is, and words beside a refusal.
func checkAnswer(t *testing.T, req *http.Request, rec *httptest.ResponseRecorder) {
	t.Helper()
	res := rec.Result()
	text, err := readable(res)
	kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	switch {
	case err != nil:
	case res.StatusCode >= 500:
		err = errors.New("a fault of the server")
	case res.StatusCode >= 300 && res.StatusCode < 400 && res.StatusCode != http.StatusNotModified:
		err = errors.New("a redirect")
	case req.Method == http.MethodHead || len(text) == 0:
		if res.StatusCode >= 400 && req.Method != http.MethodHead {
			err = errors.New("a refusal without a word")
		}
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		if !json.Valid(text) {
			err = errors.New("no JSON")
		}
	case kind == "application/xml" || kind == "text/xml":
		err = wellFormed(text)
	case kind == "":
		err = errors.New("a body without a type")
	}
	if err != nil {
		t.Errorf("%v: %s %s: %d %v\n%s", err, req.Method, req.URL, res.StatusCode, res.Header, text)
	}
}

// readable is the body of an answer without its coding.
func readable(res *http.Response) ([]byte, error) {
	if res.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(res.Body)
	}
	unpacked, err := gzip.NewReader(res.Body)
	if err == io.EOF {
		return nil, nil // of HEAD
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(unpacked)
}

func wellFormed(text []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := dec.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// FuzzHTTP sends any request to the whole server with all dialects: it never
// fails, and what it answers is well formed. The seeds are a request for each
// route.
func FuzzHTTP(f *testing.F) {
	w := newFuzzed(f)
	for name, m := range matrices() {
		if plant.Enabled && plant.On(plant.PanicOnMagic) {
			break // the seeds below are enough
		}
		for _, op := range m.operations {
			c := op.call(placeholders(m.client))
			head := c.method + " " + c.path + " HTTP/1.1\r\nHost: x\r\n" + strings.Join(slices.Concat(c.header, credentials(name)), "\r\n")
			f.Add(head, c.body)
		}
	}
	for _, head := range []string{"GET /openapi.json HTTP/1.1", "GET /readyz HTTP/1.1", "OPTIONS * HTTP/1.1", "HEAD /orders/%2e%2e HTTP/1.0",
		"GET http://x/orders?mode=ALL HTTP/1.1", "PRI * HTTP/2.0", "CONNECT x:1 HTTP/1.1"} {
		f.Add(head+"\r\nHost: x", "")
	}
	if plant.Enabled && plant.On(plant.PanicOnMagic) { // in a build that is made to find it: in many places a byte too much
		for _, near := range []string{"b00xm", "b0x0m", "bx00m"} {
			f.Add("GET /"+strings.Repeat(near, 40)+" HTTP/1.1", "")
		}
	}
	f.Fuzz(func(t *testing.T, head, body string) {
		rec, req, ended := w.serve(head, body)
		if rec != nil && !ended {
			checkAnswer(t, req, rec)
		}
	})
}

// newest is the newest change of the parties that order here.
func (w *fuzzed) newest(t *testing.T) (n int64) {
	t.Helper()
	for _, party := range []order.PartyID{sender, seller} {
		head, err := w.exchange.Head(t.Context(), party)
		check(t, err)
		n += head
	}
	return n
}

// FuzzGraphQL asks the GraphQL endpoint anything under a key that may do
// everything. The answer is one of GraphQL; where it has no data, nothing was
// stored.
func FuzzGraphQL(f *testing.F) {
	w := newFuzzed(f)
	_, body, err := requestFile(hark.Source)
	check(f, err)
	var seed struct {
		Query     string
		Variables json.RawMessage
	}
	check(f, json.Unmarshal(body, &seed))
	f.Add(seed.Query, string(seed.Variables))
	f.Add(`mutation A($i: OrderDeviceInput!) { a: orderDevice(input: $i) { order { ...F } } b: orderDevice(input: $i) { order { ...F } } } fragment F on DeviceOrder { orderId }`,
		strings.Replace(string(seed.Variables), `"input"`, `"i"`, 1))
	f.Add(`query ($id: String!) { order(input: {orderId: $id}) { orderId recipient { postalAddress { country } } } }`, `{"id":"HARK-NUMBER"}`)
	f.Add(`mutation { cancelOrder(input: {orderId: "HARK-NUMBER"}) { orderId } }`, `{}`)
	f.Add(`{ ordersForUser(input: {externalUserId: "kunde-5512"}) { orderId } __typename }`, `{}`)
	f.Add(`query A($s: Boolean = true) { ... @skip(if: $s) { __schema { types { name } } } }`, `{"s":false}`)
	f.Add(`subscription { order }`, `[]`)
	f.Fuzz(func(t *testing.T, query, variables string) {
		before := w.newest(t)
		asked, err := json.Marshal(map[string]any{"query": query})
		check(t, err)
		rec, req, _ := w.serve("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Api-Key: HARK-KEY",
			strings.TrimSuffix(string(asked), "}")+`,"variables":`+variables+`}`)
		checkAnswer(t, req, rec)
		var answer struct {
			Data   json.RawMessage
			Errors []struct{ Message string }
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%v: %s", err, rec.Body)
		}
		without := len(answer.Data) == 0 || string(answer.Data) == "null"
		if without && (len(answer.Errors) == 0 || answer.Errors[0].Message == "") {
			t.Errorf("neither data nor an error: %s", rec.Body)
		}
		if after := w.newest(t); without && after != before {
			t.Errorf("%d changes are stored of what was refused: %s", after-before, rec.Body)
		}
	})
}

// guestCalls are the requests of the other dialects that have a body of JSON.
func guestCalls() []string {
	const kind = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	return []string{
		"POST /api/v1/order" + kind + "Authorization: Bearer INSTALLER-KEY",
		"POST /v1/orders" + kind + "Authorization: Bearer MONTLY-KEY",
		"POST /v1/orders/MONTLY-NUMBER/cancel" + kind + "Authorization: Bearer MONTLY-KEY",
		"POST /v1/orders/MONTLY-NUMBER/shipped" + kind + "Authorization: Bearer MONTLY-KEY",
		"POST /graphql" + kind + "X-Api-Key: HARK-KEY",
	}
}

// FuzzGuests sends any body to the other dialects. What is refused leaves
// nothing behind; what is taken can be read as HAL and as EDItX.
func FuzzGuests(f *testing.F) {
	w := newFuzzed(f)
	for n, name := range []string{installer.Source, montly.Source, "", "", hark.Source} {
		body := []byte(`{"trackingCodes":["70300000"],"reason":"angret"}`)
		if name != "" {
			var err error
			_, body, err = requestFile(name)
			check(f, err)
		}
		f.Add(byte(n), string(body))
		f.Add(byte(n), `{}`)
		f.Add(byte(n), `[`+string(body)+`]`)
	}
	calls := guestCalls()
	heads := func(t *testing.T) map[order.PartyID]int64 {
		all := map[order.PartyID]int64{}
		for _, party := range []order.PartyID{sender, seller} {
			head, err := w.exchange.Head(t.Context(), party)
			check(t, err)
			all[party] = head
		}
		return all
	}
	f.Fuzz(func(t *testing.T, which byte, body string) {
		before := heads(t)
		rec, req, _ := w.serve(calls[int(which)%len(calls)], body)
		checkAnswer(t, req, rec)
		for party, after := range heads(t) {
			if after == before[party] {
				continue
			}
			if rec.Code >= 400 {
				t.Errorf("%d changes are stored of what was refused: %d %s", after-before[party], rec.Code, rec.Body)
			}
			w.checkReadable(t, party, before[party])
		}
	})
}

// checkReadable reads the orders that a party has changes of behind a number.
func (w *fuzzed) checkReadable(t *testing.T, party order.PartyID, behind int64) {
	t.Helper()
	name := map[order.PartyID]string{sender: "SENDER", seller: "SELLER"}[party]
	get := func(path string) *httptest.ResponseRecorder {
		rec, req, _ := w.serve("GET "+path+" HTTP/1.1\r\nHost: x\r\nDate: NOW\r\nAuthorization: Boknett "+name+"-TICKET", "")
		if checkAnswer(t, req, rec); rec.Code != http.StatusOK {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return rec
	}
	var feed struct{ Changes []struct{ OrderID string } }
	check(t, json.Unmarshal(get(fmt.Sprintf("/v2/feed?after=%d", behind)).Body.Bytes(), &feed))
	for _, c := range feed.Changes {
		get("/v2/orders/" + c.OrderID)
		written := get("/v2/orders/" + c.OrderID + "/editx").Body.Bytes()
		if report, err := editx.Check(written, editx.Trade); err != nil || report.Refused {
			t.Errorf("the EDItX of order %s is refused: %v %+v\n%s", c.OrderID, err, report.Findings, written)
		}
	}
}

// pagedLists are the lists that take a place in them from their reader.
func pagedLists() []string {
	return []string{"/orders?mode=ALL&next=", "/orders/v1?mode=ALL&pagesize=1&next=", "/v2/orders?mode=ALL&next=", "/v2/feed?after=", "/v2/feed?after=0&epoch=",
		"/orders?mode=ALL&fromDate=", "/v2/webhooks/BOKNETT-ENDPOINT/deliveries?before=", "/orders/message?mode=ALL&next="}
}

// FuzzPlaces asks for a page of each list behind any place, as a party to which
// no order belongs: it is refused, or sees none.
func FuzzPlaces(f *testing.F) {
	w := newFuzzed(f)
	lists := pagedLists()
	rec, _, _ := w.serve("GET /v2/orders?mode=ALL&pagesize=1 HTTP/1.1\r\nHost: x\r\nDate: NOW\r\nAuthorization: Boknett SENDER-TICKET", "")
	cursor := rec.Header().Get("Next")
	if rec.Code != http.StatusOK || cursor == "" {
		f.Fatalf("no cursor: %d %s", rec.Code, rec.Body)
	}
	for n := range lists {
		for _, place := range []string{cursor, "0", "1", "-1", "9223372036854775807", "20260101000000", "k3v9x2ab-17", "BOKNETT-DELIVERY", ""} {
			f.Add(byte(n), place)
		}
	}
	f.Fuzz(func(t *testing.T, which byte, place string) {
		path := w.fill.Replace(lists[int(which)%len(lists)]) + url.QueryEscape(w.fill.Replace(place))
		rec, req, _ := w.serve("GET "+path+" HTTP/1.1\r\nHost: x\r\nDate: NOW\r\nAuthorization: Boknett STRANGER-TICKET", "")
		checkAnswer(t, req, rec)
		if rec.Code < 400 && slices.ContainsFunc(w.ids, func(id string) bool { return strings.Contains(rec.Body.String(), id) }) {
			t.Errorf("%s shows an order of others: %s", path, rec.Body)
		}
	})
}
