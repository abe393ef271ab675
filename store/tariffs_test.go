package store

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// percents makes a table of whole per cents.
func percents(byMonths ...int64) map[int]order.Decimal {
	table := map[int]order.Decimal{}
	for i := 0; i < len(byMonths); i += 2 {
		table[int(byMonths[i])] = order.Decimal{Units: byMonths[i+1]}
	}
	return table
}

func wantTariffs(t *testing.T, db *DB, party order.PartyID, want map[int]order.Decimal) {
	t.Helper()
	got, err := db.Tariffs(t.Context(), party)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("tariffs of %s: %v\n%s", party, err, diff)
	}
}

func TestTariffsComeBack(t *testing.T) { onEach(t, tariffsComeBack) }

func tariffsComeBack(t *testing.T, where string) {
	db := withParties(t, where)
	wantTariffs(t, db, buyer, percents())
	first := map[int]order.Decimal{24: {Units: 4470, Scale: 3}, 36: {Units: 1, Scale: 9}, 120: {Units: 100}}
	for _, table := range []map[int]order.Decimal{first, first, percents(12, 9)} {
		if err := db.SetTariffs(t.Context(), buyer, table, webhook.Broadcast{}); err != nil {
			t.Fatal(err)
		}
		wantTariffs(t, db, buyer, table)
	}
	wantTariffs(t, db, seller, percents())
	if err := db.SetTariffs(t.Context(), "9999", first, webhook.Broadcast{}); order.KindOf(err) != order.NotFound {
		t.Errorf("tariffs of no party: %v", err)
	}
	if _, err := db.EraseParty(t.Context(), buyer); err != nil {
		t.Fatal(err)
	}
	wantTariffs(t, db, buyer, percents())
	if err := db.SetTariffs(t.Context(), buyer, first, webhook.Broadcast{}); order.CodeOf(err) != "party-erased" {
		t.Errorf("tariffs of an erased party: %v", err)
	}
}

func TestTariffsAreNotified(t *testing.T) { onEach(t, tariffsAreNotified) }

// tariffsAreNotified keeps one delivery for each endpoint of the formats that the
// notice names, and none for others.
func tariffsAreNotified(t *testing.T, where string) {
	db := withParties(t, where)
	for id, e := range map[string]webhook.Endpoint{
		"ep_live": {Party: buyer, Format: "montly", Events: webhook.Filter{"order.moved"}}, "ep_test": {Party: buyer, Format: "montly.test"}, "ep_paused": {Party: buyer, Format: "montly", State: webhook.Paused},
		"ep_disabled": {Party: buyer, Format: "montly", State: webhook.Disabled}, "ep_standard": {Party: buyer, Format: "standard"}, "ep_scoped": {Party: buyer, Format: "montly", Scope: "0193"}, "ep_foreign": {Party: seller, Format: "montly"},
	} {
		if e.ID = id; e.State == "" {
			e.State = webhook.Active
		}
		if err := db.AddEndpoint(t.Context(), e, 9); err != nil {
			t.Fatal(err)
		}
	}
	at := noon.Truncate(time.Microsecond)
	n := webhook.Broadcast{Formats: []string{"montly", "montly.test"}, Type: "tariff.updated", Event: webhook.Event{At: at, Text: `{"tariffs":"æøå \" '"}`}}
	if err := db.SetTariffs(t.Context(), buyer, percents(24, 5), n); err != nil {
		t.Fatal(err)
	}
	for id, sent := range map[string]bool{"ep_live": true, "ep_test": true, "ep_paused": true, "ep_disabled": false, "ep_standard": false, "ep_scoped": false, "ep_foreign": false} {
		party := buyer
		if id == "ep_foreign" {
			party = seller
		}
		all, err := db.Deliveries(t.Context(), webhook.DeliveryQuery{Party: party, Endpoint: id, Limit: 9})
		if err != nil || (len(all) == 1) != sent {
			t.Errorf("%s: %+v, %v", id, all, err)
			continue
		}
		if sent && (all[0].Type != n.Type || all[0].State != webhook.Pending || !cmp.Equal(all[0].Event, n.Event)) {
			t.Errorf("%s: %+v", id, all[0])
		}
	}
	tasks, err := db.Claim(t.Context(), time.Now().Add(time.Hour), time.Now().Add(2*time.Hour), webhook.Bounds{PerEndpoint: 2, PerParty: 9, Limit: 9})
	if err != nil || len(tasks) != 2 || tasks[0].Delivery.Event.Text != n.Event.Text {
		t.Errorf("claimed %+v, %v", tasks, err)
	}
	if err := db.SetTariffs(t.Context(), "9999", percents(24, 5), n); err == nil {
		t.Error("no party has tariffs")
	}
	if all, err := db.Deliveries(t.Context(), webhook.DeliveryQuery{Party: buyer, Endpoint: "ep_live", Limit: 9}); err != nil || len(all) != 1 {
		t.Errorf("what was not set is sent: %+v, %v", all, err)
	}
}

func TestTariffsAreOneTable(t *testing.T) { onEach(t, tariffsAreOneTable) }

// tariffsAreOneTable sets tables side by side: what is stored in the end is one of
// them, whole.
func tariffsAreOneTable(t *testing.T, where string) {
	db := withParties(t, where)
	tables := []map[int]order.Decimal{percents(12, 1, 24, 1, 36, 1), percents(12, 2), percents(24, 3, 48, 3), percents(60, 4, 36, 4)}
	var wg sync.WaitGroup
	for _, table := range tables {
		wg.Go(func() {
			if err := db.SetTariffs(t.Context(), buyer, table, webhook.Broadcast{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := db.Tariffs(t.Context(), buyer)
	whole := 0
	for _, table := range tables {
		if maps.Equal(got, table) {
			whole++
		}
	}
	if err != nil || whole != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
