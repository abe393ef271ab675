package simulation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// The parties. Those that send name a receiver, or are routed by product, or have a
// default seller; the agent sends in the school's name; the publisher orders from
// itself too.
const (
	shop        order.PartyID = "7045"
	school      order.PartyID = "7100"
	agent       order.PartyID = "7200"
	publisher   order.PartyID = "1001"
	wholesale   order.PartyID = "1002"
	unconnected order.PartyID = "5555" // is not connected
)

// Products, of which the first two are routed.
const (
	routedToPublisher = "9788202337926"
	routedToWholesale = "9788203364181"
	notRouted         = "9788205999992"
)

// The formats of endpoints, whose receivers are played here.
const (
	pushFormat = "simulated"
	mailFormat = webhook.MailFormat
)

// endpoints are those that there are from the beginning, with what each wants.
func endpoints() []webhook.Endpoint {
	at := func(id string, p order.PartyID, format, url string, events ...string) webhook.Endpoint {
		return webhook.Endpoint{ID: id, Party: p, Format: format, URL: url, Events: events, State: webhook.Active,
			Secret: webhook.NewSecret(), Created: begin, Updated: begin}
	}
	return []webhook.Endpoint{
		at("shop", shop, pushFormat, "https://shop.example/"),
		at("publisher", publisher, pushFormat, "https://publisher.example/"),
		at("sent", publisher, pushFormat, "https://publisher.example/sent", string(webhook.OrderSent)),
		at("wholesale", wholesale, pushFormat, "https://wholesale.example/"),
		at("mail", wholesale, mailFormat, "mailto:post@wholesale.example", string(webhook.OrderSent)),
	}
}

const mostEndpoints = 10

// template is a store with the parties and nothing else, made once: each run gets
// a copy of it.
var template = sync.OnceValues(makeTemplate)

// templateStore is its file, with the clients of the parties and their secrets.
type templateStore struct {
	file    []byte
	clients map[order.PartyID]auth.Client
	secrets map[order.PartyID]string
}

func makeTemplate() (t templateStore, err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp(memory(), "bookgate-template-")
	if err != nil {
		return t, err
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(ctx, dir, store.Options{Now: func() time.Time { return begin }})
	if err != nil {
		return t, err
	}
	t.clients, t.secrets = map[order.PartyID]auth.Client{}, map[order.PartyID]string{}
	if err := t.fill(ctx, db); err != nil {
		db.Close()
		return t, err
	}
	if err := db.Close(); err != nil {
		return t, err
	}
	t.file, err = os.ReadFile(db.Path())
	return t, err
}

func (t *templateStore) fill(ctx context.Context, db *store.DB) error {
	for _, p := range []order.PartyID{shop, school, agent, publisher, wholesale} {
		if err := db.AddParty(ctx, order.Party{ID: p, Name: "Party " + string(p), Scheme: order.DefaultScheme}); err != nil {
			return err
		}
		client, secret := auth.NewClient(p, begin)
		t.clients[p], t.secrets[p] = client, secret
		if err := db.AddClient(ctx, client); err != nil {
			return err
		}
		if err := db.AddUser(ctx, auth.User{Name: newUser(&party{id: p}).name, Party: p, Password: auth.LeastCost().Hash(password),
			Created: begin}); err != nil {
			return err
		}
	}
	for _, e := range endpoints() {
		if err := db.AddEndpoint(ctx, e, mostEndpoints); err != nil {
			return err
		}
	}
	for prefix, seller := range map[string]order.PartyID{routedToPublisher[:8]: publisher,
		routedToWholesale[:8]: wholesale} {
		if err := db.AddRoute(ctx, order.Route{Prefix: prefix, Seller: seller}); err != nil {
			return err
		}
	}
	if err := db.Allow(ctx, agent, school); err != nil {
		return err
	}
	return db.SetDefaultSeller(ctx, school, wholesale)
}

// copyTemplate makes a folder with a copy of the template.
func copyTemplate(dir string) error {
	t, err := template()
	if err != nil {
		return fmt.Errorf("make the template: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bookgate.db"), t.file, 0o600)
}

// memory is a folder that lies in memory, where there is one: flushes cost nothing
// there.
func memory() string {
	const shm = "/dev/shm"
	if info, err := os.Stat(shm); err == nil && info.IsDir() {
		return shm
	}
	return os.TempDir()
}
