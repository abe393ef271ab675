package montly

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/mail/mailtest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/order"
)

// butik is the shop of the e-mails' tests.
const butik order.PartyID = "7045"

// Who orders there, who may sign for him, and where the pages are.
const (
	buyer     = "hello@montly.example"
	signatory = "vd@montly.example"
	public    = "https://orders.example.se"
)

// scene is the exchange with a mail server. Its clock stands still until it is
// moved.
type scene struct {
	*dialecttest.Fixture
	mailer     *Mailer
	api        *API
	mailServer *mailtest.Server
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{Fixture: dialecttest.Open(t, dialecttest.FixedClock(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC))), mailServer: mailtest.Start(t)}
	s.Exchange = order.NewExchange(s.DB, s.DB, order.Config{Now: s.Now, Rules: map[string]order.Rules{Source: Rules()}})
	s.speak("")
	sender, err := mail.New(mail.Config{Address: s.mailServer.Address, From: "Leasing <leasing@bookgate.example>", TLS: mail.None})
	check(t, err)
	s.mailer = NewMailer(actionmail.Config{Exchange: s.Exchange, Store: s.DB, Mail: sender, Public: public, Key: []byte("a key of the tests"), Now: s.Now})
	s.api = New(Config{Exchange: s.Exchange, Auth: auth.New(s.DB, "test", s.Now), Tariffs: s.DB, Mailer: s.mailer, Now: s.Now})
	s.Serve(server.Config{Public: public, Dialects: []server.Dialect{s.api}})
	return s
}

// speak sets the language of the shop.
func (s *scene) speak(language string) {
	s.T.Helper()
	check(s.T, s.DB.AddParty(s.T.Context(), order.Party{ID: butik, Name: "Blåbär & Böcker", Scheme: order.DefaultScheme, Language: language}))
}

// by is the finance company.
func (s *scene) by() order.Actor { return order.Actor{Name: "operator", Via: "command"} }

// shop is the acting shop, by its key.
func (s *scene) shop() order.Actor { return order.Actor{Party: butik, Name: "key_1", Via: Source} }

// read returns an order as it stands.
func (s *scene) read(id order.ID) order.Order {
	s.T.Helper()
	o, err := s.Exchange.Order(s.T.Context(), butik, id)
	check(s.T, err)
	return o
}

// place submits an order that waits for a decision. Pairs of texts are
// replaced in its request.
func (s *scene) place(test bool, replace ...string) order.ID {
	s.T.Helper()
	s.Advance(time.Microsecond)
	number := fmt.Sprintf("M-%d", s.Now().UnixMicro())
	body := []byte(strings.NewReplacer(append(replace, "NUMBER", number)...).Replace(requestBody))
	key, sent := auth.Key{Party: butik, Dialect: Source, Mode: auth.ModeLive}, body
	if test { // one that waits for an operator
		key.Mode, sent = auth.ModeTest, bytes.Replace(body, []byte("559089-4308"), []byte(orgPending), 1)
	}
	in, err := parse(sent)
	check(s.T, err)
	_, err = s.api.submitLease(s.T.Context(), caller{key: key, by: s.shop(), source: order.SourceOf(Source, test)}, in, body)
	check(s.T, err)
	found, _, err := s.Exchange.Find(s.T.Context(), order.FindQuery{Sender: butik, Source: order.SourceOf(Source, test), Number: number, Limit: 1})
	check(s.T, err)
	return found[0].ID
}

// accept decides for an order.
func (s *scene) accept(id order.ID) {
	s.T.Helper()
	_, err := s.api.Accept(s.T.Context(), s.by(), id)
	check(s.T, err)
}

// ship shows that the goods have left.
func (s *scene) ship(id order.ID) {
	s.T.Helper()
	_, err := s.Exchange.Apply(s.T.Context(), s.shop(), id, func(o *order.Order) ([]order.Event, error) { return ship(o, s.shop(), s.Now(), s.Now()) })
	check(s.T, err)
}

// mark answers both lines as the receiver.
func (s *scene) mark(id order.ID, status order.Status) {
	s.T.Helper()
	for line := range 2 {
		_, err := s.Exchange.Mark(s.T.Context(), order.Actor{Party: butik, Name: "butik", Via: "ticket"}, id, order.AnyRevision,
			order.LineUpdate{Line: line + 1, Status: status, Answer: order.Answer{Comment: "från lagret"}})
		check(s.T, err)
	}
}

// deliver sends all that is due, one after the other, and returns the e-mail that
// came of it and its link.
func (s *scene) deliver() (mailtest.Message, string) {
	s.T.Helper()
	before, link := len(s.mailServer.Messages()), ""
	for tasks := s.Due(); len(tasks) > 0; tasks = s.Due() {
		for _, d := range tasks {
			r := s.mailer.send(s.T.Context(), d)
			if r.Err != nil {
				s.T.Fatalf("send: %+v", r)
			}
			if t, ok := actionOf(string(d.Delivery.Event.To)); ok && !r.Skip {
				link = s.mailer.URL(t.link(), d)
			}
			s.Sent(d)
		}
	}
	got := s.mailServer.Messages()
	if len(got) != before+1 {
		s.T.Fatalf("%d e-mails came, want 1", len(got)-before)
	}
	return got[before], link
}

// toSign brings an order to where it waits for the signature, and returns the link.
func (s *scene) toSign() (order.ID, string) {
	s.T.Helper()
	id := s.place(false)
	s.accept(id)
	_, link := s.deliver()
	return id, link
}

// toConfirm brings an order to where it waits for the customer to have the
// goods, and returns the link.
func (s *scene) toConfirm() (order.ID, string) {
	s.T.Helper()
	id, link := s.toSign()
	s.press(link).Want(s.T, http.StatusOK)
	s.ship(id)
	_, link = s.deliver()
	return id, link
}

// shown is what a request for a page came back with.
type shown = dialecttest.Answer

func (s *scene) look(link string) shown { return s.do(http.MethodGet, link, "", "") }

// press presses the button of a page.
func (s *scene) press(link string) shown {
	decision := actionSign
	if strings.Contains(link, pages+actionDelivery) {
		decision = actionDelivery
	}
	return s.do(http.MethodPost, link, "application/x-www-form-urlencoded", "decision="+decision)
}

func (s *scene) do(method, link, contentType, body string) shown {
	s.T.Helper()
	return s.Call(method, strings.TrimPrefix(link, public), body, dialecttest.DropEmpty("Content-Type", contentType)...)
}

const requestBody = `{"orderId":"NUMBER","firstName":"Åsa","lastName":"Öberg","company":"Montly AB","orgNumber":"559089-4308","email":"hello@montly.example",
"authorizedSignatory":null,"phone":"09 61 64 48 49","customerIp":"131.168.20.70","totalAmount":1010000,"VAT":252500,"shippingAmount":10000,"shippingVAT":2500,
"currency":"SEK","months":24,"tariff":5,"billing":{"address":"Mystreet 121","city":"Stockholm","postalCode":"12345","country":"SE"},
"items":[{"name":"Skinande ny telefon","productId":"1","quantity":2,"unitAmount":250000,"totalAmount":500000,"VAT":125000},
{"name":"40\" TV","productId":"2","quantity":1,"unitAmount":500000,"totalAmount":500000,"VAT":125000}]}`
