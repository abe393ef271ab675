package store

import (
	"context"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// waiter is something that waits in a store: what begins it, how long it
// waits, and whether it has ended, by the login service of the process that asks.
type waiter struct {
	name  string
	wait  time.Duration
	begin func(t *testing.T, db *DB)
	ended func(t *testing.T, db *DB) bool
	slow  bool // to try with one size of step alone
	here  bool // it waits in one process
}

func waiters() []waiter {
	var ticket, token, secret, link string
	var client auth.Client
	logins := func(db *DB) *auth.Service { return newLogins(db, db.Now) }
	checked := func(credential *string, code string) func(*testing.T, *DB) bool {
		return func(t *testing.T, db *DB) bool {
			_, err := logins(db).Check(t.Context(), *credential)
			if err != nil && order.CodeOf(err) != code {
				t.Errorf("refused with %v", err)
			}
			return err != nil
		}
	}
	claims := func(t *testing.T, db *DB) bool { return len(claimAll(t, db)) > 0 }
	return []waiter{
		{"the next try of a delivery", time.Minute, func(t *testing.T, db *DB) { failOne(t, db, time.Minute) }, claims, false, false},
		{"a try an hour later", time.Hour, func(t *testing.T, db *DB) { failOne(t, db, time.Hour) }, claims, false, false},
		{"the lease of a delivery", 30 * time.Second, func(t *testing.T, db *DB) {
			if n := len(claimAll(t, db)); n != 1 {
				t.Fatalf("claimed %d", n)
			}
		}, claims, false, false},
		{"the rest of an endpoint", 5 * time.Minute, func(t *testing.T, db *DB) {
			changeOne(t, db, func(e *webhook.Endpoint) { e.Due = db.Now().Add(5 * time.Minute) })
		}, claims, false, false},
		{"a secret that was rotated", webhook.KeepOld, func(t *testing.T, db *DB) {
			changeOne(t, db, func(e *webhook.Endpoint) {
				e.OldSecrets = []webhook.OldSecret{{Secret: webhook.NewSecret(), Until: db.Now().Add(webhook.KeepOld)}}
			})
		}, func(t *testing.T, db *DB) bool {
			e, err := db.Endpoint(t.Context(), buyer, "ep_A")
			return err == nil && len(e.Keys(db.Now())) == 1
		}, false, false},
		{"a ticket", auth.TicketLife, func(t *testing.T, db *DB) { ticket = logIn(t, db) }, checked(&ticket, "ticket-expired"), false, false},
		{"a token", auth.TokenLife + auth.Grace, func(t *testing.T, db *DB) {
			c, secret := auth.NewClient(buyer, db.Now())
			if err := db.AddClient(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			g, err := logins(db).Grant(t.Context(), c.ID, secret, "")
			if err != nil {
				t.Fatal(err)
			}
			token = g.Token
		}, checked(&token, "ticket-expired"), false, false},
		{"a guesser who was slowed", 6 * time.Second, func(t *testing.T, db *DB) {
			for range 10 {
				if _, err := login(t, logins(db), "192.0.2.66", "kari", "wrong"); order.CodeOf(err) != "credentials-wrong" {
					t.Fatal(err)
				}
			}
		}, func(t *testing.T, db *DB) bool {
			_, err := login(t, logins(db), "192.0.2.66", "kari", "wrong again")
			return order.CodeOf(err) == "credentials-wrong"
		}, true, false},
		{"a client's secret that was rotated", time.Hour, func(t *testing.T, db *DB) {
			client, secret = auth.NewClient(buyer, db.Now())
			err := db.AddClient(t.Context(), client)
			if err == nil {
				_, digest := auth.NewClientSecret()
				_, err = db.RotateClient(t.Context(), client.ID, digest, db.Now().Add(time.Hour))
			}
			if err != nil {
				t.Fatal(err)
			}
		}, func(t *testing.T, db *DB) bool {
			_, err := logins(db).Grant(t.Context(), client.ID, secret, "")
			return err != nil
		}, false, false},
		{"an order that is held for the processing delay", 10 * time.Minute, func(t *testing.T, db *DB) { addOrder(t, db, "A-1") },
			func(t *testing.T, db *DB) bool {
				now := db.Now()
				orders, err := db.Waiting(t.Context(), now.Add(-10*time.Minute), now.Add(30*time.Second), 9)
				if err != nil {
					t.Fatal(err)
				}
				return len(orders) > 0
			}, false, false},
		{"a reminder by mail", 24 * time.Hour, func(t *testing.T, db *DB) {
			mail := webhook.Endpoint{ID: "ep_M", Party: seller, URL: "mailto:a@b.example", Format: "email", State: webhook.Active, Created: db.Now()}
			for _, err := range []error{db.AddParty(t.Context(), order.Party{ID: seller, Name: "Forlag", Scheme: order.DefaultScheme}),
				db.AddEndpoint(t.Context(), mail, 1)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			route(t, db, addOrder(t, db, "A-1").ID)
			for _, task := range claimAll(t, db) {
				if err := db.RecordAttempt(t.Context(), task.Endpoint.Party, task.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
					d.State, d.Finished = webhook.Delivered, db.Now()
					return webhook.Attempt{At: db.Now(), Status: 250}
				}); err != nil {
					t.Fatal(err)
				}
			}
		}, func(t *testing.T, db *DB) bool {
			n, err := db.Remind(t.Context(), "email", db.Now().Add(-24*time.Hour), 9)
			if err != nil {
				t.Fatal(err)
			}
			return n > 0
		}, false, false},
		{"the link in a mail", webhook.LinkLife, func(t *testing.T, db *DB) {
			tasks := claimAll(t, db)
			if len(tasks) != 1 {
				t.Fatalf("claimed %d", len(tasks))
			}
			link = tasks[0].Delivery.ID
		}, func(t *testing.T, db *DB) bool {
			task, err := db.MailTask(t.Context(), link)
			if err != nil {
				t.Fatal(err)
			}
			return !db.Now().Before(task.Delivery.Created.Add(webhook.LinkLife))
		}, false, false},
		{"a job", time.Hour, func(t *testing.T, db *DB) { doJob(t, db) }, doJob, false, false},
		{"a replica that is silent", staleAfter + time.Second, giveSign,
			func(t *testing.T, db *DB) bool {
				all, err := db.Replicas(t.Context())
				if err != nil || len(all) != 1 {
					t.Fatalf("%d replicas, %v", len(all), err)
				}
				return all[0].State == Stale
			}, false, true},
	}
}

// giveSign is the one sign of a replica that is silent from then on. It does not look at
// the clock by itself, which would see the test set its two clocks one after the other.
func giveSign(t *testing.T, db *DB) {
	t.Helper()
	beat := heartbeat{db: db, row: Replica{ID: db.replica, Host: "one", State: Serving, Started: db.now()}}
	if err := beat.beat(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func doJob(t *testing.T, db *DB) (done bool) {
	t.Helper()
	_, err := db.RunIfDue(t.Context(), Job{Name: "one", Every: time.Hour, Lease: time.Minute,
		Do: func(context.Context, int64) (int64, error) { done = true; return 0, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func claimAll(t *testing.T, db *DB) []webhook.Task {
	t.Helper()
	now := db.Now()
	tasks, err := db.Claim(t.Context(), now, now.Add(30*time.Second), webhook.Bounds{PerEndpoint: 2, PerParty: 9, Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

func failOne(t *testing.T, db *DB, again time.Duration) {
	t.Helper()
	tasks := claimAll(t, db)
	if len(tasks) != 1 {
		t.Fatalf("claimed %d", len(tasks))
	}
	err := db.RecordAttempt(t.Context(), buyer, tasks[0].Delivery.ID, func(e *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.Attempts++
		d.Due = db.Now().Add(again)
		return webhook.Attempt{At: db.Now(), Status: 500, Error: "answered 500"}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func changeOne(t *testing.T, db *DB, change func(*webhook.Endpoint)) {
	t.Helper()
	_, err := db.ChangeEndpoint(t.Context(), buyer, "ep_A", func(e *webhook.Endpoint) error { change(e); return nil })
	if err != nil {
		t.Fatal(err)
	}
}

func logIn(t *testing.T, db *DB) string {
	t.Helper()
	ticket, err := login(t, newLogins(db, db.Now), "192.0.2.1", "kari", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// newLogins returns the login service of a process, whose hashes cost little.
func newLogins(db *DB, now func() time.Time) *auth.Service {
	s := auth.New(db, "example.no", now)
	s.Hashes(auth.LeastCost())
	return s
}

// furnishSteps makes a party with a user, an endpoint and a delivery to it.
func furnishSteps(t *testing.T, db *DB) {
	t.Helper()
	ctx := t.Context()
	for _, err := range []error{
		db.AddParty(ctx, order.Party{ID: buyer, Name: "Firma", Scheme: order.DefaultScheme}),
		db.AddUser(ctx, auth.User{Name: "kari", Party: buyer, Password: auth.LeastCost().Hash(passphrase), Created: db.Now()}),
		db.AddEndpoint(ctx, webhook.Endpoint{ID: "ep_A", Party: buyer, State: webhook.Active, Created: db.Now()}, 1),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.AddTest(ctx, buyer, "ep_A"); err != nil {
		t.Fatal(err)
	}
}
