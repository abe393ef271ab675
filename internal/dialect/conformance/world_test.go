package conformance

import (
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/dialect/boknett"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/mail/mailtest"
	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

// The parties of every story: who orders, who delivers, and one that has
// nothing to do with the order, though it has the same seller. A lease order is
// sent by who delivers.
const (
	sender   order.PartyID = "7045"
	seller   order.PartyID = "900877"
	stranger order.PartyID = "7046"
)

const public = "https://orders.example.no"

// world is the whole gateway over a real store, on a real socket.
type world struct {
	t          testing.TB
	at         atomic.Int64
	db         *store.DB
	exchange   *order.Exchange
	auth       *auth.Service
	leases     *montly.API
	dialects   []server.Dialect
	mails      []webhook.Format // what goes out by mail
	mailServer *mailtest.Server
	server     *httptest.Server
	secrets    map[string]string // the texts of keys and tickets, by what they are for
	instead    func(call) answer // takes the calls instead of the server; nil is nothing
}

// engines are the databases that the story runs on, each with how to get a
// new and empty place in it.
func engines() map[string]func(testing.TB) string {
	places := map[string]func(testing.TB) string{"sqlite": func(t testing.TB) string { return t.TempDir() }}
	if postgrestest.Included {
		places["postgres"] = postgrestest.Schema
	}
	return places
}

func newWorld(t testing.TB, where string) *world {
	t.Helper()
	w := &world{t: t, mailServer: mailtest.Start(t), secrets: map[string]string{}}
	w.at.Store(time.Date(2026, 6, 1, 10, 0, 30, 0, time.UTC).UnixMicro())
	db, err := freshstore.Open(t, store.Open, where, store.Options{Now: w.now})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	w.db = db
	for id, name := range map[order.PartyID]string{sender: "Eksempel Strøm", seller: "Eksempel Enheter", stranger: "Fremmed Kraft"} {
		p := order.Party{ID: id, Name: name, Scheme: order.DefaultScheme}
		if id == seller {
			p.Aliases = []order.Identifier{{Type: "Organization", Value: organization}}
		}
		check(t, db.AddParty(t.Context(), p))
	}
	check(t, db.SetDefaultSeller(t.Context(), sender, seller))
	check(t, db.SetDefaultSeller(t.Context(), stranger, seller))
	w.wire()
	return w
}

// wire puts the parts together as the program does.
func (w *world) wire() {
	w.t.Helper()
	w.exchange = order.NewExchange(w.db, w.db, order.Config{Now: w.now, Rules: rules()})
	guard := webhook.NewGuard(netip.MustParsePrefix("127.0.0.0/8"))
	webhooks := webhook.NewService(webhook.ServiceConfig{Store: w.db, Guard: guard, Names: dialecttest.Nowhere{}, Now: w.now,
		Formats: append(montly.Formats(w.db.Order), installer.Format(w.db))})
	post, err := mail.New(mail.Config{Address: w.mailServer.Address, From: "Ordre <ordre@bookgate.example>", TLS: mail.None})
	check(w.t, err)
	mails := email.New(actionmail.Config{Exchange: w.exchange, Store: w.db, Mail: post, Public: public, Key: []byte("a key of the e-mails"), Now: w.now})
	leaseMail := montly.NewMailer(actionmail.Config{Exchange: w.exchange, Store: w.db, Mail: post, Public: public, Key: []byte("a key of the leases"), Now: w.now})
	w.mails = slices.Concat(mails.Formats(), leaseMail.Formats())
	logins := auth.New(w.db, "orders.example.no", w.now)
	w.auth = logins
	api := boknett.New(boknett.Config{Exchange: w.exchange, Auth: logins, Webhooks: webhooks, Public: public, CursorKey: []byte("a key of the tests"), Now: w.now})
	devices, err := hark.New(hark.Config{Exchange: w.exchange, Auth: logins, Webhooks: webhooks, Now: w.now})
	check(w.t, err)
	w.leases = montly.New(montly.Config{Exchange: w.exchange, Auth: logins, Tariffs: w.db, Mailer: leaseMail, Now: w.now})
	w.dialects = []server.Dialect{api, mails, devices, installer.New(installer.Config{Exchange: w.exchange, Auth: logins, Now: w.now}), w.leases}
	w.server = httptest.NewServer(server.New(server.Config{Public: public, Version: "test", Dialects: w.dialects, OnStop: w.exchange.Shutdown}).Handler())
	w.t.Cleanup(w.server.Close)
}

// rules are what dialects have to say about changes of their orders.
func rules() map[string]order.Rules {
	return map[string]order.Rules{hark.Source: hark.Rules(), installer.Source: installer.Rules(), montly.Source: montly.Rules()}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// now is a clock that moves only when a test moves it, so that the times in
// answers are the same in every run.
func (w *world) now() time.Time { return time.UnixMicro(w.at.Load()).UTC() }

// settle lets a minute pass, and routes what was submitted, as the background
// does.
func (w *world) settle() {
	w.t.Helper()
	w.at.Add(time.Minute.Microseconds())
	check(w.t, w.exchange.ProcessPending(w.t.Context()))
}
