package webhook_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/bookgate/bookgate/internal/freshstore"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// publicNames answers every question with one address.
type publicNames struct{ address netip.Addr }

func (n publicNames) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{n.address}, nil
}

func TestCallbackIsCheckedAndStored(t *testing.T) {
	db, err := freshstore.Open(t, store.Open, t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.AddParty(t.Context(), order.Party{ID: "7045", Name: "Eksempel Bokhandel", Scheme: "NBSN"}); err != nil {
		t.Fatal(err)
	}
	d := webhook.NewService(webhook.ServiceConfig{Store: db, Guard: webhook.NewGuard(), Names: publicNames{netip.MustParseAddr("93.184.216.34")}})
	inside := webhook.NewService(webhook.ServiceConfig{Store: db, Guard: webhook.NewGuard(), Names: publicNames{netip.MustParseAddr("10.0.0.9")}})
	endpoint := webhook.Endpoint{Party: "7045", URL: "https://shop.example.no/hook", Format: "hark", Scope: "0193", Events: webhook.Filter{"order.moved"}}
	if _, err := inside.AddCallback(t.Context(), endpoint); order.CodeOf(err) != "webhook-url" {
		t.Errorf("an address in our own network gave %v", err)
	}
	e, err := d.AddCallback(t.Context(), endpoint)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := db.Endpoint(t.Context(), "7045", e.ID)
	if err != nil || stored.Format != "hark" || stored.Scope != "0193" || stored.State != webhook.Active || len(stored.Secret) == 0 || stored.Created.IsZero() || len(stored.Events) != 1 {
		t.Errorf("stored is %+v, %v", stored, err)
	}
	endpoint.Events = webhook.Filter{"order.moved*"}
	if _, err := d.AddCallback(t.Context(), endpoint); order.CodeOf(err) != "webhook-events" {
		t.Errorf("a filter that nothing passes gave %v", err)
	}
}
