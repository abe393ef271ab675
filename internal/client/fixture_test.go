package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/dialect/boknett"
	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// password is every user's in the tests.
const password = "per & kari+100%"

// world is a whole exchange on a real socket: shop 7045 sends to publisher
// 900877. The front may be changed to disturb requests on their way.
type world struct {
	t     *testing.T
	db    *store.DB
	url   string
	front func(next http.Handler) http.Handler
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := freshstore.Open(t, store.Open, t.TempDir(), store.Options{})
	check(t, err)
	w := &world{t: t, db: db}
	for user, party := range map[string]order.PartyID{"shop": "7045", "publisher": "900877"} {
		check(t, db.AddParty(t.Context(), order.Party{ID: party, Name: "Firm of " + user, Scheme: order.DefaultScheme}))
		check(t, db.AddUser(t.Context(), auth.User{Name: user, Party: party, Password: auth.LeastCost().Hash(password), Created: time.Now()}))
	}
	check(t, db.SetDefaultSeller(t.Context(), "7045", "900877"))
	exchange := order.NewExchange(db, db, order.Config{})
	front := http.NewServeMux()
	http := httptest.NewServer(front)
	w.url = http.URL
	webhooks := webhook.NewService(webhook.ServiceConfig{Store: db, Guard: webhook.NewGuard(), Names: net.DefaultResolver})
	service := auth.New(db, "login.example.no", nil)
	service.Hashes(auth.LeastCost())
	api := boknett.New(boknett.Config{Exchange: exchange, Auth: service, Webhooks: webhooks, Public: w.url})
	front.Handle("/", w.disturbed(server.New(server.Config{Public: w.url, Dialects: []server.Dialect{api}}).Handler()))
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { exchange.Run(ctx) })
	t.Cleanup(func() {
		exchange.Shutdown()
		http.Close()
		stop()
		wg.Wait()
		check(t, db.Close())
	})
	return w
}

func (w *world) disturbed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.front != nil {
			w.front(next).ServeHTTP(rw, r)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// client returns a client of a user, changed by the test.
func (w *world) client(user string, change ...func(*client.Config)) *client.Client {
	w.t.Helper()
	c := client.Config{Base: w.url, User: user, Password: password}
	for _, f := range change {
		f(&c)
	}
	cl, err := client.New(c)
	check(w.t, err)
	return cl
}

// send hands in an order of n lines as the shop and waits for it.
func (w *world) send(number string, n int) order.ID {
	w.t.Helper()
	c := w.client("shop")
	receipt, err := c.Send(w.t.Context(), document(number, n))
	check(w.t, err)
	doc, err := c.Wait(w.t.Context(), receipt.ID)
	check(w.t, err)
	if doc.Status != "SENT" {
		w.t.Fatalf("order %s is %s: %+v", number, doc.Status, doc.Reason)
	}
	return receipt.ID
}

// document is an order of the shop.
func document(number string, lines int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<Order version="1.3"><Header><OrderNumber>%s</OrderNumber><IssueDateTime>20261121</IssueDateTime><PurposeCode>Original</PurposeCode>
<BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>7045</Identifier></PartyID></BuyerParty></Header>
`, number)
	for i := range lines {
		fmt.Fprintf(&b, `<ItemDetail><LineNumber>%d</LineNumber><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788202337926</Identifier></ProductID>
<OrderQuantity>%d</OrderQuantity></ItemDetail>
`, i+1, i+5)
	}
	fmt.Fprintf(&b, "<Summary><NumberOfLines>%d</NumberOfLines></Summary></Order>\n", lines)
	return []byte(b.String())
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want fails unless err has the kind and code.
func want(t testing.TB, err error, kind order.Kind, code string) {
	t.Helper()
	if order.KindOf(err) != kind || order.CodeOf(err) != code {
		t.Fatalf("got %v (kind %d), want kind %d and code %s", err, order.KindOf(err), kind, code)
	}
}

// asError finds the error of ours in err.
func asError(err error, e **order.Error) bool { return errors.As(err, e) }
