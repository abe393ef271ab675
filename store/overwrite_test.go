package store

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// addPersonal keeps an order with a person in every part that can hold one.
func addPersonal(t testing.TB, db *DB, number, person string) order.ID {
	t.Helper()
	o := newOrder(number)
	o.Header.Buyer.Names = []string{person}
	o.Header.Messages = []order.Message{{Type: "01", Lines: []string{strings.Repeat("Til "+person+" ", 20)}}}
	for i := range o.Lines {
		o.Lines[i].Detail.Messages = []order.Message{{Type: "01", Lines: []string{"Til " + person}}}
	}
	ev := order.Event{Kind: order.EventReceived, To: order.Unprocessed, Party: buyer, Actor: person, Via: "ticket", Text: "from " + person}
	stored, _, err := db.Add(t.Context(), o, order.NewDocument("application/xml", []byte(person+strings.Repeat(" x", 9000))), ev)
	if err != nil {
		t.Fatal(err)
	}
	return stored.ID
}

// strike is the rule of an erasure, as far as these orders need it.
func strike(o *order.Order) ([]order.Event, error) {
	o.Header.Buyer.Names, o.Header.Messages = nil, nil
	for i := range o.Lines {
		o.Lines[i].Detail.Messages, o.Lines[i].Answer.Comment = nil, ""
	}
	return []order.Event{{Kind: order.EventErased, Actor: "operator", Via: "command"}}, nil
}

// traces counts a text in the files of a SQLite store. The log is read first: a
// checkpoint moves pages from it to the database meanwhile, and none back.
func traces(t *testing.T, db *DB, text string) (n int) {
	t.Helper()
	for _, suffix := range []string{"-wal", ""} {
		b, err := os.ReadFile(db.Path() + suffix)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		n += bytes.Count(b, []byte(text))
	}
	return n
}

// TestErasedWordsAreInNoFile moves rows about as a store in use does, so that
// pages are split and cells moved, before it erases.
func TestErasedWordsAreInNoFile(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	var ids []order.ID
	for i := range fulltest.Rounds(30, 120) {
		ids = append(ids, addPersonal(t, db, fmt.Sprint(i), "Ola Nordmann"))
	}
	for round := range 6 {
		for i, id := range ids {
			if round == 0 {
				route(t, db, id)
			}
			_, err := db.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
				o.Lines[round%5].Answer.Comment = strings.Repeat("Ola Nordmann ", i%7)
				return []order.Event{{Kind: order.EventMarked, Party: seller, Actor: "Ola Nordmann", Text: strings.Repeat("Ola Nordmann ", i%7)}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if traces(t, db, "Nordmann") == 0 {
		t.Fatal("the search is broken")
	}
	for _, id := range ids {
		if _, err := db.Update(t.Context(), id, strike); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Overwrite(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if n := traces(t, db, "Nordmann"); n != 0 {
		t.Errorf("%d traces are left", n)
	}
}

// TestOverwritingWaitsForACheckpoint meets the checkpoint of another connection,
// which holds the log for as long as it moves pages.
func TestOverwritingWaitsForACheckpoint(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	for i := range fulltest.Rounds(2, 10) {
		addPersonal(t, db, fmt.Sprint(i), strings.Repeat("Ola Nordmann ", 20_000))
		begun, done := make(chan struct{}), make(chan error, 1)
		go func() {
			close(begun)
			_, err := db.engine.Checkpoint(t.Context(), checkpointerOf(db).Conn, "PASSIVE")
			done <- err
		}()
		<-begun
		if err := db.Overwrite(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(db.Path() + "-wal"); err != nil || info.Size() != 0 {
			t.Fatalf("round %d: the log: %v, %v", i, info, err)
		}
		if err := <-done; err != nil && !db.engine.Busy(err) {
			t.Fatal(err)
		}
	}
}

// TestOverwritingWaitsForAReader holds an old state open for a while.
func TestOverwritingWaitsForAReader(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	id := addPersonal(t, db, "1", "Ola Nordmann")
	reading, done := make(chan struct{}), make(chan error, 1)
	leave := make(chan struct{})
	go func() {
		done <- db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			var n int
			_, err := c.Get(ctx, `SELECT count(*) FROM orders`, nil, &n)
			close(reading)
			<-leave
			return err
		})
	}()
	<-reading
	if _, err := db.Update(t.Context(), id, strike); err != nil {
		t.Fatal(err)
	}
	overwritten := make(chan error, 1)
	go func() { overwritten <- db.Overwrite(t.Context(), false) }()
	select {
	case err := <-overwritten:
		t.Errorf("it did not wait for the reader: %v", err)
	case <-time.After(time.Second):
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := <-overwritten; err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(db.Path() + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log: %v, %v", info, err)
	}
}

func TestErasedPartyCannotLogIn(t *testing.T) { onEach(t, erasedPartyCannotLogIn) }

func erasedPartyCannotLogIn(t *testing.T, where string) {
	db := withParties(t, where)
	service := newLogins(db, nil)
	for name, party := range map[string]order.PartyID{"kari": buyer, "per": seller} {
		if err := db.AddUser(t.Context(), auth.User{Name: name, Party: party, Password: auth.LeastCost().Hash("hemmelig-1")}); err != nil {
			t.Fatal(err)
		}
	}
	client, secret := auth.NewClient(buyer, time.Now())
	if err := db.AddClient(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	ticket, err := service.Login(t.Context(), "192.0.2.1", auth.Credentials{User: "kari", Password: "hemmelig-1"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := service.Grant(t.Context(), client.ID, secret, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.EraseParty(t.Context(), buyer); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"ticket": second(service.Check(t.Context(), ticket)), "token": second(service.Check(t.Context(), token.Token)),
		"login":       second(service.Login(t.Context(), "192.0.2.1", auth.Credentials{User: "kari", Password: "hemmelig-1"})),
		"grant":       second(service.Grant(t.Context(), client.ID, secret, "")),
		"user again":  db.AddUser(t.Context(), auth.User{Name: "kari", Party: buyer}),
		"client anew": db.AddClient(t.Context(), client),
	} {
		if err == nil {
			t.Errorf("%s still serves", what)
		}
	}
	if _, err := service.Login(t.Context(), "192.0.2.1", auth.Credentials{User: "per", Password: "hemmelig-1"}); err != nil {
		t.Errorf("a user of another party: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
