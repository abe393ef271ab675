package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

func TestDamagedDocumentIsNotServed(t *testing.T) { onEach(t, damagedDocumentIsNotServed) }

func damagedDocumentIsNotServed(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	id := addOrder(t, db, "A-1").ID
	var stored []byte
	alter := func(query string, args ...any) {
		t.Helper()
		err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			if _, err := c.Exec(ctx, query, args...); err != nil {
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, "SELECT body FROM documents", nil, &stored)
		return err
	})
	if err != nil || len(stored) >= len(body) {
		t.Fatalf("%d bytes are stored as %d, %v", len(body), len(stored), err)
	}
	for i := range stored {
		flipped := bytes.Clone(stored)
		flipped[i] ^= 1
		alter("UPDATE documents SET body = $1", flipped)
		doc, err := db.Document(t.Context(), buyer, id)
		if err == nil && bytes.Equal(doc.Body, body) {
			continue // a bit of the wrapping that carries nothing, such as its date
		}
		if order.CodeOf(err) != "document-damaged" || order.KindOf(err) != order.Internal || doc.Body != nil {
			t.Fatalf("byte %d flipped: %d bytes served, %v", i, len(doc.Body), err)
		}
	}
	alter("UPDATE documents SET body = $1", stored[:len(stored)/2])
	if _, err := db.Document(t.Context(), buyer, id); order.CodeOf(err) != "document-damaged" {
		t.Errorf("half a document gave %v", err)
	}
	alter("UPDATE documents SET body = $1, size = size + 1", stored)
	if _, err := db.Document(t.Context(), buyer, id); order.CodeOf(err) != "document-damaged" {
		t.Errorf("a wrong size gave %v", err)
	}
}

func TestWrongDigestIsNotTaken(t *testing.T) { onEach(t, wrongDigestIsNotTaken) }

func wrongDigestIsNotTaken(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	doc := order.NewDocument("application/xml", []byte("<Order/>"))
	doc.SHA256[3]++
	o := newOrder("A-1")
	if _, _, err := db.Add(t.Context(), o, doc, order.Event{}); err == nil {
		t.Error("a document with a wrong digest was taken")
	}
	if n, err := db.Head(t.Context(), buyer); err != nil || n != 0 {
		t.Errorf("head %d, %v", n, err)
	}
}

func TestEventsAreImmutable(t *testing.T) { onEach(t, eventsAreImmutable) }

func eventsAreImmutable(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	addOrder(t, db, "A-1")
	for _, query := range []string{"UPDATE events SET text = 'x'", "DELETE FROM events"} {
		err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Exec(ctx, query)
			return err
		})
		if err == nil {
			t.Errorf("%s was done", query)
		}
	}
}

func TestSecretIsMadeOnceForEachName(t *testing.T) { onEach(t, secretIsMadeOnceForEachName) }

func secretIsMadeOnceForEachName(t *testing.T, where string) {
	db, twin := openIn(t, where, Options{}), openIn(t, where, Options{})
	a, errA := db.Secret(t.Context(), "cursor")
	b, errB := twin.Secret(t.Context(), "cursor")
	other, errC := db.Secret(t.Context(), "other")
	if err := errors.Join(errA, errB, errC); err != nil {
		t.Fatal(err)
	}
	if len(a) != 32 || !bytes.Equal(a, b) || bytes.Equal(a, other) {
		t.Errorf("secrets %x, %x and %x", a, b, other)
	}
	if err := errors.Join(db.Close(), twin.Close()); err != nil {
		t.Fatal(err)
	}
	if c, err := openIn(t, where, Options{}).Secret(t.Context(), "cursor"); err != nil || !bytes.Equal(a, c) {
		t.Errorf("after a restart %x, %v", c, err)
	}
}

func TestReadyNoticesAnotherSchema(t *testing.T) { onEach(t, readyNoticesAnotherSchema) }

func readyNoticesAnotherSchema(t *testing.T, where string) {
	db := openIn(t, where, Options{})
	if err := db.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, sqldb.UpsertSchema, []byte(strconv.Itoa(db.SchemaVersion()+1)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Ready(t.Context()); order.KindOf(err) != order.Unavailable {
		t.Errorf("Ready gave %v", err)
	}
}

func TestFolderServesOneProcess(t *testing.T) {
	dir := t.TempDir()
	db, admin := openIn(t, dir, Options{}), openIn(t, dir, Options{})
	release, err := db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	_, err = admin.Lock()
	if order.CodeOf(err) != "store-locked" || !strings.Contains(err.Error(), "process "+strconv.Itoa(os.Getpid())) {
		t.Errorf("the second lock gave %v", err)
	}
	wantMode(t, dir+"/"+sqldb.LockName, 0o600)
	if err := admin.AddParty(t.Context(), order.Party{ID: "1", Name: "N", Scheme: "NBSN"}); err != nil {
		t.Errorf("administration without the lock: %v", err)
	}
	release()
	again, err := admin.Lock()
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestLogIsMovedAndCut(t *testing.T) {
	db := openIn(t, t.TempDir(), Options{})
	for i := range 20 {
		addOrder(t, db, strconv.Itoa(i))
	}
	log := func() int64 {
		info, err := os.Stat(db.Path() + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := log()
	left, err := db.engine.Checkpoint(t.Context(), checkpointerOf(db).Conn, "PASSIVE")
	if err != nil || left == 0 || left > before {
		t.Errorf("the log has %d of %d bytes after PASSIVE, %v", left, before, err)
	}
	left, err = db.engine.Checkpoint(t.Context(), checkpointerOf(db).Conn, "TRUNCATE")
	if err != nil || left != 0 || log() != 0 {
		t.Errorf("the log has %d bytes after TRUNCATE, the file %d, %v", left, log(), err)
	}
	checkpointerOf(db).Checkpoint(t.Context())
}
