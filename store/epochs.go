package store

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

const (
	selectEpoch = `SELECT id FROM epochs WHERE ended = 0`
	// The index on ended lets one epoch live at a time.
	insertEpoch = `INSERT INTO epochs (id, began, ended) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING`
	selectEnded = `SELECT ended FROM epochs WHERE id = $1`

	selectFirstEpoch  = `SELECT id FROM epochs ORDER BY began, id LIMIT 1`
	selectNewestEpoch = `SELECT began FROM epochs ORDER BY began DESC LIMIT 1`

	endEpoch         = `UPDATE epochs SET ended = $1 WHERE ended = 0`
	insertEpochHeads = `INSERT INTO epoch_heads (epoch, party, seq) SELECT e.id, h.party, h.seq
		FROM epochs e CROSS JOIN heads h WHERE e.ended = 0`
	selectEpochHead = `SELECT seq FROM epoch_heads WHERE epoch = $1 AND party = $2`
)

// epochSize is 40 random bits as text: a store has few epochs in its life, and
// the name stands in every cursor.
const epochSize = 8

func newEpochID() string { return strings.ToLower(rand.Text()[:epochSize]) }

// findEpoch reads the epoch that the store is in, and begins the first.
func (db *DB) findEpoch(ctx context.Context) (epoch string, err error) {
	look := func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Get(ctx, selectEpoch, nil, &epoch)
		return err
	}
	if err := db.read(ctx, look); err != nil || epoch != "" {
		return epoch, err
	}
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := beginEpoch(ctx, c, db.now()); err != nil {
			return err
		}
		return look(ctx, c)
	})
	return epoch, err
}

// beginEpoch begins an epoch where none goes on. It begins behind the others
// even when the clock was set back, so that the first stays the first.
func beginEpoch(ctx context.Context, c *sqldb.Conn, now time.Time) error {
	var newest int64
	if _, err := c.Get(ctx, selectNewestEpoch, nil, &newest); err != nil {
		return err
	}
	_, err := c.Exec(ctx, insertEpoch, newEpochID(), max(sqldb.Micros(now), newest+1))
	return err
}

// newEpoch ends the epoch of a store that was just restored, with the heads as
// they are, and begins the next. A backup of an older schema has no epoch, and
// gets its first.
func newEpoch(ctx context.Context, c *sqldb.Conn, now time.Time) error {
	if err := beginEpoch(ctx, c, now); err != nil { // does nothing where one goes on
		return err
	}
	if _, err := c.Exec(ctx, insertEpochHeads); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, endEpoch, sqldb.Micros(now)); err != nil {
		return err
	}
	return beginEpoch(ctx, c, now)
}

// Epoch names the life that the store is in; see [order.Store]. It was read
// when the store was opened, and is read again with every heartbeat of the
// replica: a restore goes into an empty place, but the place may be a database
// that was emptied behind a process that went on serving it.
func (db *DB) Epoch(context.Context) (string, error) { return *db.epoch.Load(), nil }

// renewEpoch takes note of the epoch that c's store is in.
func (db *DB) renewEpoch(ctx context.Context, c *sqldb.Conn) error {
	var epoch string
	if found, err := c.Get(ctx, selectEpoch, nil, &epoch); err != nil || !found {
		return err
	}
	if last := *db.epoch.Swap(&epoch); last != epoch {
		db.log.WarnContext(ctx, "the store was restored while this process served it", "epoch", epoch, "before", last)
	}
	return nil
}

// Since returns how far the store has what was numbered in an epoch; see
// [order.Store]. Heads only rise while a store lives and through every restore
// of it, so what was the head at the end of an epoch is here at least.
func (db *DB) Since(ctx context.Context, party order.PartyID, epoch string) (through int64, known bool, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if epoch == "" {
			if _, err := c.Get(ctx, selectFirstEpoch, nil, &epoch); err != nil {
				return err
			}
		}
		var ended int64
		if known, err = c.Get(ctx, selectEnded, []any{epoch}, &ended); err != nil || !known {
			return err
		}
		if ended == 0 {
			_, err = c.Get(ctx, selectHead, []any{string(party)}, &through)
			return err
		}
		_, err = c.Get(ctx, selectEpochHead, []any{epoch, string(party)}, &through)
		return err
	})
	return through, known, err
}
