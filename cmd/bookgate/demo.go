package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/store"
)

// newDemo runs the exchange over sample data.
func newDemo(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "Try the exchange: sample parties and orders, thrown away at the end",
		Long: `demo is serve over a temporary store with sample parties, users and orders. It
is the same program that runs in production; only the data are made up.`,
		Example: `  bookgate demo
  bookgate demo --listen 127.0.0.1:9000`,
		Args: exactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := loadConfig(c, a)
			if err != nil {
				return err
			}
			s, err := readServeConfig(a, conf)
			if err != nil {
				return err
			}
			return withLog(a, s, func(a app, s serveConfig, log *slog.Logger) error {
				return demo(c.Context(), a, s, log, conf["listen"].From == fromDefault)
			})
		},
	}
	addSettings(c, "listen", metricsSetting, "public-url", "timezone", "processing-delay", "log-format", "log-level")
	return c
}

// demo fills a temporary store and serves it until ctx ends. anyPort lets it
// take another port when the usual one is taken.
func demo(ctx context.Context, a app, s serveConfig, log *slog.Logger, anyPort bool) error {
	dir, err := os.MkdirTemp("", "bookgate-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(dir)
	s.where, s.drain = dir, 0 // nobody balances a demo, and Ctrl-C should end it at once
	db, release, err := openStore(ctx, dir, log)
	if err != nil {
		return err
	}
	defer release()
	l, err := listenDemo(s.listen, anyPort)
	if err != nil {
		return err
	}
	if err := fillDemo(ctx, db); err != nil {
		l.Close()
		return fmt.Errorf("fill the demo store: %w", err)
	}
	return serveDemo(ctx, a, db, l, s, log)
}

func serveDemo(ctx context.Context, a app, db *store.DB, l net.Listener, s serveConfig, log *slog.Logger) error {
	g, err := wireAll(ctx, db, l, s, log)
	if err != nil {
		l.Close()
		return err
	}
	client, secret, err := addDemoClient(ctx, db)
	if err != nil {
		g.close()
		return err
	}
	printDemoBanner(a, db, g, client.ID, secret)
	return g.run(ctx)
}

func listenDemo(address string, anyPort bool) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) && anyPort {
		return listen("127.0.0.1:0", "--listen 127.0.0.1:8081")
	}
	if err != nil {
		return listen(address, "--listen 127.0.0.1:8081")
	}
	return l, nil
}

// printDemoBanner tells where everything is, with lines that can be pasted.
func printDemoBanner(a app, db *store.DB, g *gateway, clientID, secret string) {
	public, scrape := g.public, ""
	if at := g.metricsURL(); at != "" {
		scrape = "\n  Metrics      " + at
	}
	fmt.Fprintf(a.err, `bookgate %s   demo data, thrown away at the end

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
		a.version, public, public, public, scrape, db.EngineVersion(),
		demoUsers[0].name, demoPassword, demoUsers[1].name, demoUsers[2].name, demoUsers[3].name,
		demoPassword, public, public,
		demoClientParty, clientID, secret, public, public,
		demoPassword, public)
}
