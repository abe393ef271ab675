//go:build all

package chaos

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	_ "github.com/mattn/go-sqlite3" // integrity_check is asked beside the store

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// Every acknowledged order is looked for. Its history and its document are
// read for the newest, which are at risk, and for some of the older ones.
const (
	newestRead = 24
	olderRead  = 16
)

// finding is what is wrong with a store; an empty one is good.
type finding struct {
	lost   []string // acknowledged, and not there as they should be
	damage string   // the store cannot be opened, or is not sound
}

func (f finding) bad() bool { return len(f.lost) > 0 || f.damage != "" }

// examine opens the store in dir and looks for what was acknowledged.
func examine(ctx context.Context, dir string, acks []acked) (f finding) {
	db, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return finding{damage: err.Error()}
	}
	defer db.Close()
	if f.damage = soundness(ctx, db.Path()); f.damage != "" {
		return f
	}
	ids, err := listed(ctx, db)
	if err != nil {
		return finding{damage: err.Error()}
	}
	for _, a := range acks {
		if got := ids[a.number]; len(got) != 1 || got[0] != order.ID(a.id) {
			f.lost = append(f.lost, fmt.Sprintf("order %s was acknowledged as %s and is listed as %v", a.number, a.id, got))
		}
	}
	for _, a := range someOf(acks) {
		if len(ids[a.number]) != 1 {
			continue
		}
		if err := whole(ctx, db, a); err != nil {
			f.lost = append(f.lost, err.Error())
		}
	}
	return f
}

func soundness(ctx context.Context, path string) string {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		return err.Error()
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&verdict); err != nil {
		return err.Error()
	}
	var dangling int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&dangling); err != nil {
		return err.Error()
	}
	if verdict != "ok" || dangling > 0 {
		return fmt.Sprintf("integrity_check says %s; %d rows refer to nothing", verdict, dangling)
	}
	return ""
}

// listed returns the ids under each number, as the sender's list has them.
func listed(ctx context.Context, db *store.DB) (map[string][]order.ID, error) {
	ids := map[string][]order.ID{}
	q := order.Query{Party: harness.Sender, Mode: order.SentByMe, Limit: order.MaxPage}
	for more := true; more; {
		p, err := db.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, it := range p.Items {
			ids[it.Number] = append(ids[it.Number], it.ID)
		}
		q.After, more = p.Next, p.More
	}
	return ids, nil
}

// stored returns those of the numbers that the store in dir has.
func stored(t *testing.T, dir string, numbers map[string]bool) (found []string) {
	t.Helper()
	db, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ids, err := listed(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for number := range numbers {
		if len(ids[number]) > 0 {
			found = append(found, number)
		}
	}
	return found
}

func someOf(acks []acked) []acked {
	if len(acks) <= newestRead+olderRead {
		return acks
	}
	old := len(acks) - newestRead
	some := append([]acked(nil), acks[old:]...)
	for range olderRead {
		some = append(some, acks[rand.IntN(old)])
	}
	return some
}

// whole demands that an order has its event once and its document as sent.
func whole(ctx context.Context, db *store.DB, a acked) error {
	events, err := db.History(ctx, harness.Sender, order.ID(a.id))
	if err != nil {
		return fmt.Errorf("history of %s: %w", a.number, err)
	}
	received := 0
	for _, e := range events {
		if e.Kind == order.EventReceived {
			received++
		}
	}
	doc, err := db.Document(ctx, harness.Sender, order.ID(a.id))
	if err != nil {
		return fmt.Errorf("document of %s: %w", a.number, err)
	}
	if received != 1 || !bytes.Equal(doc.Body, bodyOf(a.number)) {
		return fmt.Errorf("order %s was received %d times and has %d bytes, %d were sent", a.number, received, len(doc.Body), len(bodyOf(a.number)))
	}
	return nil
}
