package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// Bounds of scrubbing. Disks lose bits without a word, and a document that
// is not requested would show it only when every backup holds the loss as well.
const (
	// scrubEvery and scrubSlices make a whole pass over all documents take a
	// week: younger than the backups that people keep.
	scrubEvery  = time.Hour
	scrubSlices = 7 * 24

	// scrubRate is how many documents a slice checks in a second at most: a
	// few per cent of one core, and no more of the disk.
	scrubRate = 200

	// scrubLeast and scrubMost are how many documents a slice has: a small
	// store is checked whole every hour, and a slice of a large one, which
	// then takes longer than a week, ends well within its lease.
	scrubLeast = 1000
	scrubMost  = 100_000
	scrubLease = 20 * time.Minute

	// scrubBatch is how many orders are looked up at once. Their documents
	// are read one by one, for each may have megabytes.
	scrubBatch = 200
)

const (
	selectLastDocument = `SELECT order_n FROM documents ORDER BY order_n DESC LIMIT 1`
	selectDocuments    = `SELECT order_n FROM documents WHERE order_n > $1 AND order_n <= $2 ORDER BY order_n LIMIT $3`
	selectPacked       = `SELECT media_type, sha256, size, body FROM documents WHERE order_n = $1 AND dropped = 0`
)

// Scrub reads every stored document and checks that it is what came in. What
// is damaged is put on the list of damages, what is whole again taken off it.
// progress may be nil; it is called with the number, inside the store, of the last
// order checked and of the last one there is.
func (db *DB) Scrub(ctx context.Context, progress func(done, of int64)) (checked int64, damaged []CorruptDocument,
	err error) {
	last, err := db.lastDocument(ctx)
	if err != nil {
		return 0, nil, err
	}
	s, err := db.newScrub(ctx, last)
	if err != nil {
		return 0, nil, err
	}
	for more := true; more; {
		if more, err = s.batch(ctx, scrubBatch); err != nil {
			return s.checked, nil, fmt.Errorf("check the stored documents: %w", err)
		}
		if progress != nil && last > 0 {
			progress(s.place, last)
		}
	}
	damaged, err = db.CorruptDocuments(ctx)
	return s.checked, damaged, err
}

// scrubSlice checks the documents behind place, as many as belong to an hour,
// and returns where the next slice begins.
func (db *DB) scrubSlice(ctx context.Context, place int64) (next int64, err error) {
	last, err := db.lastDocument(ctx)
	if err != nil {
		return place, err
	}
	s, err := db.newScrub(ctx, last)
	if err != nil {
		return place, err
	}
	tick := time.NewTicker(time.Second / scrubRate)
	defer tick.Stop()
	s.place, s.pace = place, tick.C
	for left := sliceOf(last); left > 0; left -= scrubBatch {
		more, err := s.batch(ctx, min(left, scrubBatch))
		if err != nil {
			return place, err
		}
		if !more {
			return 0, nil
		}
	}
	return s.place, nil
}

// sliceOf is how many documents an hour has to check when the last order with
// one has this number: at least as many as there are, so no pass takes longer.
func sliceOf(last int64) int64 {
	return min(max(last/scrubSlices+1, scrubLeast), scrubMost)
}

func (db *DB) lastDocument(ctx context.Context) (last int64, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, selectLastDocument, nil, &last)
		return err
	})
	return last, err
}

// scrub is one walk over the documents.
type scrub struct {
	db      *DB
	last    int64            // where it ends
	place   int64            // the order whose document was checked last
	checked int64            // how many were
	known   map[int64]bool   // the damages that are on the list
	pace    <-chan time.Time // lets one document pass each time; nil lets all
}

func (db *DB) newScrub(ctx context.Context, last int64) (*scrub, error) {
	known, err := db.knownCorrupt(ctx)
	if err == nil && len(known) > 0 {
		err = db.removeGone(ctx)
	}
	return &scrub{db: db, last: last, known: known}, err
}

// batch checks the next documents; more is false at the end.
func (s *scrub) batch(ctx context.Context, most int64) (more bool, err error) {
	var orders []int64
	err = s.db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		orders = nil
		var n int64
		return c.Each(ctx, selectDocuments, []any{s.place, s.last, most}, []any{&n},
			func() { orders = append(orders, n) })
	})
	if err != nil {
		return false, err
	}
	for _, n := range orders {
		if err := s.wait(ctx); err != nil {
			return false, err
		}
		if err := s.document(ctx, n); err != nil {
			return false, err
		}
		s.place = n
	}
	return int64(len(orders)) == most, nil
}

// wait holds the walk to its pace.
func (s *scrub) wait(ctx context.Context) error {
	if s.pace == nil {
		return ctx.Err()
	}
	select {
	case <-s.pace:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// document checks one document and brings the list of damages up to date.
func (s *scrub) document(ctx context.Context, n int64) error {
	found, damage, err := s.db.examine(ctx, n)
	if err != nil || !found {
		return err
	}
	s.checked++
	switch {
	case damage == nil && s.known[n]:
		return s.db.unmarkCorrupt(ctx, n)
	case damage == nil || s.known[n]:
		return nil
	}
	d, isNew, err := s.db.markCorrupt(ctx, n, order.Truncate(damage.Error()))
	if err == nil && isNew {
		s.db.log.ErrorContext(ctx, "a stored document is damaged; restore it from a backup",
			"order", d.Order, "sender", d.Sender, "number", d.Number, "damage", d.Text)
	}
	return err
}

// examine reads one document; found is false when there is none any more. What
// the database itself cannot read for damage is as damaged as what reads wrong.
func (db *DB) examine(ctx context.Context, n int64) (found bool, damage, err error) {
	var k storedDocument
	var digest []byte
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		found, err = c.Get(ctx, selectPacked, []any{n}, &k.mediaType, &digest, &k.size, &k.body)
		return err
	})
	switch {
	case err != nil && db.engine.Broken(err):
		return true, err, nil
	case err != nil || !found:
		return false, nil, err
	case len(digest) != sha256.Size:
		return true, fmt.Errorf("its digest has %d bytes", len(digest)), nil
	}
	copy(k.sha256[:], digest)
	_, damage = k.decompress()
	return true, damage, nil
}

// CorruptDocument is a stored document whose bytes are not those that came in. It is
// never served.
type CorruptDocument struct {
	Order  order.ID      `json:"order"`
	Sender order.PartyID `json:"sender"`
	Number string        `json:"number"`
	Found  time.Time     `json:"found"`
	Text   string        `json:"text"` // what is wrong with it
}

const (
	selectCorrupt = `SELECT o.id, o.sender, o.number, d.found, d.text FROM damages d JOIN orders o ON o.n = d.order_n
		ORDER BY d.order_n`
	selectCorruptN = `SELECT order_n FROM damages`
	selectIdentity = `SELECT id, sender, number FROM orders WHERE n = $1`
	insertCorrupt  = `INSERT INTO damages (order_n, found, text) VALUES ($1, $2, $3) ON CONFLICT (order_n) DO NOTHING`
	deleteCorrupt  = `DELETE FROM damages WHERE order_n = $1`
	// A document that was taken out of keeping cannot be damaged.
	deleteGone = `DELETE FROM damages WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.order_n = damages.order_n
		AND d.dropped = 0)`
)

// CorruptDocuments lists the documents that were found damaged and not repaired since,
// by the age of their orders.
func (db *DB) CorruptDocuments(ctx context.Context) (damages []CorruptDocument, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		damages = nil
		var d CorruptDocument
		var found int64
		dest := []any{&d.Order, &d.Sender, &d.Number, &found, &d.Text}
		return c.Each(ctx, selectCorrupt, nil, dest, func() {
			d.Found = sqldb.FromMicros(found)
			damages = append(damages, d)
		})
	})
	return damages, err
}

// knownCorrupt returns the orders whose documents are on the list.
func (db *DB) knownCorrupt(ctx context.Context) (known map[int64]bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		known = map[int64]bool{}
		var n int64
		return c.Each(ctx, selectCorruptN, nil, []any{&n}, func() { known[n] = true })
	})
	return known, err
}

// markCorrupt puts a document on the list; isNew is false when it stood there
// already, or its order has been taken out of keeping meanwhile.
func (db *DB) markCorrupt(ctx context.Context, n int64, text string) (d CorruptDocument, isNew bool, err error) {
	d.Found, d.Text = db.now(), text
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		found, err := c.Get(ctx, selectIdentity, []any{n}, &d.Order, &d.Sender, &d.Number)
		if err != nil || !found {
			return err
		}
		added, err := c.Exec(ctx, insertCorrupt, n, sqldb.Micros(d.Found), d.Text)
		isNew = added > 0
		return err
	})
	return d, isNew, err
}

// unmarkCorrupt takes a document off the list that is whole again.
func (db *DB) unmarkCorrupt(ctx context.Context, n int64) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, deleteCorrupt, n)
		return err
	})
}

// removeGone takes documents off the list that are no longer stored.
func (db *DB) removeGone(ctx context.Context) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, deleteGone)
		return err
	})
}
