//go:build all

package sqldb

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }

func TestPostgresClockFarOffIsRefused(t *testing.T) {
	e, err := NewPostgres(postgrestest.Schema(t), EngineOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := &postgres{}
	for off, want := range map[time.Duration]string{0: "", -49 * time.Second: "", 61 * time.Second: "store-settings", -time.Hour: "store-settings"} {
		p.skew = func(context.Context, *Conn) (time.Duration, error) { return off, nil }
		if err := p.checkClock(t.Context(), nil); order.CodeOf(err) != want {
			t.Errorf("%s gave %v", off, err)
		}
	}
	if err := e.Prepare(t.Context()); err != nil {
		t.Errorf("the true clock: %v", err)
	}
}

func TestServerFactsAreChecked(t *testing.T) {
	good := serverFacts{version: "15.18 (Debian 15.18-0+deb12u1)", number: 150018, encoding: "UTF8", fsync: "on", pages: "on", connections: 100, ownLimit: -1, currentSchema: new(string)}
	if err := good.check(false); err != nil || good.name() != "PostgreSQL 15.18" {
		t.Errorf("%s: %v", good.name(), err)
	}
	for word, spoil := range map[string]func(*serverFacts){
		"PostgreSQL 15 or newer": func(f *serverFacts) { f.number = 140022 },
		"LATIN1":                 func(f *serverFacts) { f.encoding = "LATIN1" },
		"10 connections":         func(f *serverFacts) { f.ownLimit = 10 },
		"schema":                 func(f *serverFacts) { f.currentSchema = nil },
	} {
		bad := good
		spoil(&bad)
		if err := bad.check(false); order.CodeOf(err) != "store-settings" || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
