package dialecttest

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// Fixture is an exchange over a real store. Exchange and Webhooks are set by
// StartExchange, and Server by Serve.
type Fixture struct {
	*Clock
	T        testing.TB
	DB       *store.DB
	Exchange *order.Exchange
	Webhooks *webhook.Service
	Server   *httptest.Server
	Keys     map[string]string // the texts of keys, by name
	KeyIDs   map[string]string // their ids, by name

	deliveries *webhook.Dispatcher
}

// Open opens an empty store, which is closed when the test ends.
func Open(t testing.TB, c *Clock) *Fixture {
	t.Helper()
	db, err := freshstore.Open(t, store.Open, t.TempDir(), store.Options{Now: c.Now})
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	return &Fixture{Clock: c, T: t, DB: db, Keys: map[string]string{}, KeyIDs: map[string]string{}}
}

// StartExchange connects the packages behind a dialect as the program does: changes
// are reported in the formats, to receivers on this machine.
func (h *Fixture) StartExchange(rules map[string]order.Rules, formats ...webhook.Format) {
	guard := webhook.NewGuard(netip.MustParsePrefix("127.0.0.0/8"))
	h.deliveries = webhook.NewDispatcher(webhook.Config{Store: h.DB, Sender: webhook.NewSender(guard, nil, "test"), Formats: formats})
	h.Webhooks = webhook.NewService(webhook.ServiceConfig{Store: h.DB, Guard: guard, Names: Nowhere{}, Formats: formats, Ring: h.deliveries.Ring})
	h.Exchange = order.NewExchange(h.DB, h.DB, order.Config{Now: h.Now, Changed: h.deliveries.Ring, Rules: rules})
}

// Serve listens until the test ends, and sends out what there is to tell. No key
// may be in the log.
func (h *Fixture) Serve(c server.Config) {
	var log Log
	handlers := []slog.Handler{slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})}
	if c.Log != nil {
		handlers = append(handlers, c.Log.Handler())
	}
	c.Log = slog.New(slog.NewMultiHandler(handlers...))
	h.T.Cleanup(func() {
		for name, key := range h.Keys {
			if key != "" && strings.Contains(log.String(), key) {
				h.T.Errorf("the key %s is in the log", name)
			}
		}
	})
	h.Server = httptest.NewServer(server.New(c).Handler())
	h.T.Cleanup(h.Server.Close)
	if h.deliveries == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.deliveries.Run(ctx) })
	h.T.Cleanup(func() { stop(); running.Wait() })
}

// Key makes a key that lasts for the test.
func (h *Fixture) Key(name string, party order.PartyID, dialect, mode string, may ...string) {
	h.T.Helper()
	k, text := auth.NewKey(party, dialect, mode, h.Now())
	k.Permissions = may
	check(h.T, h.DB.AddKey(h.T.Context(), k, 100))
	h.Keys[name], h.KeyIDs[name] = text, k.ID
}

// Nowhere knows the addresses of no name, as on a machine without a network.
type Nowhere struct{}

// LookupNetIP finds nothing.
func (Nowhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, &net.DNSError{IsNotFound: true}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
