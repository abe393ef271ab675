package app

import (
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// TestJobsFollowTheSettings: no job looks at what is retained without end.
func TestJobsFollowTheSettings(t *testing.T) {
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		retention Retention
		want      []string
	}{
		{Retention{}, nil},
		{Retention{RetainDocuments: time.Hour}, []string{store.DropJob}},
		{Retention{RetainOrders: time.Hour}, []string{store.RetireJob, store.LeftoverJob}},
		{Retention{time.Hour, time.Hour}, []string{store.DropJob, store.RetireJob, store.LeftoverJob}},
	} {
		var got []string
		for _, job := range c.retention.jobs(db) {
			got = append(got, job.Name)
			if job.Lease == 0 || job.Every == 0 || job.Do == nil {
				t.Errorf("%+v", job)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.retention, got, c.want)
		}
	}
}

func TestRemindersCanBeLeftOut(t *testing.T) {
	if len(reminders(nil, 0)) != 0 {
		t.Error("0 is not never")
	}
	if c := reminders(nil, time.Second); len(c) != 1 || c[0].Every != time.Second {
		t.Errorf("%+v", c)
	}
}

// TestStrayCallbacksGo runs the job over callbacks of orders that never came:
// one made before the last look, two that are a day and an hour old, and one of
// this hour.
func TestStrayCallbacksGo(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	db, err := store.Open(ctx, t.TempDir(), store.Options{})
	mustNot(t, err)
	defer db.Close()
	mustNot(t, db.AddParty(ctx, order.Party{ID: "7045", Name: "Shop", Scheme: order.DefaultScheme}))
	for id, age := range map[string]time.Duration{"ep_seen": 49 * time.Hour, "ep_A": 25 * time.Hour, "ep_B": 25 * time.Hour, "ep_young": time.Hour} {
		mustNot(t, db.AddEndpoint(ctx, webhook.Endpoint{ID: id, Party: "7045", Scope: order.NewID(now), State: webhook.Active, Created: now.Add(-age)}, 1))
	}
	g := &Gateway{store: db}
	next, err := g.purgeCallbacks(ctx, now.Add(-48*time.Hour).UnixMicro())
	if since := time.Since(time.UnixMicro(next)); err != nil || since < callbacksAlone || since > callbacksAlone+time.Minute {
		t.Errorf("the next look begins %s ago, %v", since, err)
	}
	var left []string
	for _, id := range []string{"ep_seen", "ep_A", "ep_B", "ep_young"} {
		if _, err := db.Endpoint(ctx, "7045", id); err == nil {
			left = append(left, id)
		}
	}
	if !slices.Equal(left, []string{"ep_seen", "ep_young"}) {
		t.Errorf("left are %v", left)
	}
}

// TestOldDeliveriesGo runs the job over one that ended 31 days ago, one that
// ended 29 days ago, and one that waits.
func TestOldDeliveriesGo(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	db, err := store.Open(ctx, t.TempDir(), store.Options{})
	mustNot(t, err)
	defer db.Close()
	mustNot(t, db.AddParty(ctx, order.Party{ID: "7045", Name: "Shop", Scheme: order.DefaultScheme}))
	mustNot(t, db.AddEndpoint(ctx, webhook.Endpoint{ID: "ep_A", Party: "7045", State: webhook.Active}, 1))
	for _, days := range []int{31, 29, 0} {
		d, err := db.AddTest(ctx, "7045", "ep_A")
		mustNot(t, err)
		if days == 0 {
			continue
		}
		mustNot(t, db.RecordAttempt(ctx, "7045", d.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
			d.State, d.Finished = webhook.Delivered, now.AddDate(0, 0, -days)
			return webhook.Attempt{At: d.Finished, Status: 204}
		}))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	defer l.Close()
	g, err := wire(ctx, db, l, Config{}, slog.New(slog.DiscardHandler))
	mustNot(t, err)
	for _, job := range g.jobs() {
		if job.Name == "old-deliveries" {
			_, err := job.Do(ctx, 0)
			mustNot(t, err)
		}
	}
	left, err := db.Deliveries(ctx, webhook.DeliveryQuery{Party: "7045", Endpoint: "ep_A", Limit: 9})
	if err != nil || len(left) != 2 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

func mustNot(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
