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
	db := openIn(t, where, Options{Now: func() time.Time { return noon }})
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

// wantTickets checks which of the named tickets are stored.
func wantTickets(t *testing.T, db *DB, want map[string]bool) {
	t.Helper()
	for name, stored := range want {
		_, err := db.Ticket(t.Context(), sha256.Sum256([]byte(name)))
		if stored && err != nil || !stored && order.KindOf(err) != order.NotFound {
			t.Errorf("ticket %s, which should be stored: %v, gave %v", name, stored, err)
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

// TestUsersEnd disables, enables and removes users; each ends the tickets of
// the one user, and of no other.
func TestUsersEnd(t *testing.T) { onEach(t, usersEnd) }

func usersEnd(t *testing.T, where string) {
	db := withParties(t, where)
	for _, name := range []string{"kari", "ola"} {
		if err := db.AddUser(t.Context(), auth.User{Name: name, Party: buyer, Password: "p", Created: noon}); err != nil {
			t.Fatal(err)
		}
	}
	addTicket(t, db, ticket("hers", "kari", auth.KindTicket, noon), 9)
	addTicket(t, db, ticket("his", "ola", auth.KindTicket, noon), 9)
	addTicket(t, db, ticket("token", "kari", auth.KindToken, noon), 9)
	first, err := db.DisableUser(t.Context(), "kari", noon)
	again, errAgain := db.DisableUser(t.Context(), "kari", noon.Add(time.Hour))
	if err != nil || errAgain != nil || !first.Disabled.Equal(noon.Truncate(time.Microsecond)) || first.Disabled != again.Disabled {
		t.Errorf("disabled %v, then %v; %v, %v", first.Disabled, again.Disabled, err, errAgain)
	}
	wantTickets(t, db, map[string]bool{"hers": false, "his": true, "token": true})
	users, err := db.Users(t.Context())
	if err != nil || len(users) != 2 || users[0].Name != "kari" || users[0].Disabled.IsZero() || !users[1].Disabled.IsZero() {
		t.Errorf("users %+v, %v", users, err)
	}
	if u, err := db.EnableUser(t.Context(), "kari"); err != nil || !u.Disabled.IsZero() || u.Password != "p" {
		t.Errorf("enabled: %+v, %v", u, err)
	}
	if n, err := db.EndTickets(t.Context(), auth.KindTicket, "ola"); n != 1 || err != nil {
		t.Errorf("%d tickets ended, %v", n, err)
	}
	addTicket(t, db, ticket("hers again", "kari", auth.KindTicket, noon), 9)
	if err := db.RemoveUser(t.Context(), "kari"); err != nil {
		t.Error(err)
	}
	wantTickets(t, db, map[string]bool{"hers again": false, "his": false, "token": true})
	_, disable := db.DisableUser(t.Context(), "kari", noon)
	_, enable := db.EnableUser(t.Context(), "kari")
	for what, err := range map[string]error{"disable": disable, "enable": enable, "remove": db.RemoveUser(t.Context(), "kari")} {
		if order.KindOf(err) != order.NotFound {
			t.Errorf("%s a user that is not there: %v", what, err)
		}
	}
}

// TestClientsEnd revokes clients and replaces their secrets.
func TestClientsEnd(t *testing.T) { onEach(t, clientsEnd) }

func clientsEnd(t *testing.T, where string) {
	db := withParties(t, where)
	digest := func(s string) [sha256.Size]byte { return sha256.Sum256([]byte(s)) }
	for _, id := range []string{"c1", "c2"} {
		if err := db.AddClient(t.Context(), auth.Client{ID: id, Party: buyer, Secret: digest("first"), Created: noon}); err != nil {
			t.Fatal(err)
		}
	}
	addTicket(t, db, ticket("t1", "c1", auth.KindToken, noon), 9)
	addTicket(t, db, ticket("t2", "c2", auth.KindToken, noon), 9)
	until := noon.Add(time.Hour).Truncate(time.Microsecond)
	c, err := db.RotateClient(t.Context(), "c1", digest("second"), until)
	if err != nil || c.Secret != digest("second") || c.OldSecret != digest("first") || !c.OldUntil.Equal(until) {
		t.Errorf("rotated with overlap: %+v, %v", c, err)
	}
	wantTickets(t, db, map[string]bool{"t1": true, "t2": true})
	if c, err = db.RotateClient(t.Context(), "c1", digest("third"), time.Time{}); err != nil || !c.OldUntil.IsZero() || c.Secret != digest("third") {
		t.Errorf("rotated at once: %+v, %v", c, err)
	}
	wantTickets(t, db, map[string]bool{"t1": false, "t2": true})
	first, err := db.RevokeClient(t.Context(), "c2", noon)
	again, errAgain := db.RevokeClient(t.Context(), "c2", noon.Add(time.Hour))
	if err != nil || errAgain != nil || first.Revoked.IsZero() || first.Revoked != again.Revoked {
		t.Errorf("revoked %v, then %v; %v, %v", first.Revoked, again.Revoked, err, errAgain)
	}
	wantTickets(t, db, map[string]bool{"t2": false})
	if _, err := db.RotateClient(t.Context(), "c2", digest("x"), time.Time{}); order.CodeOf(err) != "client-revoked" {
		t.Errorf("the secret of a revoked client: %v", err)
	}
	clients, err := db.Clients(t.Context())
	if err != nil || len(clients) != 2 || !clients[0].Revoked.IsZero() || clients[1].Revoked.IsZero() {
		t.Errorf("clients %+v, %v", clients, err)
	}
	_, revoke := db.RevokeClient(t.Context(), "c3", noon)
	_, rotate := db.RotateClient(t.Context(), "c3", digest("x"), until)
	if order.KindOf(revoke) != order.NotFound || order.KindOf(rotate) != order.NotFound {
		t.Errorf("a client that is not there: %v, %v", revoke, rotate)
	}
}

// TestTicketsAtOnce: of many tickets those are returned that are there.
func TestTicketsAtOnce(t *testing.T) { onEach(t, ticketsAtOnceReturned) }

func ticketsAtOnceReturned(t *testing.T, where string) {
	db := withParties(t, where)
	var asked [][sha256.Size]byte
	want := map[[sha256.Size]byte]auth.Ticket{}
	for i := range 2*ticketsAtOnce + 3 {
		k := ticket(fmt.Sprint("t", i), "kari", auth.KindTicket, noon.Truncate(time.Microsecond))
		if asked = append(asked, k.Digest); i%3 != 0 {
			addTicket(t, db, k, 100)
			want[k.Digest] = k
		}
	}
	for _, n := range []int{0, 1, ticketsAtOnce, len(asked)} {
		got, err := db.Tickets(t.Context(), asked[:n])
		if err != nil {
			t.Fatal(err)
		}
		some := map[[sha256.Size]byte]auth.Ticket{}
		for _, digest := range asked[:n] {
			if k, ok := want[digest]; ok {
				some[digest] = k
			}
		}
		if diff := cmp.Diff(some, got); diff != "" {
			t.Errorf("of %d (-want +got):\n%s", n, diff)
		}
	}
}
