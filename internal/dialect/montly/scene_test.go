package montly

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/mail/mailtest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// butik is the shop of the letters' tests.
const butik order.PartyID = "7045"

// Who orders there, who may sign for him, and where the pages are.
const (
	buyer     = "hello@montly.example"
	signatory = "vd@montly.example"
	public    = "https://orders.example.se"
)

// scene is an exchange over a real store, with a mail server, on a real socket.
// Its clock stands still until it is moved.
type scene struct {
	t        *testing.T
	at       atomic.Int64
	db       *store.DB
	exchange *order.Exchange
	letters  *Letters
	api      *API
	server   *httptest.Server
	office   *mailtest.Office
}

func (s *scene) now() time.Time          { return time.UnixMicro(s.at.Load()).UTC() }
func (s *scene) advance(d time.Duration) { s.at.Add(d.Microseconds()) }

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, office: mailtest.Open(t)}
	s.at.Store(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC).UnixMicro())
	var err error
	s.db, err = store.Open(t.Context(), t.TempDir(), store.Options{Now: s.now})
	check(t, err)
	s.exchange = order.NewExchange(s.db, s.db, order.Config{Now: s.now, Rules: map[string]order.Rules{Source: Rules()}})
	s.speak("")
	sender, err := mail.New(mail.Config{Address: s.office.Address, From: "Leasing <leasing@bookgate.example>", TLS: mail.None})
	check(t, err)
	s.letters = NewLetters(LettersConfig{Exchange: s.exchange, Store: s.db, Mail: sender, Public: public, Key: []byte("a key of the tests"), Now: s.now})
	s.api = New(Config{Exchange: s.exchange, Desk: auth.NewDesk(s.db, "test", s.now), Tariffs: s.db, Letters: s.letters, Now: s.now})
	s.server = httptest.NewServer(server.New(server.Config{Public: public, Dialects: []server.Dialect{s.api}}).Handler())
	t.Cleanup(func() {
		s.server.Close()
		check(t, s.db.Close())
	})
	return s
}

// speak sets the language of the shop.
func (s *scene) speak(language string) {
	s.t.Helper()
	check(s.t, s.db.AddParty(s.t.Context(), order.Party{ID: butik, Name: "Blåbär & Böcker", Scheme: order.DefaultScheme, Language: language}))
}

// by is the finance company.
func (s *scene) by() order.Actor { return order.Actor{Name: "operator", Via: "command"} }

// shop is the shop itself, by its key.
func (s *scene) shop() order.Actor { return order.Actor{Party: butik, Name: "key_1", Via: Source} }

// read gives an order as it stands.
func (s *scene) read(id order.ID) order.Order {
	s.t.Helper()
	o, err := s.exchange.Order(s.t.Context(), butik, id)
	check(s.t, err)
	return o
}

// place brings an order in that waits for a decision. Pairs of texts are
// replaced in its request.
func (s *scene) place(trial bool, replace ...string) order.ID {
	s.t.Helper()
	number := fmt.Sprintf("M-%d", s.at.Add(1))
	body := []byte(strings.NewReplacer(append(replace, "NUMBER", number)...).Replace(requestBody))
	in, err := parse(body)
	check(s.t, err)
	key := auth.Key{Party: butik, Dialect: Source, Mode: auth.ModeLive}
	if trial { // one that waits for an operator
		key.Mode, in["orgNumber"] = auth.ModeTest, orgPending
	}
	_, err = s.api.place(s.t.Context(), shop{key: key, by: s.shop(), source: order.SourceOf(Source, trial)}, in, body)
	check(s.t, err)
	found, _, err := s.exchange.Find(s.t.Context(), order.FindQuery{Sender: butik, Source: order.SourceOf(Source, trial), Number: number, Limit: 1})
	check(s.t, err)
	return found[0].ID
}

// accept decides for an order.
func (s *scene) accept(id order.ID) {
	s.t.Helper()
	_, err := s.api.Accept(s.t.Context(), s.by(), id)
	check(s.t, err)
}

// ship tells that the goods have left.
func (s *scene) ship(id order.ID) {
	s.t.Helper()
	_, err := s.exchange.Act(s.t.Context(), s.shop(), id, func(o *order.Order) ([]order.Event, error) { return ship(o, s.shop(), s.now(), s.now()) })
	check(s.t, err)
}

// mark answers both lines as the receiver.
func (s *scene) mark(id order.ID, status order.Status) {
	s.t.Helper()
	for line := range 2 {
		_, err := s.exchange.Mark(s.t.Context(), order.Actor{Party: butik, Name: "butik", Via: "ticket"}, id, order.AnyRevision,
			order.Mark{Line: line + 1, Status: status, Answer: order.Answer{Comment: "från lagret"}})
		check(s.t, err)
	}
}

// due claims what is to be sent now.
func (s *scene) due() []webhook.Task {
	s.t.Helper()
	s.advance(time.Second)
	tasks, err := s.db.Claim(s.t.Context(), s.now(), s.now().Add(time.Hour), 9, 9)
	check(s.t, err)
	return tasks
}

// deliver sends all that is due, one after the other, and gives the letter that
// came of it and its link.
func (s *scene) deliver() (mailtest.Letter, string) {
	s.t.Helper()
	before, link := len(s.office.Letters()), ""
	for tasks := s.due(); len(tasks) > 0; tasks = s.due() {
		for _, d := range tasks {
			r := s.letters.send(s.t.Context(), d)
			if r.Err != nil {
				s.t.Fatalf("send: %+v", r)
			}
			if t, ok := taskOf(string(d.Delivery.Event.To)); ok && !r.Skip {
				link = s.letters.link(t, d.Delivery)
			}
			check(s.t, s.db.Settle(s.t.Context(), butik, d.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
				d.State, d.Finished = webhook.Delivered, s.now()
				return webhook.Attempt{At: s.now(), Status: 250}
			}))
		}
	}
	got := s.office.Letters()
	if len(got) != before+1 {
		s.t.Fatalf("%d letters came, want 1", len(got)-before)
	}
	return got[before], link
}

// toSign brings an order to where it waits for the signature, and gives the link.
func (s *scene) toSign() (order.ID, string) {
	s.t.Helper()
	id := s.place(false)
	s.accept(id)
	_, link := s.deliver()
	return id, link
}

// toConfirm brings an order to where it waits for the customer to have the
// goods, and gives the link.
func (s *scene) toConfirm() (order.ID, string) {
	s.t.Helper()
	id, link := s.toSign()
	s.press(link).want(s.t, http.StatusOK)
	s.ship(id)
	_, link = s.deliver()
	return id, link
}

// shown is what a request for a page came back with.
type shown struct {
	status int
	header http.Header
	body   string
}

func (s *scene) look(link string) shown { return s.do(http.MethodGet, link, "", "") }

// press presses the button of a page.
func (s *scene) press(link string) shown {
	decision := taskSign
	if strings.Contains(link, pages+taskDelivery) {
		decision = taskDelivery
	}
	return s.do(http.MethodPost, link, "application/x-www-form-urlencoded", "decision="+decision)
}

func (s *scene) do(method, link, contentType, body string) shown {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.server.URL+strings.TrimPrefix(link, public), strings.NewReader(body))
	check(s.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	check(s.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(s.t, err)
	return shown{res.StatusCode, res.Header, string(text)}
}

func (p shown) want(t *testing.T, status int, words ...string) shown {
	t.Helper()
	if p.status != status {
		t.Fatalf("status %d, want %d\n%s", p.status, status, p.body)
	}
	for _, word := range words {
		if !strings.Contains(p.body, word) {
			t.Errorf("%q is not in\n%s", word, p.body)
		}
	}
	return p
}

const requestBody = `{"orderId":"NUMBER","firstName":"Åsa","lastName":"Öberg","company":"Montly AB","orgNumber":"559089-4308","email":"hello@montly.example",
"authorizedSignatory":null,"phone":"09 61 64 48 49","customerIp":"131.168.20.70","totalAmount":1010000,"VAT":252500,"shippingAmount":10000,"shippingVAT":2500,
"currency":"SEK","months":24,"tariff":5,"billing":{"address":"Mystreet 121","city":"Stockholm","postalCode":"12345","country":"SE"},
"items":[{"name":"Skinande ny telefon","productId":"1","quantity":2,"unitAmount":250000,"totalAmount":500000,"VAT":125000},
{"name":"40\" TV","productId":"2","quantity":1,"unitAmount":500000,"totalAmount":500000,"VAT":125000}]}`
