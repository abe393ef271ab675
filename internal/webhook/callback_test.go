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

func TestCallbackIsCheckedAndKept(t *testing.T) {
	db, err := freshstore.Open(t, store.Open, t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.AddParty(t.Context(), order.Party{ID: "7045", Name: "Eksempel Bokhandel", Scheme: "NBSN"}); err != nil {
		t.Fatal(err)
	}
	d := webhook.NewDesk(webhook.DeskConfig{Store: db, Guard: webhook.NewGuard(), Names: publicNames{netip.MustParseAddr("93.184.216.34")}})
	inside := webhook.NewDesk(webhook.DeskConfig{Store: db, Guard: webhook.NewGuard(), Names: publicNames{netip.MustParseAddr("10.0.0.9")}})
	wish := webhook.Endpoint{Party: "7045", URL: "https://shop.example.no/hook", Format: "hark", Scope: "0193", Events: webhook.Filter{"order.moved"}}
	if _, err := inside.AddCallback(t.Context(), wish); order.CodeOf(err) != "webhook-url" {
		t.Errorf("an address in our own network gave %v", err)
	}
	e, err := d.AddCallback(t.Context(), wish)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := db.Endpoint(t.Context(), "7045", e.ID)
	if err != nil || kept.Format != "hark" || kept.Scope != "0193" || kept.State != webhook.Active || len(kept.Secret) == 0 || kept.Created.IsZero() || len(kept.Events) != 1 {
		t.Errorf("kept is %+v, %v", kept, err)
	}
	wish.Events = webhook.Filter{"order.moved*"}
	if _, err := d.AddCallback(t.Context(), wish); order.CodeOf(err) != "webhook-events" {
		t.Errorf("a filter that nothing passes gave %v", err)
	}
}
