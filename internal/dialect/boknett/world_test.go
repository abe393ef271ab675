package boknett

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // Oslo must be there on every machine

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// The parties of the tests: a sender, a receiver, a stranger, and an agent
// that may send for the sender.
const (
	buyer    order.PartyID = "7045"
	seller   order.PartyID = "900877"
	stranger order.PartyID = "116"
	agent    order.PartyID = "555"
)

const public = "https://api.order.example.no"

// begin is where the clock of every world starts, in summer time.
var begin = time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)

// world is a whole exchange over a real store, served on a real socket.
type world struct {
	t        testing.TB
	clock    *dialecttest.Clock
	db       *store.DB
	exchange *order.Exchange
	webhooks *webhook.Service
	api      *API
	server   *httptest.Server
	log      *dialecttest.Log
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: dialecttest.FixedClock(begin), log: new(dialecttest.Log)}
	db := dialecttest.Open(t, w.clock).DB
	w.db = db
	w.exchange = order.NewExchange(db, db, order.Config{Now: w.clock.Now, Fits: editx.CheckExtent})
	for _, p := range []order.PartyID{buyer, seller, stranger, agent} {
		check(t, db.AddParty(t.Context(), order.Party{ID: p, Name: "Firm " + string(p), Scheme: order.DefaultScheme}))
		w.ticket(p)
	}
	check(t, db.Allow(t.Context(), agent, buyer))
	check(t, db.SetDefaultSeller(t.Context(), buyer, seller))
	check(t, db.SetDefaultSeller(t.Context(), agent, seller))
	oslo, err := time.LoadLocation("Europe/Oslo")
	check(t, err)
	w.webhooks = webhook.NewService(webhook.ServiceConfig{Store: db, Guard: webhook.NewGuard(), Names: names{}, Now: w.clock.Now})
	logins := auth.New(db, "login.example.no", w.clock.Now)
	logins.Hashes(auth.LeastCost())
	w.api = New(Config{Exchange: w.exchange, Auth: logins, Webhooks: w.webhooks, Public: public,
		Zone: oslo, Overlap: 2 * time.Minute, CursorKey: []byte("a key of the tests"), Now: w.clock.Now})
	s := server.New(server.Config{Public: public, Version: "test", Dialects: []server.Dialect{w.api},
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	w.server = httptest.NewServer(s.Handler())
	t.Cleanup(w.server.Close)
	return w
}

// names knows the addresses of the tests' receivers.
type names struct{}

func (names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	switch host {
	case "shop.example.no":
		return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
	case "inside.example.no":
		return []netip.Addr{netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr("10.1.2.3")}, nil
	}
	return nil, fmt.Errorf("no host %s", host)
}

// in lets a subtest speak for itself until it ends.
func (w *world) in(t *testing.T) {
	before := w.t
	w.t = t
	t.Cleanup(func() { w.t = before })
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ticketOf is the ticket of a party, as long as a real one.
func ticketOf(p order.PartyID) string {
	return fmt.Sprintf("TGT-6150-%x-login.example.no", sha256.Sum256([]byte("ticket "+p)))
}

func tokenOf(p order.PartyID) string { return strings.Replace(ticketOf(p), "TGT-6150-", "bkt_", 1) }

// ticket keeps a ticket and a token that last for the whole test.
func (w *world) ticket(p order.PartyID) {
	w.t.Helper()
	for secret, kind := range map[string]auth.Kind{ticketOf(p): auth.KindTicket, tokenOf(p): auth.KindToken} {
		check(w.t, w.db.AddTicket(w.t.Context(), auth.Ticket{Digest: sha256.Sum256([]byte(secret)), Kind: kind, Party: p,
			Holder: "user of " + string(p), Created: w.clock.Now(), Expires: w.clock.Now().Add(10000 * time.Hour)}, 100))
	}
}

const goodPassword = "p%zz+w&rd=100%"

// user keeps a user of the sender with goodPassword.
func (w *world) user(name string) {
	w.t.Helper()
	check(w.t, w.db.AddUser(w.t.Context(), auth.User{Name: name, Party: buyer, Password: auth.LeastCost().Hash(goodPassword), Created: w.clock.Now()}))
}

// settle routes what was submitted, as the background does.
func (w *world) settle() {
	w.t.Helper()
	w.clock.Advance(time.Second)
	check(w.t, w.exchange.ProcessPending(w.t.Context()))
}

// orderXML is an order of the sender with a line of each quantity.
func orderXML(number string, quantities ...int) string {
	var lines strings.Builder
	eans := []string{"9788202337926", "9788202339296", "9788203192388"}
	for i, q := range quantities {
		fmt.Fprintf(&lines, "<ItemDetail><LineNumber>%d</LineNumber><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>%s</Identifier></ProductID>"+
			"<OrderQuantity>%d</OrderQuantity></ItemDetail>", i+1, eans[i%len(eans)], q)
	}
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<!-- Sender's number, must be unique for your company. -->
<Order version="1.3"><Header><OrderNumber>%s</OrderNumber><IssueDateTime>20260601</IssueDateTime><PurposeCode>Original</PurposeCode>
<BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></BuyerParty>
<ShipToParty><PartyID><PartyIDType>SellersAccountNumber</PartyIDType><Identifier>948061937</Identifier></PartyID>
<PartyName><NameLine>Norsk Videregående skole</NameLine></PartyName>
<PostalAddress><AddressLine>St. Hanshaugen</AddressLine><PostalTownCity>OSLO</PostalTownCity><PostalCode>0180</PostalCode></PostalAddress>
<ContactPerson><PersonName>Kari Nordmann</PersonName><CommunicationDetails><CommunicationTypeCode>Email</CommunicationTypeCode>
<CommunicationLocator>kari.nordmann@skole.example</CommunicationLocator></CommunicationDetails></ContactPerson></ShipToParty></Header>
%s<Summary><NumberOfLines>%d</NumberOfLines></Summary></Order>
`, number, buyer, lines.String(), len(quantities))
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// call is one request of a test. Header lines are "Name: value".
type call struct {
	method, path string
	as           order.PartyID // empty asks without a credential
	body         string
	header       []string
}

func (w *world) do(c call) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), c.method, w.server.URL+c.path, strings.NewReader(c.body))
	check(w.t, err)
	if c.as != "" {
		req.Header.Set("Authorization", "Boknett "+ticketOf(c.as))
		req.Header.Set("Date", w.clock.Now().Format(http.TimeFormat))
	}
	for _, line := range c.header {
		if name, text, ok := strings.Cut(line, ": "); ok {
			req.Header.Set(name, text)
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	check(w.t, err)
	if res.StatusCode >= 500 {
		w.t.Errorf("%s %s: %s\n%s", c.method, c.path, res.Status, body)
	}
	return answer{res, string(body)}
}

func (w *world) get(as order.PartyID, path string, header ...string) answer {
	w.t.Helper()
	return w.do(call{method: http.MethodGet, path: path, as: as, header: header})
}

func (w *world) post(as order.PartyID, path, body string, header ...string) answer {
	w.t.Helper()
	return w.do(call{method: http.MethodPost, path: path, as: as, body: body, header: header})
}

// want checks the status of an answer.
func (a answer) want(t testing.TB, status int) answer {
	t.Helper()
	if a.StatusCode != status {
		t.Fatalf("%s %s: got %s, want %d\n%s", a.Request.Method, a.Request.URL, a.Status, status, a.body)
	}
	return a
}

// problem checks that an answer is a problem of the given code, with
// everything that a person needs, and returns it.
func (a answer) problem(t testing.TB, status int, code string) problem.Problem {
	t.Helper()
	var p problem.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("%s %s: got %s with %q, want a problem %d %s", a.Request.Method, a.Request.URL, a.Status, a.body, status, code)
	}
	if a.StatusCode != status || p.Status != status || p.Code != code {
		t.Errorf("%s %s: got %d %s (%s), want %d %s", a.Request.Method, a.Request.URL, a.StatusCode, p.Code, p.Detail, status, code)
	}
	if !strings.HasSuffix(p.Detail, ".") && !strings.HasSuffix(p.Detail, "?") && code != "audience" || p.Title == code || p.RequestID == "" {
		t.Errorf("%s: no full sentence, title or request id in %+v", code, p)
	}
	if a.Header.Get("Content-Type") != problem.MediaType {
		t.Errorf("%s: Content-Type %q", code, a.Header.Get("Content-Type"))
	}
	return p
}

// submit sends an order and returns its id.
func (w *world) submit(number string, quantities ...int) order.ID {
	w.t.Helper()
	a := w.post(buyer, "/orders", orderXML(number, quantities...)).want(w.t, http.StatusAccepted)
	id, ok := order.ParseID(a.Header.Get("Location")[strings.LastIndex(a.Header.Get("Location"), "/")+1:])
	if !ok {
		w.t.Fatalf("Location %q does not end in an id", a.Header.Get("Location"))
	}
	return id
}

// sent submits an order and routes it.
func (w *world) sent(number string, quantities ...int) order.ID {
	w.t.Helper()
	id := w.submit(number, quantities...)
	w.settle()
	return id
}

// raw sends a request as it stands over a socket and returns the bytes that come
// back. HOST, TICKET and DATE are filled in.
func (w *world) raw(as order.PartyID, request string) string {
	w.t.Helper()
	return dialecttest.Wire(w.t, w.server, w.fill(as, request))
}

// postRaw posts a body with nothing but what must be said.
func (w *world) postRaw(as order.PartyID, path, body string) string {
	w.t.Helper()
	head := fmt.Sprintf("POST %s HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\nContent-Length: %d\n\n", path, len(body))
	return dialecttest.Wire(w.t, w.server, w.fill(as, head)+body)
}

func (w *world) fill(as order.PartyID, request string) string {
	return strings.NewReplacer("HOST", w.server.Listener.Addr().String(), "TICKET", ticketOf(as),
		"DATE", w.clock.Now().Format(http.TimeFormat), "\n", "\r\n").Replace(request)
}

// state is everything of an order that a refusal must leave alone.
func (w *world) state(id order.ID) string {
	w.t.Helper()
	ctx := context.Background()
	events, err := w.exchange.History(ctx, buyer, id)
	check(w.t, err)
	o, err := w.exchange.Order(ctx, buyer, id)
	check(w.t, err)
	heads := ""
	for _, p := range []order.PartyID{buyer, seller, stranger, agent} {
		head, err := w.exchange.Head(ctx, p)
		check(w.t, err)
		heads += fmt.Sprintf(" %d", head)
	}
	b, err := json.Marshal(o)
	check(w.t, err)
	return fmt.Sprintf("%s\n%v\n%s", b, events, heads)
}
