package email

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/mail/mailtest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// The parties of the tests: a shop that orders, and a publisher that has
// nothing but an e-mail address.
const (
	shop      order.PartyID = "7045"
	publisher order.PartyID = "900877"
	address                 = "kari@forlag.example"
)

const public = "https://orders.example.no"

// world is the exchange with a mail server. Its clock stands still until it is
// moved.
type world struct {
	*dialecttest.Fixture
	channel    *Channel
	mailServer *mailtest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Fixture: dialecttest.Open(t, dialecttest.FixedClock(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC))), mailServer: mailtest.Start(t)}
	w.Exchange = order.NewExchange(w.DB, w.DB, order.Config{Now: w.Now})
	w.party(shop, "Blåbærhuset Bokhandel", "")
	w.party(publisher, "Eksempel Forlag", "")
	w.writeTo(address)
	sender, err := mail.New(mail.Config{Address: w.mailServer.Address, From: "Ordre <ordre@bookgate.example>", TLS: mail.None})
	check(t, err)
	w.channel = New(actionmail.Config{Exchange: w.Exchange, Store: w.DB, Mail: sender, Public: public, Key: []byte("a key of the tests"), Now: w.Now})
	w.Serve(server.Config{Public: public, Dialects: []server.Dialect{w.channel}})
	return w
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) party(id order.PartyID, name, language string) {
	w.T.Helper()
	check(w.T, w.DB.AddParty(w.T.Context(), order.Party{ID: id, Name: name, Scheme: order.DefaultScheme, Language: language}))
}

func (w *world) writeTo(to string) {
	w.T.Helper()
	check(w.T, SetAddress(w.T.Context(), w.DB, publisher, to, w.Now()))
}

// order brings an order in and routes it.
func (w *world) order(number string, change func(*order.Order)) order.Order {
	w.T.Helper()
	o, _, err := editx.Decode([]byte(strings.ReplaceAll(document, "NUMBER", number)))
	check(w.T, err)
	if change != nil {
		change(&o)
	}
	receipt, err := w.Exchange.Submit(w.T.Context(), order.Actor{Party: shop, Name: "bokhandel", Via: "ticket"}, o, order.NewDocument("application/xml", []byte(document)))
	check(w.T, err)
	w.Advance(time.Second)
	check(w.T, w.Exchange.ProcessPending(w.T.Context()))
	return w.read(receipt.ID)
}

func (w *world) read(id order.ID) order.Order {
	w.T.Helper()
	o, err := w.Exchange.Order(w.T.Context(), publisher, id)
	check(w.T, err)
	return o
}

// task claims the one delivery that is due.
func (w *world) task() webhook.Task {
	w.T.Helper()
	tasks := w.Due()
	if len(tasks) != 1 {
		w.T.Fatalf("%d deliveries are due, want 1", len(tasks))
	}
	return tasks[0]
}

// deliver sends the one e-mail that is due, records it as delivered, and returns its
// task and what came.
func (w *world) deliver() (webhook.Task, mailtest.Message) {
	w.T.Helper()
	t := w.task()
	before := len(w.mailServer.Messages())
	if r := w.channel.send(w.T.Context(), t); r.Err != nil {
		w.T.Fatalf("send: %+v", r)
	}
	w.Sent(t)
	got := w.mailServer.Messages()
	if len(got) != before+1 {
		w.T.Fatalf("%d e-mails came", len(got)-before)
	}
	return t, got[len(got)-1]
}

// link returns the address of the page of a delivery.
func (w *world) link(t webhook.Task) string { return w.channel.URL(answerLink(), t) }

// answer is what a request for a page came back with.
type answer = dialecttest.Answer

func (w *world) get(link string) answer { return w.do(http.MethodGet, link, "", "") }

func (w *world) post(link string, form url.Values) answer {
	return w.do(http.MethodPost, link, "application/x-www-form-urlencoded", form.Encode())
}

func (w *world) do(method, link, contentType, body string) answer {
	w.T.Helper()
	return w.Call(method, strings.TrimPrefix(link, public), body, dialecttest.DropEmpty("Content-Type", contentType)...)
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
