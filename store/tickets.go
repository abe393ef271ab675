package store

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	upsertTicket = `INSERT INTO tickets (digest, kind, party, holder, created, expires) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (digest) DO UPDATE SET expires = excluded.expires`
	// The new ticket itself is never among those that go, whatever its time.
	dropOldTickets = `DELETE FROM tickets WHERE digest IN (SELECT digest FROM tickets
		WHERE kind = $1 AND holder = $2 AND digest <> $3 ORDER BY created DESC, digest LIMIT 1000000 OFFSET $4)`
	ticketColumns = `digest, kind, party, holder, created, expires`
	selectTicket  = `SELECT ` + ticketColumns + ` FROM tickets WHERE digest = $1`
	selectTickets = `SELECT ` + ticketColumns + ` FROM tickets
		WHERE digest IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
	deleteTicket  = `DELETE FROM tickets WHERE digest = $1`
	deleteOf      = `DELETE FROM tickets WHERE kind = $1 AND holder = $2`
	deleteExpired = `DELETE FROM tickets WHERE expires < $1`
)

// ticketRow is a row of tickets. created and expires are in running time.
type ticketRow struct {
	auth.Ticket
	digest           []byte
	created, expires int64
}

func (r *ticketRow) dest() []any {
	return []any{&r.digest, &r.Kind, &r.Party, &r.Holder, &r.created, &r.expires}
}

func (r *ticketRow) ticket(f frame) auth.Ticket {
	t := r.Ticket
	copy(t.Digest[:], r.digest)
	t.Created, t.Expires = f.clock(r.created), f.clock(r.expires)
	return t
}

// AddTicket keeps a ticket and drops the holder's oldest; see [auth.Store].
func (db *DB) AddTicket(ctx context.Context, t auth.Ticket, most int) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		created := db.running.ofNow(t.Created)
		expires := created + t.Expires.Sub(t.Created).Microseconds()
		_, err := c.exec(ctx, upsertTicket, t.Digest[:], string(t.Kind), string(t.Party), t.Holder, created, expires)
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, dropOldTickets, string(t.Kind), t.Holder, t.Digest[:], max(most-1, 0))
		return err
	})
}

// Ticket gives a ticket by its digest; see [auth.Store].
func (db *DB) Ticket(ctx context.Context, digest [sha256.Size]byte) (t auth.Ticket, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		var r ticketRow
		found, err := c.get(ctx, selectTicket, []any{digest[:]}, r.dest()...)
		if err == nil && !found {
			return noTicket()
		}
		if err == nil {
			t = r.ticket(db.running.frame())
		}
		return err
	})
	return t, err
}

// ticketsAtOnce is how many digests selectTickets looks for. Where there are fewer,
// the last one stands for the rest.
const ticketsAtOnce = 16

// Tickets returns tickets by their digests; see [auth.Store].
func (db *DB) Tickets(ctx context.Context, digests [][sha256.Size]byte) (tickets map[[sha256.Size]byte]auth.Ticket, err error) {
	err = db.read(ctx, func(ctx context.Context, c *conn) error {
		tickets = map[[sha256.Size]byte]auth.Ticket{}
		f := db.running.frame()
		for some := range slices.Chunk(digests, ticketsAtOnce) {
			args := make([]any, ticketsAtOnce)
			for i := range args {
				args[i] = some[min(i, len(some)-1)][:]
			}
			var r ticketRow
			if err := c.each(ctx, selectTickets, args, r.dest(), func() {
				t := r.ticket(f)
				tickets[t.Digest] = t
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return tickets, err
}

func noTicket() *order.Error {
	return order.Errorf(order.NotFound, "ticket-not-found", "There is no such ticket or token.")
}

// DeleteTicket ends a ticket; see [auth.Store].
func (db *DB) DeleteTicket(ctx context.Context, digest [sha256.Size]byte) error {
	return db.write(ctx, func(ctx context.Context, c *conn) error {
		n, err := c.exec(ctx, deleteTicket, digest[:])
		if err == nil && n == 0 {
			return noTicket()
		}
		return err
	})
}

// EndTickets ends all tickets of one holder; see [auth.Store].
func (db *DB) EndTickets(ctx context.Context, kind auth.Kind, holder string) (ended int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		ended, err = endTickets(ctx, c, kind, holder)
		return err
	})
	return ended, err
}

func endTickets(ctx context.Context, c *conn, kind auth.Kind, holder string) (ended int64, err error) {
	return c.exec(ctx, deleteOf, string(kind), holder)
}

// DeleteExpired drops the tickets that have ended; see [auth.Store].
func (db *DB) DeleteExpired(ctx context.Context, before time.Time) (dropped int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *conn) (err error) {
		dropped, err = c.exec(ctx, deleteExpired, db.running.of(before))
		return err
	})
	return dropped, err
}
