package letter

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/mail/mailtest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// The parties of the tests: a shop that orders, and a publisher that has
// nothing but a mail address.
const (
	shop      order.PartyID = "7045"
	publisher order.PartyID = "900877"
	address                 = "kari@forlag.example"
)

const public = "https://orders.example.no"

// begin is where the clock of every world starts.
var begin = time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)

// world is an exchange over a real store, with a mail server, on a real socket.
type world struct {
	t        *testing.T
	at       atomic.Int64
	db       *store.DB
	exchange *order.Exchange
	desk     *Desk
	server   *httptest.Server
	office   *mailtest.Office
}

func (w *world) now() time.Time          { return time.UnixMicro(w.at.Load()).UTC() }
func (w *world) advance(d time.Duration) { w.at.Add(d.Microseconds()) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, office: mailtest.Open(t)}
	w.at.Store(begin.UnixMicro())
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: w.now})
	check(t, err)
	w.db, w.exchange = db, order.NewExchange(db, db, order.Config{Now: w.now})
	w.party(shop, "Blåbærhuset Bokhandel", "")
	w.party(publisher, "Eksempel Forlag", "")
	w.writeTo(address)
	sender, err := mail.New(mail.Config{Address: w.office.Address, From: "Ordre <ordre@bookgate.example>", TLS: mail.None})
	check(t, err)
	w.desk = New(Config{Exchange: w.exchange, Store: db, Mail: sender, Public: public, Key: []byte("a key of the tests"), Now: w.now})
	w.server = httptest.NewServer(server.New(server.Config{Public: public, Dialects: []server.Dialect{w.desk}}).Handler())
	t.Cleanup(func() {
		w.server.Close()
		check(t, db.Close())
	})
	return w
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) party(id order.PartyID, name, language string) {
	w.t.Helper()
	check(w.t, w.db.AddParty(w.t.Context(), order.Party{ID: id, Name: name, Scheme: order.DefaultScheme, Language: language}))
}

func (w *world) writeTo(to string) {
	w.t.Helper()
	check(w.t, SetAddress(w.t.Context(), w.db, publisher, to, w.now()))
}

// order brings an order in and routes it.
func (w *world) order(number string, change func(*order.Order)) order.Order {
	w.t.Helper()
	o, _, err := editx.Decode([]byte(strings.ReplaceAll(document, "NUMBER", number)))
	check(w.t, err)
	if change != nil {
		change(&o)
	}
	receipt, err := w.exchange.Submit(w.t.Context(), order.Actor{Party: shop, Name: "bokhandel", Via: "ticket"}, o, order.NewDocument("application/xml", []byte(document)))
	check(w.t, err)
	w.advance(time.Second)
	check(w.t, w.exchange.SettleWaiting(w.t.Context()))
	return w.read(receipt.ID)
}

func (w *world) read(id order.ID) order.Order {
	w.t.Helper()
	o, err := w.exchange.Order(w.t.Context(), publisher, id)
	check(w.t, err)
	return o
}

// task claims the one delivery that is due.
func (w *world) task() webhook.Task {
	w.t.Helper()
	w.advance(time.Second)
	tasks, err := w.db.Claim(w.t.Context(), w.now(), w.now().Add(time.Hour), 9, 9)
	check(w.t, err)
	if len(tasks) != 1 {
		w.t.Fatalf("%d deliveries are due, want 1", len(tasks))
	}
	return tasks[0]
}

// deliver sends the one letter that is due, keeps that it went, and gives its
// task and what came.
func (w *world) deliver() (webhook.Task, mailtest.Letter) {
	w.t.Helper()
	t := w.task()
	before := len(w.office.Letters())
	if r := w.desk.send(w.t.Context(), t); r.Err != nil {
		w.t.Fatalf("send: %+v", r)
	}
	check(w.t, w.db.Settle(w.t.Context(), publisher, t.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.State, d.Finished = webhook.Delivered, w.now()
		return webhook.Attempt{At: w.now(), Status: 250}
	}))
	got := w.office.Letters()
	if len(got) != before+1 {
		w.t.Fatalf("%d letters came", len(got)-before)
	}
	return t, got[len(got)-1]
}

// answer is what a request for a page came back with.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) get(link string) answer { return w.do(http.MethodGet, link, "", "") }

func (w *world) post(link string, form url.Values) answer {
	return w.do(http.MethodPost, link, "application/x-www-form-urlencoded", form.Encode())
}

func (w *world) do(method, link, contentType, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+strings.TrimPrefix(link, public), strings.NewReader(body))
	check(w.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(w.t, err)
	return answer{res.StatusCode, res.Header, string(text)}
}

func (a answer) want(t *testing.T, status int, words ...string) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d\n%s", a.status, status, a.body)
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			t.Errorf("%q is not in\n%s", word, a.body)
		}
	}
	return a
}

const document = `<?xml version="1.0" encoding="UTF-8"?>
<Order version="1.3">
  <Header>
    <OrderNumber>NUMBER</OrderNumber>
    <IssueDateTime>20260601T1000</IssueDateTime>
    <PurposeCode>Original</PurposeCode>
    <BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>7045</Identifier></PartyID></BuyerParty>
    <SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>900877</Identifier></PartyID></SellerParty>
  </Header>
  <ItemDetail>
    <LineNumber>1</LineNumber>
    <ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788202337926</Identifier></ProductID>
    <OrderQuantity>3</OrderQuantity>
  </ItemDetail>
  <ItemDetail>
    <LineNumber>2</LineNumber>
    <ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788202339296</Identifier></ProductID>
    <OrderQuantity>1</OrderQuantity>
  </ItemDetail>
  <Summary><NumberOfLines>2</NumberOfLines></Summary>
</Order>
`
