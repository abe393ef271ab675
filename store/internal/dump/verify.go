package dump

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// CodeDamaged is the code of a backup in which faults were found.
const CodeDamaged = "backup-damaged"

// Verify reads a backup in full and compares it with its manifest: the
// soundness of the database, every row, every document against the digest that
// it came in with, and what holds between the tables of a store. Nothing is
// written. The error of a backup with faults names each of them.
func Verify(ctx context.Context, file string, progress Progress, of Content) (Manifest, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return Manifest{}, notBackup(file, "its folder is not known", err)
	}
	return verifyFile(ctx, path, file, progress, of)
}

// verifyFile verifies the file at path and speaks of it as name.
func verifyFile(ctx context.Context, path, name string, progress Progress, of Content) (Manifest, error) {
	c, m, err := openBackup(ctx, path, name)
	if err != nil {
		return m, err
	}
	defer c.Close()
	v := &verifier{conn: c, manifest: m, progress: progress, checkDocument: of.CheckDocument}
	for _, check := range []func(context.Context){v.sound, v.references, v.complete, v.content, v.documents, v.feeds,
		v.orders, v.lists} {
		check(ctx)
		if err := ctx.Err(); err != nil {
			return m, err
		}
	}
	return m, v.verdict(name)
}

// mostFaults is how many faults are listed one by one: a damaged page shows in
// many places, and a screen holds no more.
const mostFaults = 20

// errDamagedBackup is the error of a backup with faults, each a whole sentence.
func errDamagedBackup(name string, faults []string) error {
	e := order.Errorf(order.Internal, CodeDamaged, "The backup %s cannot be trusted; faults found: %d.", name,
		len(faults)).
		WithHint("Use another backup; bookgate backup list shows which were verified.")
	for i, f := range faults {
		if i == mostFaults {
			break
		}
		e = e.WithField(order.Field{Message: f})
	}
	return e
}

// verifier gathers the faults of one backup.
type verifier struct {
	conn     *sqldb.Conn
	manifest Manifest
	progress Progress
	faults   []string

	checkDocument func(StoredDocument) error
}

func (v *verifier) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// unreadable notes that a part cannot be read at all.
func (v *verifier) unreadable(what string, err error) {
	if err != nil {
		v.fault("%s cannot be read: %v.", what, err)
	}
}

func (v *verifier) verdict(name string) error {
	if len(v.faults) == 0 {
		return nil
	}
	return errDamagedBackup(name, v.faults)
}

// sound asks SQLite whether pages, indexes and rows fit together.
func (v *verifier) sound(ctx context.Context) {
	v.progress.say("integrity")
	var word string
	err := v.conn.Each(ctx, "PRAGMA integrity_check(20)", nil, []any{&word}, func() {
		if word != "ok" {
			v.fault("The integrity check of SQLite says %q; it should say ok.", order.Truncate(word))
		}
	})
	v.unreadable("The database", err)
}

// references looks for rows that refer to a row that is not there.
func (v *verifier) references(ctx context.Context) {
	var from, to string
	var rows int64
	const query = `SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2`
	err := v.conn.Each(ctx, query, nil, []any{&from, &to, &rows}, func() {
		v.fault("Table %s has %d rows that refer to rows of %s which are not there.", from, rows, to)
	})
	v.unreadable("The references between tables", err)
}

// complete looks for columns that the manifest leaves out or has twice: their
// values would be neither compared nor restored, or restored twice.
func (v *verifier) complete(ctx context.Context) {
	listed := map[string]int{}
	for _, t := range v.manifest.Tables {
		for _, column := range t.Columns {
			listed[t.Name+"."+column]++
		}
	}
	const query = `SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`
	var table, column string
	err := v.conn.Each(ctx, query, nil, []any{&table, &column}, func() {
		if n := listed[table+"."+column]; n != 1 && IsContent(table) {
			v.fault("The manifest has the column %s of table %s %d times; it must have each once.", column, table, n)
		}
	})
	v.unreadable("The list of columns", err)
}

// content reads all rows and compares their digests with the manifest.
func (v *verifier) content(ctx context.Context) {
	of, err := v.manifest.tables()
	if err != nil {
		v.unreadable("The list of tables", err)
		return
	}
	found := v.manifest
	if err := found.describe(ctx, v.conn, of, v.progress); err != nil {
		v.unreadable("The content", err)
		return
	}
	v.compare(found)
}

func (v *verifier) compare(found Manifest) {
	want := v.manifest
	if found.Epoch != want.Epoch {
		v.fault("The epoch is %q; the manifest says %q.", order.Truncate(found.Epoch), want.Epoch)
	}
	if found.Definitions != want.Definitions {
		v.fault("The definitions of tables, indexes and triggers are not those that were backed up.")
	}
	for i, t := range want.Tables {
		switch got := found.Tables[i]; {
		case got.Rows != t.Rows:
			v.fault("Table %s has %d rows; the manifest says %d.", t.Name, got.Rows, t.Rows)
		case got.SHA256 != t.SHA256:
			v.fault("Table %s has other values than were backed up: its digest is %.12s…, the manifest says %.12s….",
				t.Name, got.SHA256, t.SHA256)
		}
	}
	if found.Documents != want.Documents {
		v.fault("The digests of the documents are not those that were backed up: %d documents with %.12s…, the "+
			"manifest says %d with %.12s….",
			found.Documents.Count, found.Documents.SHA256, want.Documents.Count, want.Documents.SHA256)
	}
	v.compareHeads(found.Heads)
}

func (v *verifier) compareHeads(found map[order.PartyID]int64) {
	for party, head := range v.manifest.Heads {
		if found[party] != head {
			v.fault("The newest change of party %s is %d; the manifest says %d.", party, found[party], head)
		}
	}
	if len(found) != len(v.manifest.Heads) {
		v.fault("There are changes of %d parties; the manifest says %d.", len(found), len(v.manifest.Heads))
	}
}

// What holds between the tables of a store at any moment. A fault here was in
// the store already when the backup was taken, for all rows are compared with
// the manifest as well.
const (
	selectRetainedDocuments = `SELECT o.id, d.media_type, d.sha256, d.size, d.body, d.dropped
		FROM documents d CROSS JOIN orders o WHERE o.n = d.order_n ORDER BY d.order_n`

	selectFeeds = `SELECT h.party, h.seq, count(f.seq), coalesce(min(f.seq), 0), coalesce(max(f.seq), 0)
		FROM heads h LEFT JOIN feed f ON f.party = h.party GROUP BY h.party, h.seq ORDER BY h.party`
	selectHeadless = `SELECT party, count(*) FROM feed WHERE party NOT IN (SELECT party FROM heads) GROUP BY party`
	countRetired   = `SELECT count(*) FROM orders WHERE retired > 0`

	selectHistories = `SELECT o.id, o.revision, count(e.number), coalesce(max(e.number), 0),
		coalesce(max(e.revision), 0)
		FROM orders o LEFT JOIN events e ON e.order_n = o.n WHERE o.retired = 0 GROUP BY o.n ORDER BY o.n`

	selectListed = `SELECT o.n, o.id, o.sender, o.buyer, o.seller, o.status, o.purpose,
		coalesce(l.party, ''), coalesce(l.side, 0)
		FROM orders o LEFT JOIN listing l ON l.order_n = o.n WHERE o.retired = 0 ORDER BY o.n, l.party`
	selectMisplaced = `SELECT party, count(*) FROM listing l WHERE NOT EXISTS
		(SELECT 1 FROM feed f WHERE f.party = l.party AND f.seq = l.seq AND f.order_n = l.order_n) GROUP BY party`
)

// documents unpacks every document and takes its digest anew.
func (v *verifier) documents(ctx context.Context) {
	v.progress.say("documents")
	var id string
	var d StoredDocument
	var digest []byte
	var dropped int64
	err := v.conn.Each(ctx, selectRetainedDocuments, nil, []any{&id, &d.MediaType, &digest, &d.Size, &d.Body, &dropped},
		func() {
			if dropped != 0 {
				return // only its size and digest are stored
			}
			if len(digest) != copy(d.SHA256[:], digest) {
				v.fault("The digest of order %s's document has %d bytes; it should have %d.", id, len(digest),
					len(d.SHA256))
				return
			}
			if err := v.checkDocument(d); err != nil {
				v.fault("The document of order %s is not the one that came in: %v.", id, err)
			}
		})
	v.unreadable("The documents", err)
}

// feeds wants the changes of every party without a hole up to its newest. They
// begin at 1, or later where orders were taken out of keeping.
func (v *verifier) feeds(ctx context.Context) {
	v.progress.say("change numbers")
	var retired int64
	if _, err := v.conn.Get(ctx, countRetired, nil, &retired); err != nil {
		v.unreadable("The orders", err)
		return
	}
	var party string
	var head, count, first, last int64
	err := v.conn.Each(ctx, selectFeeds, nil, []any{&party, &head, &count, &first, &last}, func() {
		switch {
		case last != head:
			v.fault("The changes of party %s end at %d; its newest is %d.", party, last, head)
		case first > 1 && retired == 0:
			v.fault("The changes of party %s begin at %d; they should begin at 1.", party, first)
		case count != last-first+1:
			v.fault("Of the changes %d to %d of party %s there are %d; there should be %d.", first, last, party,
				count, last-first+1)
		}
	})
	v.unreadable("The changes", err)
	err = v.conn.Each(ctx, selectHeadless, nil, []any{&party, &count}, func() {
		v.fault("Party %s has %d changes and no newest one.", party, count)
	})
	v.unreadable("The changes", err)
}

// orders wants the events of every order, without a hole and up to its
// revision.
func (v *verifier) orders(ctx context.Context) {
	v.progress.say("histories")
	var id string
	var revision, count, last, newest int64
	err := v.conn.Each(ctx, selectHistories, nil, []any{&id, &revision, &count, &last, &newest}, func() {
		switch {
		case count == 0:
			v.fault("Order %s has no events.", id)
		case count != last:
			v.fault("Order %s has %d events, the last of which is number %d.", id, count, last)
		case newest != revision:
			v.fault("The events of order %s end at revision %d; the order has revision %d.", id, newest, revision)
		}
	})
	v.unreadable("The histories", err)
}

// lists wants every order in the lists of those who see it and of no other party.
func (v *verifier) lists(ctx context.Context) {
	v.progress.say("lists")
	var r, now listedOrder
	var party string
	var side int64
	places := map[order.PartyID]order.Role{}
	dest := []any{&r.n, &r.id, &r.sender, &r.buyer, &r.seller, &r.status, &r.purpose, &party, &side}
	err := v.conn.Each(ctx, selectListed, nil, dest, func() {
		if r.n != now.n {
			v.listed(now, places)
			now = r
			clear(places)
		}
		if party != "" {
			places[order.PartyID(party)] = order.Role(side)
		}
	})
	v.listed(now, places)
	v.unreadable("The lists", err)
	err = v.conn.Each(ctx, selectMisplaced, nil, []any{&party, &side}, func() {
		v.fault("The list of party %s has %d orders in places that no change gave them.", party, side)
	})
	v.unreadable("The lists", err)
}

// listedOrder is an order as far as it decides who sees it.
type listedOrder struct {
	n                         int64
	id, sender, buyer, seller string
	status, purpose           string
}

func (r listedOrder) outline() order.Order {
	return order.Order{
		ID: order.ID(r.id), Sender: order.PartyID(r.sender), Buyer: order.PartyID(r.buyer),
		Seller: order.PartyID(r.seller),
		Status: order.Status(r.status), Header: order.Header{Purpose: order.Purpose(r.purpose)},
	}
}

// listed compares the places of one order with its audience.
func (v *verifier) listed(r listedOrder, places map[order.PartyID]order.Role) {
	if r.id == "" {
		return
	}
	o := r.outline()
	audience := o.Audience()
	for _, party := range audience {
		if want, got := o.Role(party), places[party]; got != want {
			v.fault("Order %s is on side %d of the list of party %s; it should be on side %d.", r.id, got, party, want)
		}
	}
	if len(places) > len(audience) {
		v.fault("Order %s is in the lists of %d parties; %d see it.", r.id, len(places), len(audience))
	}
}
