package store

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// withParties is a store with two parties.
func withParties(t *testing.T, where string) *DB {
	t.Helper()
	db := openIn(t, where, Options{})
	for _, id := range []order.PartyID{buyer, seller} {
		if err := db.AddParty(t.Context(), order.Party{ID: id, Name: "Firma", Scheme: "NBSN"}); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456789, time.UTC)

func ticket(name, holder string, kind auth.Kind, created time.Time) auth.Ticket {
	return auth.Ticket{Digest: sha256.Sum256([]byte(name)), Kind: kind, Party: buyer, Holder: holder, Created: created, Expires: created.Add(2 * time.Hour)}
}

func addTicket(t *testing.T, db *DB, k auth.Ticket, most int) {
	t.Helper()
	if err := db.AddTicket(t.Context(), k, most); err != nil {
		t.Fatal(err)
	}
}

// wantTickets checks which of the named tickets are kept.
func wantTickets(t *testing.T, db *DB, want map[string]bool) {
	t.Helper()
	for name, kept := range want {
		_, err := db.Ticket(t.Context(), sha256.Sum256([]byte(name)))
		if kept && err != nil || !kept && order.KindOf(err) != order.NotFound {
			t.Errorf("ticket %s, which should be kept: %v, gave %v", name, kept, err)
		}
	}
}

func TestUserComesBack(t *testing.T) { onEach(t, userComesBack) }

func userComesBack(t *testing.T, where string) {
	db := withParties(t, where)
	u := auth.User{Name: "kari@æøå", Party: buyer, Password: "$argon2id$…", Created: noon}
	if err := db.AddUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	u.Created = noon.Truncate(time.Microsecond)
	got, err := db.User(t.Context(), u.Name)
	if d := cmp.Diff(u, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	for _, name := range []string{"KARI@æøå", "", "kari"} {
		if _, err := db.User(t.Context(), name); order.KindOf(err) != order.NotFound {
			t.Errorf("user %q gave %v", name, err)
		}
	}
}

func TestSameUserAgainEndsItsTickets(t *testing.T) { onEach(t, sameUserAgainEndsItsTickets) }

func sameUserAgainEndsItsTickets(t *testing.T, where string) {
	db := withParties(t, where)
	u := auth.User{Name: "kari", Party: buyer, Password: "one", Created: noon}
	if err := db.AddUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	addTicket(t, db, ticket("hers", "kari", auth.KindTicket, noon), 9)
	addTicket(t, db, ticket("his", "ola", auth.KindTicket, noon), 9)
	addTicket(t, db, ticket("token", "kari", auth.KindToken, noon), 9)
	u.Party, u.Password, u.Created = seller, "two", noon.Add(time.Hour)
	if err := db.AddUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	got, err := db.User(t.Context(), "kari")
	if err != nil || got.Party != seller || got.Password != "two" || !got.Created.Equal(noon.Truncate(time.Microsecond)) {
		t.Errorf("user %+v, %v", got, err)
	}
	wantTickets(t, db, map[string]bool{"hers": false, "his": true, "token": true})
}

func TestClientComesBack(t *testing.T) { onEach(t, clientComesBack) }

func clientComesBack(t *testing.T, where string) {
	db := withParties(t, where)
	c := auth.Client{ID: "id-1", Party: buyer, Secret: sha256.Sum256([]byte("s")), Created: noon}
	if err := db.AddClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	addTicket(t, db, ticket("token", "id-1", auth.KindToken, noon), 9)
	c.Created = noon.Truncate(time.Microsecond)
	got, err := db.Client(t.Context(), "id-1")
	if d := cmp.Diff(c, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	if _, err := db.Client(t.Context(), "id-2"); order.KindOf(err) != order.NotFound {
		t.Errorf("an unknown client gave %v", err)
	}
	c.Secret[0]++
	if err := db.AddClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	wantTickets(t, db, map[string]bool{"token": false})
}

func TestCredentialsNeedAParty(t *testing.T) { onEach(t, credentialsNeedAParty) }

func credentialsNeedAParty(t *testing.T, where string) {
	db := withParties(t, where)
	if err := db.AddUser(t.Context(), auth.User{Name: "x", Party: "9999"}); order.KindOf(err) != order.NotFound {
		t.Errorf("AddUser gave %v", err)
	}
	if err := db.AddClient(t.Context(), auth.Client{ID: "x", Party: "9999"}); order.KindOf(err) != order.NotFound {
		t.Errorf("AddClient gave %v", err)
	}
}

func TestTicketComesBackExpiredOrNot(t *testing.T) { onEach(t, ticketComesBackExpiredOrNot) }

func ticketComesBackExpiredOrNot(t *testing.T, where string) {
	db := withParties(t, where)
	k := ticket("old", "kari", auth.KindTicket, noon.Add(-100*time.Hour))
	addTicket(t, db, k, 5)
	k.Created, k.Expires = k.Created.Truncate(time.Microsecond), k.Expires.Truncate(time.Microsecond)
	got, err := db.Ticket(t.Context(), k.Digest)
	if d := cmp.Diff(k, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	if err := db.DeleteTicket(t.Context(), k.Digest); err != nil {
		t.Error(err)
	}
	if err := db.DeleteTicket(t.Context(), k.Digest); order.KindOf(err) != order.NotFound {
		t.Errorf("deleting it twice gave %v", err)
	}
}

func TestOldestTicketsOfAHolderAreDropped(t *testing.T) { onEach(t, oldestTicketsOfAHolderAreDropped) }

func oldestTicketsOfAHolderAreDropped(t *testing.T, where string) {
	db := withParties(t, where)
	addTicket(t, db, ticket("other", "ola", auth.KindTicket, noon.Add(-time.Hour)), 3)
	addTicket(t, db, ticket("token", "kari", auth.KindToken, noon.Add(-time.Hour)), 3)
	for i := range 6 {
		addTicket(t, db, ticket(fmt.Sprint("t", i), "kari", auth.KindTicket, noon.Add(time.Duration(i)*time.Second)), 3)
	}
	wantTickets(t, db, map[string]bool{"t0": false, "t1": false, "t2": false, "t3": true, "t4": true, "t5": true, "other": true, "token": true})
	// The newest stays even when the clock has stepped back.
	addTicket(t, db, ticket("late", "kari", auth.KindTicket, noon.Add(-time.Hour)), 1)
	wantTickets(t, db, map[string]bool{"late": true, "t3": false, "t4": false, "t5": false, "other": true})
}

func TestExpiredTicketsAreDropped(t *testing.T) { onEach(t, expiredTicketsAreDropped) }

func expiredTicketsAreDropped(t *testing.T, where string) {
	db := withParties(t, where)
	for i := range 5 {
		addTicket(t, db, ticket(fmt.Sprint("t", i), "kari", auth.KindTicket, noon.Add(time.Duration(i)*time.Hour)), 9)
	}
	if n, err := db.DeleteExpired(t.Context(), noon.Add(4*time.Hour)); err != nil || n != 2 {
		t.Errorf("%d dropped, %v; want 2", n, err)
	}
	wantTickets(t, db, map[string]bool{"t0": false, "t1": false, "t2": true, "t3": true, "t4": true})
}
