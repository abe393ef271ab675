package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/app"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newDemo runs the exchange over sample data.
func newDemo(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "Try the exchange with sample parties and orders, deleted at the end",
		Long: `Run serve on a temporary store with sample parties, users and orders. It is the
same program that runs in production; only the data are made up.`,
		Example: `  bookgate demo
  bookgate demo --listen 127.0.0.1:9000`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := settings.Load(c, a)
			if err != nil {
				return err
			}
			s, err := readServeConfig(a, conf)
			if err != nil {
				return err
			}
			return withLog(a, s, func(a cli.App, s app.Config, log *slog.Logger) error {
				return demo(c.Context(), a, s, log, conf["listen"].From == settings.FromDefault)
			})
		},
	}
	settings.AddFlags(c, "listen", settings.MetricsListen, "public-url", "timezone", "processing-delay", "log-format",
		"log-level")
	return c
}

// demo fills a temporary store and serves it until ctx ends. anyPort lets it
// take another port when the usual one is taken.
func demo(ctx context.Context, a cli.App, s app.Config, log *slog.Logger, anyPort bool) error {
	dir, err := os.MkdirTemp("", "bookgate-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	s.Store, s.Drain = dir, 0 // no load balancer is in front of a demo, and Ctrl-C ends it at once
	db, release, err := app.OpenStore(ctx, dir, log)
	if err != nil {
		return err
	}
	defer release()
	l, err := listenDemo(s.Listen, anyPort)
	if err != nil {
		return err
	}
	if err := fillDemo(ctx, db); err != nil {
		l.Close()
		return fmt.Errorf("fill the demo store: %w", err)
	}
	return serveDemo(ctx, a, db, l, s, log)
}

func serveDemo(ctx context.Context, a cli.App, db *store.DB, l net.Listener, s app.Config, log *slog.Logger) error {
	g, err := app.New(ctx, db, l, s, log)
	if err != nil {
		l.Close()
		return err
	}
	client, secret, err := addDemoClient(ctx, db)
	if err != nil {
		g.Close()
		return err
	}
	printDemoBanner(a, db, g, client.ID, secret)
	return g.Run(ctx)
}

func listenDemo(address string, anyPort bool) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) && anyPort {
		return app.Listen("127.0.0.1:0", "--listen 127.0.0.1:8081")
	}
	if err != nil {
		return app.Listen(address, "--listen 127.0.0.1:8081")
	}
	return l, nil
}

// printDemoBanner prints the addresses, with commands that can be pasted.
func printDemoBanner(a cli.App, db *store.DB, g *app.Gateway, clientID, secret string) {
	public, scrape := g.Public, ""
	if at := g.MetricsURL(); at != "" {
		scrape = "\n  Metrics      " + at
	}
	fmt.Fprintf(a.Err, `bookgate %s   demo data, thrown away at the end

  API          %s/orders
  Log in       %s/v1/tickets   or   %s/oauth/token%s
  Storage      %s, temporary, deleted at exit   (keep it: bookgate serve --data ./bookgate-data)
  Parties      bookshops 7045 and 116, school portal 104, publisher 900877
  Users        %s / %s (7045)   %s (116)   %s (104)   %s (900877)

Paste these to read what the publisher received, as the Boknett API has it:

  TGT=$(curl -si -d username=forlag -d password=%s %s/v1/tickets | tr -d '\r' | grep -i '^boknett-tgt:' | cut -d' ' -f2)
  curl -s -H "Authorization: Boknett $TGT" -H "Date: $(LC_ALL=C date -u '+%%a, %%d %%b %%Y %%H:%%M:%%S GMT')" '%s/orders?mode=SENT_TO_ME&fromDate=20260101000000'

or with a token, which needs no Date (party %s):

  TOKEN=$(curl -s -d grant_type=client_credentials -d client_id=%s -d client_secret=%s %s/oauth/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  curl -s -H "Authorization: Bearer $TOKEN" '%s/v2/orders?mode=SENT_TO_ME&fromDate=20260101000000'

or with this program:

  echo %s | bookgate login %s --user forlag --password-stdin
  bookgate inbox

Stop with Ctrl-C.
`,
		a.Version, public, public, public, scrape, db.EngineVersion(),
		demoUsers[0].name, demoPassword, demoUsers[1].name, demoUsers[2].name, demoUsers[3].name,
		demoPassword, public, public,
		demoClientParty, clientID, secret, public, public,
		demoPassword, public)
}

// demoPassword is every demo user's. It is shorter than a real one may be.
const demoPassword = "demo"

// The parties of the demo are those of the API's own examples.
var demoParties = []order.Party{
	{ID: "7045", Name: "Eksempel Bokhandel", Scheme: order.DefaultScheme,
		Aliases: []order.Identifier{{Type: "GLN", Value: "7080000070459"}}},
	{ID: "116", Name: "Studentbokhandelen", Scheme: order.DefaultScheme},
	{ID: "104", Name: "Skoleportalen", Scheme: order.DefaultScheme},
	{ID: "900877", Name: "Eksempel Forlag", Scheme: order.DefaultScheme,
		Aliases: []order.Identifier{{Type: "GLN", Value: "7080009008774"}}},
}

var demoUsers = []struct {
	name  string
	party order.PartyID
}{{"bokhandel", "7045"}, {"student", "116"}, {"skole", "104"}, {"forlag", "900877"}}

// fillDemo puts parties, users, routes and orders into an empty store, through
// the API of the core.
func fillDemo(ctx context.Context, db *store.DB) error {
	for _, p := range demoParties {
		if err := db.AddParty(ctx, p); err != nil {
			return err
		}
	}
	hash := auth.HashPassword(demoPassword)
	for _, u := range demoUsers {
		user := auth.User{Name: u.name, Party: u.party, Password: hash, Created: time.Now()}
		if err := db.AddUser(ctx, user); err != nil {
			return err
		}
	}
	if err := db.AddRoute(ctx, order.Route{Prefix: "978820", Seller: "900877"}); err != nil {
		return err
	}
	x := order.NewExchange(db, db, order.Config{})
	for _, o := range demoOrders() {
		if err := o.play(ctx, x); err != nil {
			return fmt.Errorf("order %s: %w", o.number, err)
		}
	}
	return nil
}

// demoClientParty is whom the OAuth client of the demo acts for.
const demoClientParty = "900877"

func addDemoClient(ctx context.Context, db *store.DB) (c auth.Client, secret string, err error) {
	c, secret = auth.NewClient(demoClientParty, time.Now())
	return c, secret, db.AddClient(ctx, c)
}

// demoOrder is an order of the demo and what became of it.
type demoOrder struct {
	sender order.PartyID
	number string
	seller string // empty: found by its products
	shipTo *order.TradeParty
	lines  []demoLine
	marks  []order.LineUpdate
	reduce *order.Reduction
}

type demoLine struct {
	ean, title string
	quantity   int64
}

func demoOrders() []demoOrder {
	school := &order.TradeParty{
		ID:      order.Identifier{Type: "SellersAccountNumber", Value: "948061937"},
		Names:   []string{"Norsk Videregående skole"},
		Address: &order.Address{Lines: []string{"St. Hanshaugen"}, PostalCode: "0180", City: "OSLO"},
		Contacts: []order.Contact{{Name: "Kari Nordmann",
			Communication: []order.Communication{{Type: "Email", Locator: "kari.nordmann@skole.example"}}}},
	}
	mathematics, physics := demoLine{"9788202337926", "Matematikk 1P", 30}, demoLine{"9788202339296", "Fysikk 1", 12}
	novel, poems := demoLine{"9788203192388", "En roman fra nord", 4}, demoLine{"9788205392731", "Dikt i utvalg", 2}
	return []demoOrder{
		{sender: "104", number: "6252911_0", shipTo: school, lines: []demoLine{mathematics, physics}},
		{sender: "7045", number: "56a8abfb79829", seller: "900877", lines: []demoLine{novel, poems},
			marks: []order.LineUpdate{{Line: 1, Status: order.Received},
				{Line: 2, Status: order.Rejected, Answer: order.Answer{Comment: "Utsolgt fra forlaget"}}}},
		{sender: "116", number: "99999998", seller: "900877", lines: []demoLine{physics, mathematics, novel},
			marks: []order.LineUpdate{{Line: 1, Status: order.Fulfilled}, {Line: 2, Status: order.Fulfilled},
				{Line: 3, Status: order.FulfilledBlocked}},
			reduce: &order.Reduction{EAN: mathematics.ean, Number: 3}},
		{sender: "7045", number: "56ab35d26fdba", seller: "900878", lines: []demoLine{poems}},
		{sender: "116", number: "99999999", seller: "900877", lines: []demoLine{poems}},
	}
}

// play sends the order, has it routed, and plays what followed.
func (d demoOrder) play(ctx context.Context, x *order.Exchange) error {
	var body bytes.Buffer
	o := d.order()
	if err := editx.Encode(&body, &o); err != nil {
		return err
	}
	read, _, err := editx.Decode(body.Bytes())
	if err != nil {
		return err
	}
	read.Source = "boknett"
	sender := order.Actor{Party: d.sender, Name: "demo", Via: "system"}
	receipt, err := x.Submit(ctx, sender, read, order.NewDocument("application/xml", body.Bytes()))
	if err != nil {
		return err
	}
	if err := x.ProcessPending(ctx); err != nil {
		return err
	}
	receiver := order.Actor{Party: "900877", Name: "forlag", Via: "ticket"}
	for _, m := range d.marks {
		if _, err := x.Mark(ctx, receiver, receipt.ID, order.AnyRevision, m); err != nil {
			return err
		}
	}
	if d.reduce != nil {
		_, err = x.Reduce(ctx, sender, receipt.ID, order.AnyRevision, *d.reduce)
	}
	return err
}

func (d demoOrder) order() order.Order {
	o := order.Order{Number: d.number, Created: time.Now(), Header: order.Header{
		Purpose:    order.Original,
		References: []order.Reference{{Type: "OrderSourceLocationReference", Number: "bookgate demo"}},
		Buyer:      order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(d.sender)}},
		ShipTo:     d.shipTo,
	}}
	if d.seller != "" {
		o.Header.Seller = &order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: d.seller}}
	}
	for i, l := range d.lines {
		o.Lines = append(o.Lines, order.Line{Number: i + 1, Quantity: l.quantity,
			Products: []order.Identifier{{Type: "EAN13", Value: l.ean}}, Detail: order.LineDetail{Title: l.title}})
	}
	return o
}
