package store

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// What parties are promised across replicas: logins and submissions do not
// care which process they reach.

const passphrase = "correct horse"

// withServices returns two replicas with their services, and a user of each party.
func withServices(t *testing.T, where string) (p pair, a, b *auth.Service) {
	p = newPair(t, where)
	for name, party := range map[string]order.PartyID{"kari": buyer, "ola": seller} {
		if err := p.a.AddParty(t.Context(), order.Party{ID: party, Name: "Firma", Scheme: "NBSN"}); err != nil {
			t.Fatal(err)
		}
		if err := p.a.AddUser(t.Context(), auth.User{Name: name, Party: party, Password: auth.LeastCost().Hash(passphrase), Created: p.now()}); err != nil {
			t.Fatal(err)
		}
	}
	return p, newLogins(p.a, p.now), newLogins(p.b, p.now)
}

func login(t *testing.T, service *auth.Service, from, name, password string) (string, error) {
	t.Helper()
	return service.Login(t.Context(), from, auth.Credentials{User: name, Password: password})
}

func TestTicketEndedOnOneReplicaIsRefusedOnTheOther(t *testing.T) {
	onEach(t, ticketEndedOnOneReplicaIsRefusedOnTheOther)
}

func ticketEndedOnOneReplicaIsRefusedOnTheOther(t *testing.T, where string) {
	p, a, b := withServices(t, where)
	ticket, err := login(t, a, "192.0.2.1", "kari", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if who, err := b.Check(t.Context(), ticket); err != nil || who.Party != buyer {
		t.Fatalf("the other replica has it as %+v, %v", who, err)
	}
	if err := a.Revoke(t.Context(), ticket); err != nil {
		t.Fatal(err)
	}
	p.advance(time.Second)
	if _, err := b.Check(t.Context(), ticket); order.CodeOf(err) != "ticket-unknown" {
		t.Errorf("a second after its end the other replica says %v", err)
	}
}

func TestThrottleIsSharedByReplicasAndSurvivesARestart(t *testing.T) {
	onEach(t, throttleIsSharedByReplicasAndSurvivesARestart)
}

func throttleIsSharedByReplicasAndSurvivesARestart(t *testing.T, where string) {
	p, a, b := withServices(t, where)
	for i := range 10 {
		if _, err := login(t, []*auth.Service{a, b}[i%2], "192.0.2.66", "kari", "wrong"); order.CodeOf(err) != "credentials-wrong" {
			t.Fatalf("guess %d: %v", i+1, err)
		}
	}
	for _, service := range []*auth.Service{a, b} {
		if _, err := login(t, service, "192.0.2.66", "kari", passphrase); order.CodeOf(err) != "login-throttled" {
			t.Errorf("after 10 guesses on both: %v", err)
		}
	}
	if err := p.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := newLogins(openIn(t, where, Options{Now: p.now}), p.now)
	if _, err := login(t, again, "192.0.2.66", "kari", passphrase); order.CodeOf(err) != "login-throttled" {
		t.Errorf("after a restart: %v", err)
	}
	if _, err := login(t, again, "192.0.2.66", "ola", passphrase); err != nil {
		t.Errorf("another user: %v", err)
	}
}

func TestTrustIsSharedByReplicas(t *testing.T) { onEach(t, trustIsSharedByReplicas) }

func trustIsSharedByReplicas(t *testing.T, where string) {
	_, a, b := withServices(t, where)
	if _, err := login(t, a, "198.51.100.7", "kari", passphrase); err != nil {
		t.Fatal(err)
	}
	var err error
	for i := range 20 {
		_, err = login(t, a, fmt.Sprint("192.0.2.", i), "kari", "wrong")
	}
	if order.CodeOf(err) != "credentials-wrong" {
		t.Fatal(err)
	}
	if _, err := login(t, b, "203.0.113.9", "kari", passphrase); order.CodeOf(err) != "login-throttled" {
		t.Errorf("a stranger to both: %v", err)
	}
	if _, err := login(t, b, "198.51.100.7", "kari", passphrase); err != nil {
		t.Errorf("the true user, known to the other replica: %v", err)
	}
}

func TestSubmissionIsIdempotentAcrossReplicas(t *testing.T) {
	onEach(t, submissionIsIdempotentAcrossReplicas)
}

func submissionIsIdempotentAcrossReplicas(t *testing.T, where string) {
	p, _, _ := withServices(t, where)
	exchanges := []*order.Exchange{order.NewExchange(p.a, p.a, order.Config{}), order.NewExchange(p.b, p.b, order.Config{})}
	kari := order.Actor{Party: buyer, Name: "kari", Via: "ticket"}
	submit := func(replica int, o order.Order, text string) (order.Receipt, error) {
		return exchanges[replica].Submit(t.Context(), kari, o, order.NewDocument("application/xml", []byte(text)))
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	ids, news := map[order.ID]bool{}, 0
	for i := range 16 {
		all.Go(func() {
			r, err := submit(i%2, newOrder("S-1"), "<Order/>")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if ids[r.ID] = true; !r.Repeated {
				news++
			}
		})
	}
	all.Wait()
	if len(ids) != 1 || news != 1 {
		t.Errorf("16 copies made %d orders and %d were called new", len(ids), news)
	}
	other := newOrder("S-1")
	other.Lines[0].Quantity = 77
	for replica := range exchanges {
		if _, err := submit(replica, other, "<Other/>"); order.CodeOf(err) != "duplicate-number" {
			t.Errorf("another order of the number: %v", err)
		}
	}
	wantSettledOnce(t, exchanges, p.a)
}

// wantSettledOnce lets both replicas look for waiting orders at once.
func wantSettledOnce(t *testing.T, exchanges []*order.Exchange, db *DB) {
	t.Helper()
	var all sync.WaitGroup
	for _, exchange := range exchanges {
		all.Go(func() {
			if err := exchange.ProcessPending(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	wantSound(t, db, 1)
	wantAnswers(t, db, map[string]any{"SELECT count(*) FROM events WHERE kind = 'processed'": int64(1)})
}
