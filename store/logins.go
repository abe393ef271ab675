package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

const (
	userColumns = `name, party, password, created, disabled`
	upsertUser  = `INSERT INTO users (` + userColumns + `) VALUES ($1, $2, $3, $4, 0)
		ON CONFLICT (name) DO UPDATE SET party = excluded.party, password = excluded.password, disabled = 0`
	selectUser  = `SELECT ` + userColumns + ` FROM users WHERE name = $1`
	selectUsers = `SELECT ` + userColumns + ` FROM users ORDER BY party, name`
	disableUser = `UPDATE users SET disabled = CASE WHEN disabled = 0 THEN $1 ELSE disabled END
		WHERE name = $2 RETURNING ` + userColumns
	enableUser = `UPDATE users SET disabled = 0 WHERE name = $1 RETURNING ` + userColumns
	deleteUser = `DELETE FROM users WHERE name = $1`
)

// userRow is a row of users.
type userRow struct {
	auth.User
	created, disabled int64
}

func (r *userRow) dest() []any {
	return []any{&r.Name, &r.Party, &r.Password, &r.created, &r.disabled}
}

func (r *userRow) user() auth.User {
	u := r.User
	u.Created, u.Disabled = sqldb.FromMicros(r.created), sqldb.FromMicros(r.disabled)
	return u
}

// AddUser stores a user; see [auth.Store].
func (db *DB) AddUser(ctx context.Context, u auth.User) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		if err := checkParties(ctx, c, u.Party); err != nil {
			return err
		}
		if _, err := c.Exec(ctx, upsertUser, u.Name, string(u.Party), u.Password, sqldb.Micros(u.Created)); err != nil {
			return err
		}
		_, err := endTickets(ctx, c, auth.KindTicket, u.Name)
		return err
	})
}

// User returns a user by name; see [auth.Store].
func (db *DB) User(ctx context.Context, name string) (u auth.User, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		u, err = oneUser(ctx, c, name, selectUser, name)
		return err
	})
	return u, err
}

func oneUser(ctx context.Context, c *sqldb.Conn, name, query string, args ...any) (auth.User, error) {
	var r userRow
	found, err := c.Get(ctx, query, args, r.dest()...)
	if err != nil {
		return auth.User{}, err
	}
	if !found {
		return auth.User{}, noUser(name)
	}
	return r.user(), nil
}

func noUser(name string) error {
	return order.Errorf(order.NotFound, "user-not-found", "There is no user %s.", order.Truncate(name)).
		WithHint("bookgate user list shows them.")
}

// Users lists the users; see [auth.Store].
func (db *DB) Users(ctx context.Context) (users []auth.User, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		users = nil
		var r userRow
		return c.Each(ctx, selectUsers, nil, r.dest(), func() { users = append(users, r.user()) })
	})
	return users, err
}

// DisableUser ends a user's access; see [auth.Store].
func (db *DB) DisableUser(ctx context.Context, name string, now time.Time) (u auth.User, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		if u, err = oneUser(ctx, c, name, disableUser, sqldb.Micros(now), name); err != nil {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindTicket, name)
		return err
	})
	return u, err
}

// EnableUser takes a disabling back; see [auth.Store].
func (db *DB) EnableUser(ctx context.Context, name string) (u auth.User, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		u, err = oneUser(ctx, c, name, enableUser, name)
		return err
	})
	return u, err
}

// RemoveUser removes a user; see [auth.Store].
func (db *DB) RemoveUser(ctx context.Context, name string) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		n, err := c.Exec(ctx, deleteUser, name)
		if err == nil && n == 0 {
			return noUser(name)
		}
		if err != nil {
			return err
		}
		_, err = endTickets(ctx, c, auth.KindTicket, name)
		return err
	})
}

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

// AddTicket stores a ticket and drops the holder's oldest; see [auth.Store].
func (db *DB) AddTicket(ctx context.Context, t auth.Ticket, most int) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		created := db.running.ofNow(t.Created)
		expires := created + t.Expires.Sub(t.Created).Microseconds()
		_, err := c.Exec(ctx, upsertTicket, t.Digest[:], string(t.Kind), string(t.Party), t.Holder, created, expires)
		if err != nil {
			return err
		}
		_, err = c.Exec(ctx, dropOldTickets, string(t.Kind), t.Holder, t.Digest[:], max(most-1, 0))
		return err
	})
}

// Ticket returns a ticket by its digest; see [auth.Store].
func (db *DB) Ticket(ctx context.Context, digest [sha256.Size]byte) (t auth.Ticket, err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		var r ticketRow
		found, err := c.Get(ctx, selectTicket, []any{digest[:]}, r.dest()...)
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
func (db *DB) Tickets(ctx context.Context, digests [][sha256.Size]byte) (tickets map[[sha256.Size]byte]auth.Ticket,
	err error) {
	err = db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		tickets = map[[sha256.Size]byte]auth.Ticket{}
		f := db.running.frame()
		for some := range slices.Chunk(digests, ticketsAtOnce) {
			args := make([]any, ticketsAtOnce)
			for i := range args {
				args[i] = some[min(i, len(some)-1)][:]
			}
			var r ticketRow
			if err := c.Each(ctx, selectTickets, args, r.dest(), func() {
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
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		n, err := c.Exec(ctx, deleteTicket, digest[:])
		if err == nil && n == 0 {
			return noTicket()
		}
		return err
	})
}

// EndTickets ends all tickets of one holder; see [auth.Store].
func (db *DB) EndTickets(ctx context.Context, kind auth.Kind, holder string) (ended int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		ended, err = endTickets(ctx, c, kind, holder)
		return err
	})
	return ended, err
}

func endTickets(ctx context.Context, c *sqldb.Conn, kind auth.Kind, holder string) (ended int64, err error) {
	return c.Exec(ctx, deleteOf, string(kind), holder)
}

// DeleteExpired drops the tickets that have ended; see [auth.Store].
func (db *DB) DeleteExpired(ctx context.Context, before time.Time) (dropped int64, err error) {
	err = db.write(ctx, func(ctx context.Context, c *sqldb.Conn) (err error) {
		dropped, err = c.Exec(ctx, deleteExpired, db.running.of(before))
		return err
	})
	return dropped, err
}

const (
	selectGuess = `SELECT free, trusted FROM guesses WHERE key = $1`
	failGuess   = `INSERT INTO guesses (key, free, trusted, used) VALUES ($1, $2, 0, $3) ON CONFLICT (key) DO UPDATE
		SET free = CASE WHEN guesses.free > $3 AND guesses.free <= $4 THEN guesses.free + $5 ELSE $2 END, used = $3`
	trustGuess = `INSERT INTO guesses (key, free, trusted, used) VALUES ($1, 0, $2, $2) ON CONFLICT (key) DO UPDATE
		SET free = 0, trusted = $2, used = $2`
	deleteGuesses = `DELETE FROM guesses WHERE key IN
		(SELECT key FROM guesses WHERE used < $1 AND trusted < $2 ORDER BY used LIMIT $3) AND used < $1`
)

// LoginAttempts returns the wrong passwords under some keys; see [auth.Store].
func (db *DB) LoginAttempts(ctx context.Context, keys [][sha256.Size]byte) ([]auth.LoginAttempts, error) {
	guesses := make([]auth.LoginAttempts, len(keys))
	err := db.read(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		f := db.running.frame()
		for i, key := range keys {
			var free, trusted int64
			if _, err := c.Get(ctx, selectGuess, []any{key[:]}, &free, &trusted); err != nil {
				return err
			}
			guesses[i] = auth.LoginAttempts{Key: key, Free: f.clock(free), Trusted: f.clock(trusted)}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return guesses, nil
}

// RecordFailures counts failures; see [auth.Store]. Each is added where it stands, in
// one statement, so that two that come at once both count; the keys come in a
// fixed order, so that no deadlock is possible.
func (db *DB) RecordFailures(ctx context.Context, now time.Time, failures ...auth.Failure) error {
	if len(failures) == 0 {
		return nil
	}
	failures = slices.Clone(failures)
	slices.SortFunc(failures, func(a, b auth.Failure) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		at := db.running.ofNow(now)
		for _, f := range failures {
			_, err := c.Exec(ctx, failGuess, f.Key[:], at+f.Every.Microseconds(), at, at+f.Most.Microseconds(),
				f.Every.Microseconds())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// RecordSuccess records that a login succeeded; see [auth.Store].
func (db *DB) RecordSuccess(ctx context.Context, now time.Time, key [sha256.Size]byte) error {
	return db.write(ctx, func(ctx context.Context, c *sqldb.Conn) error {
		_, err := c.Exec(ctx, trustGuess, key[:], db.running.ofNow(now))
		return err
	})
}

// PurgeAttempts drops what is no longer needed; see [auth.Store].
func (db *DB) PurgeAttempts(ctx context.Context, idle, trusted time.Time) (int64, error) {
	return db.sweep(ctx, deleteGuesses, db.running.of(idle), db.running.of(trusted))
}
