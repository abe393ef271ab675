package app

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store"
)

// TestTakenAddressOfMetrics wants the usual address to be passed over with a
// warning, and a chosen one to be refused with advice.
func TestTakenAddressOfMetrics(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	defer held.Close()
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	p := Metrics{Address: held.Addr().String()}
	if l, err := p.listen(log); l != nil || err != nil || !strings.Contains(said.String(), "--metrics-listen") || !strings.Contains(said.String(), p.Address) {
		t.Errorf("got %v, %v, and in the log %s", l, err, &said)
	}
	p.Chosen = true
	if _, err := p.listen(log); err == nil || !strings.Contains(err.Error(), "another program listens on "+p.Address) || !strings.Contains(err.Error(), "--metrics-listen off") {
		t.Errorf("a chosen address gave %v", err)
	}
	if l, err := (Metrics{}).listen(log); l != nil || err != nil {
		t.Errorf("off gave %v, %v", l, err)
	}
}

// TestChosenAddressIsGivenBack when the rest cannot be wired.
func TestChosenAddressIsGivenBack(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	mustNot(t, err)
	mustNot(t, db.Close())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	s := Config{Metrics: Metrics{Address: free.Addr().String(), Chosen: true}}
	mustNot(t, free.Close())
	if _, err := New(t.Context(), db, free, s, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatal("a closed store is wired")
	}
	again, err := net.Listen("tcp", s.Metrics.Address)
	mustNot(t, err)
	again.Close()
}
