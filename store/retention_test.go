package store

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

const aDay = 24 * time.Hour

// finish routes an order and delivers all of its lines.
func finish(t testing.TB, db *DB, id order.ID) {
	t.Helper()
	route(t, db, id)
	_, err := db.Update(t.Context(), id, func(o *order.Order) ([]order.Event, error) {
		for i := range o.Lines {
			o.Lines[i].Status = order.Fulfilled
		}
		o.Status = order.Fulfilled
		return []order.Event{{Kind: order.EventMarked, To: order.Fulfilled, Party: seller, Actor: "per", Via: "token", Text: "sendt"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rowsOf counts what is stored of an order in each table.
func rowsOf(t *testing.T, db *DB, id order.ID) map[string]int {
	t.Helper()
	counts := map[string]int{}
	err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		for table, query := range map[string]string{
			"orders":    `SELECT count(*) FROM orders WHERE id = $1`,
			"lines":     `SELECT count(*) FROM lines JOIN orders ON n = order_n WHERE id = $1`,
			"documents": `SELECT count(*) FROM documents JOIN orders ON n = order_n WHERE id = $1`,
			"events":    `SELECT count(*) FROM events JOIN orders ON n = order_n WHERE id = $1`,
			"listing":   `SELECT count(*) FROM listing l JOIN orders ON n = order_n WHERE orders.id = $1`,
			"damages":   `SELECT count(*) FROM damages JOIN orders ON n = order_n WHERE id = $1`,
			"feed":      `SELECT count(*) FROM feed JOIN orders ON n = order_n WHERE id = $1`,
		} {
			var n int
			if _, err := c.Get(ctx, query, []any{string(id)}, &n); err != nil {
				return err
			}
			counts[table] = n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func TestRetiredOrderLeavesASkeleton(t *testing.T) { onEach(t, retiredOrderLeavesASkeleton) }

func retiredOrderLeavesASkeleton(t *testing.T, where string) {
	clock := clockAt(noon)
	db := openIn(t, where, Options{Now: clock.now})
	o := addOrder(t, db, "A-1")
	finish(t, db, o.ID)
	statement(t, db, `UPDATE orders SET subject = 'user-17', facts = '{"deviceId":"D-1"}', findings = '[{"code":"invisible","message":"x"}]'`)
	statement(t, db, `INSERT INTO damages (order_n, found, text) SELECT n, 1, 'x' FROM orders`)
	heads := [2]int64{headOf(t, db, buyer), headOf(t, db, seller)}
	clock.advance(10 * aDay)
	young := addOrder(t, db, "A-2")
	if next, n, err := db.RetireOrders(t.Context(), clock.now().Add(-aDay), 0, 10); err != nil || n != 1 || next != clock.now().Add(-aDay).UnixMicro() {
		t.Fatalf("%d retired, next %d, %v", n, next, err)
	}
	want := map[string]int{"orders": 1, "lines": 0, "documents": 0, "events": 0, "listing": 0, "damages": 0, "feed": 5}
	if got := rowsOf(t, db, o.ID); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stored are %v, want %v", got, want)
	}
	if now := [2]int64{headOf(t, db, buyer) - 1, headOf(t, db, seller)}; now != heads {
		t.Errorf("heads were %v and are %v", heads, now)
	}
	stored, added, err := db.Add(t.Context(), newOrder("A-1"), order.NewDocument("application/xml", body), order.Event{Kind: order.EventReceived})
	if err != nil || added || stored.ID != o.ID || !stored.Purged.Equal(clock.now()) || stored.Status != order.Fulfilled || stored.Seller != seller || !stored.Created.Equal(o.Created) {
		t.Errorf("its number again gave %v, %+v, %v", added, stored, err)
	}
	if len(stored.Lines) != 0 || len(stored.Attributes) != 0 || stored.CustomerRef != "" || stored.Routing != "" || len(stored.Header.Buyer.Names) != 0 || len(stored.Findings) != 0 {
		t.Errorf("content is left: %+v", stored)
	}
	for _, q := range []order.FindQuery{{}, {Number: "A-1"}, {Text: "A-1"}} {
		q.Sender, q.Source, q.Limit = o.Sender, o.Source, 10
		if found, _, err := db.Find(t.Context(), q); err != nil || slices.ContainsFunc(found, func(f order.Order) bool { return f.ID == o.ID }) {
			t.Errorf("%+v found the retired order, %v", q, err)
		}
	}
	page, err := db.List(t.Context(), order.Query{Party: buyer, Mode: order.All, Limit: 10})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != young.ID {
		t.Errorf("listed are %+v, %v", page.Items, err)
	}
	_, err = db.Update(t.Context(), o.ID, func(*order.Order) ([]order.Event, error) {
		t.Error("a rule ran on a retired order")
		return nil, nil
	})
	if order.KindOf(err) != order.Gone {
		t.Errorf("Update gave %v", err)
	}
}

// statement executes one statement on the store's database.
func statement(t testing.TB, db *DB, query string, args ...any) {
	t.Helper()
	err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func headOf(t *testing.T, db *DB, p order.PartyID) int64 {
	t.Helper()
	n, err := db.Head(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// isRetired asks the order's row.
func isRetired(t *testing.T, db *DB, id order.ID) bool {
	t.Helper()
	_, err := db.Order(t.Context(), buyer, id)
	if err != nil && order.KindOf(err) != order.Gone {
		t.Fatal(err)
	}
	return err != nil
}

func TestRetiringGoesOnWhereItWas(t *testing.T) { onEach(t, retiringGoesOnWhereItWas) }

func retiringGoesOnWhereItWas(t *testing.T, where string) {
	clock := clockAt(noon)
	db := openIn(t, where, Options{Now: clock.now})
	var ids []order.ID
	for i := range 7 {
		ids = append(ids, addOrder(t, db, fmt.Sprintf("A-%d", i)).ID)
		if i == 2 {
			route(t, db, ids[i]) // and never answered
		} else {
			finish(t, db, ids[i])
		}
	}
	// Orders of different parties can be changed in the same instant.
	statement(t, db, `UPDATE orders SET updated = (SELECT updated FROM orders WHERE id = $1) WHERE id IN ($2, $3)`, string(ids[3]), string(ids[4]), string(ids[5]))
	clock.advance(10 * aDay)
	before, place, batches := clock.now(), int64(0), []int(nil)
	for place < before.UnixMicro() {
		next, n, err := db.RetireOrders(t.Context(), before, place, 2)
		if err != nil || next <= place {
			t.Fatalf("from %d to %d, %v", place, next, err)
		}
		place, batches = next, append(batches, n)
	}
	if got := fmt.Sprint(batches); got != "[2 3 1]" {
		t.Errorf("batches of %s, want the first two, three of one instant beside the open one, and the last", got)
	}
	for i, id := range ids {
		if got := isRetired(t, db, id); got != (i != 2) {
			t.Errorf("order %d is retired: %v", i, got)
		}
	}
	// The open one is finished at last: it comes again when its time is over.
	finish(t, db, ids[2])
	if _, n, err := db.RetireOrders(t.Context(), clock.now(), place, 2); err != nil || n != 0 {
		t.Errorf("%d retired before their time, %v", n, err)
	}
	clock.advance(10 * aDay)
	if _, n, err := db.RetireOrders(t.Context(), clock.now(), place, 2); err != nil || n != 1 || !isRetired(t, db, ids[2]) {
		t.Errorf("%d retired, %v", n, err)
	}
}

func TestDroppedDocumentLeavesItsDigest(t *testing.T) { onEach(t, droppedDocumentLeavesItsDigest) }

func droppedDocumentLeavesItsDigest(t *testing.T, where string) {
	clock := clockAt(noon)
	db := openIn(t, where, Options{Now: clock.now})
	done, open := addOrder(t, db, "A-1"), addOrder(t, db, "A-2")
	finish(t, db, done.ID)
	whole, err := db.Document(t.Context(), buyer, done.ID)
	if err != nil {
		t.Fatal(err)
	}
	statement(t, db, `INSERT INTO damages (order_n, found, text) SELECT n, 1, 'x' FROM orders WHERE id = $1`, string(done.ID))
	clock.advance(10 * aDay)
	for want := 1; want >= 0; want-- {
		if _, n, err := db.DropDocuments(t.Context(), clock.now(), 0, 10); err != nil || n != want {
			t.Fatalf("%d dropped, %v, want %d", n, err, want)
		}
	}
	doc, err := db.Document(t.Context(), buyer, done.ID)
	if order.KindOf(err) != order.Gone || order.CodeOf(err) != "document-expired" || doc.SHA256 != whole.SHA256 || len(doc.Body) != 0 {
		t.Errorf("the dropped document gave %v, digest %x", err, doc.SHA256)
	}
	if has, err := db.HasDocument(t.Context(), buyer, done.ID); has || err != nil {
		t.Errorf("the dropped document is there: %t, %v", has, err)
	}
	if size := fmt.Sprintf("%d bytes with sha256 %x", len(whole.Body), whole.SHA256); err != nil && !strings.Contains(err.Error(), size) {
		t.Errorf("%q does not say %q", err, size)
	}
	if o, err := db.Order(t.Context(), seller, done.ID); err != nil || len(o.Lines) != 5 {
		t.Errorf("the order: %d lines, %v", len(o.Lines), err)
	}
	if rows := rowsOf(t, db, done.ID); rows["damages"] != 0 || rows["documents"] != 1 {
		t.Errorf("rows %v", rows)
	}
	if _, err := db.Document(t.Context(), buyer, open.ID); err != nil {
		t.Errorf("the document of an order that is not finished: %v", err)
	}
	if _, err := db.Update(t.Context(), done.ID, func(*order.Order) ([]order.Event, error) {
		return []order.Event{{Kind: order.EventErased}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Document(t.Context(), buyer, done.ID); order.CodeOf(err) != "document-erased" {
		t.Errorf("after the order was erased too: %v", err)
	}
}

func TestJobsOfRetention(t *testing.T) { onEach(t, jobsOfRetention) }

func jobsOfRetention(t *testing.T, where string) {
	clock := clockAt(noon)
	var log bytes.Buffer
	db := openIn(t, where, Options{Now: clock.now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	const orders = 2*retentionBatch + 1
	for i := range orders {
		finish(t, db, addOrder(t, db, fmt.Sprintf("A-%d", i)).ID)
	}
	addOrder(t, db, "open")
	place := func(job string, do func(context.Context, int64) (int64, error)) {
		t.Helper()
		var at int64
		if err := db.read(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			_, err := c.Get(ctx, `SELECT place FROM chores WHERE name = $1`, []any{job}, &at)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		next, err := do(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		statement(t, db, `INSERT INTO chores (name, holder, lease, done, place) VALUES ($1, '', 0, 0, $2)
			ON CONFLICT (name) DO UPDATE SET place = excluded.place`, job, next)
	}
	for day := range 5 {
		if day > 0 {
			clock.advance(aDay)
		}
		place(DropJob, db.Dropping(2*aDay-time.Hour))
		place(RetireJob, db.Retiring(4*aDay-time.Hour))
		place(LeftoverJob, db.Leftovers(4*aDay-time.Hour))
		said := log.String()
		log.Reset()
		for says, on := range map[string]bool{
			fmt.Sprintf("the documents of old orders were taken out of keeping\" orders=%d", orders): day == 2,
			fmt.Sprintf("old orders were taken out of keeping\" orders=%d", orders):                  day == 2 || day == 4,
			"old orders are retained because they are not finished\" orders=1":                       day == 4,
		} {
			if got := strings.Contains(said, says); got != on {
				t.Errorf("day %d: %q is said: %v, want %v\n%s", day, says, got, on, said)
			}
		}
	}
}

// TestEventsAreGuarded tries by hand what only an erasure or a retirement may.
func TestEventsAreGuarded(t *testing.T) { onEach(t, eventsAreGuarded) }

func eventsAreGuarded(t *testing.T, where string) {
	db := withParties(t, where)
	o := addOrder(t, db, "A-1")
	erased := addOrder(t, db, "A-2")
	if _, err := db.Update(t.Context(), erased.ID, func(*order.Order) ([]order.Event, error) {
		return []order.Event{{Kind: order.EventErased, Text: "case 7"}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	const one = ` WHERE order_n = (SELECT n FROM orders WHERE id = $1)`
	for id, queries := range map[order.ID][]string{
		o.ID: {`UPDATE events SET text = ''` + one, `UPDATE events SET actor = ''` + one, `DELETE FROM events` + one},
		erased.ID: {`UPDATE events SET text = 'other'` + one, `UPDATE events SET kind = 'marked'` + one, `UPDATE events SET party = ''` + one,
			`UPDATE events SET at = 1` + one, `DELETE FROM events` + one},
	} {
		for _, q := range queries {
			err := db.write(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
				_, err := c.Exec(ctx, q, string(id))
				return err
			})
			if err == nil {
				t.Errorf("%s was done", q)
			}
		}
	}
}
