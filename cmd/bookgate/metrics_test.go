package main

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
	p := metricsPlace{address: held.Addr().String()}
	if l, err := p.listen(log); l != nil || err != nil || !strings.Contains(said.String(), "--metrics-listen") || !strings.Contains(said.String(), p.address) {
		t.Errorf("got %v, %v, and in the log %s", l, err, &said)
	}
	p.chosen = true
	if _, err := p.listen(log); err == nil || !strings.Contains(err.Error(), "another program listens on "+p.address) || !strings.Contains(err.Error(), "--metrics-listen off") {
		t.Errorf("a chosen address gave %v", err)
	}
	if l, err := (metricsPlace{}).listen(log); l != nil || err != nil {
		t.Errorf("off gave %v, %v", l, err)
	}
}

func TestSettingOfMetrics(t *testing.T) {
	for o, want := range map[origin]metricsPlace{
		{Value: "127.0.0.1:9464", From: fromDefault}: {"127.0.0.1:9464", false},
		{Value: ":9999", From: fromEnvironment}:      {":9999", true},
		{Value: "off", From: fromFlag}:               {},
		{Value: "", From: fromFile}:                  {},
	} {
		var r settingReader
		if got := r.metrics(o); r.err != nil || got != want {
			t.Errorf("%+v: %+v, %v", o, got, r.err)
		}
	}
	for _, text := range []string{"9464", "on", "off:1", "127.0.0.1:99999", "http://127.0.0.1:9464"} {
		var r settingReader
		if r.metrics(origin{Name: metricsSetting, Value: text, From: fromFlag}); r.err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestChosenAddressIsGivenBack when the rest cannot be wired.
func TestChosenAddressIsGivenBack(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	mustNot(t, err)
	mustNot(t, db.Close())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	s := serveConfig{metrics: metricsPlace{address: free.Addr().String(), chosen: true}}
	mustNot(t, free.Close())
	if _, err := wireAll(t.Context(), db, free, s, slog.New(slog.DiscardHandler)); err == nil {
		t.Fatal("a closed store is wired")
	}
	again, err := net.Listen("tcp", s.metrics.address)
	mustNot(t, err)
	again.Close()
}
