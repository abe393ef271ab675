package auth

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/bookgate/bookgate/order"
)

// User is a person or system that logs in with a password.
type User struct {
	Name     string        `json:"name"`
	Party    order.PartyID `json:"party"`
	Password string        `json:"-"` // argon2id in PHC form
	Created  time.Time     `json:"created"`
	Disabled time.Time     `json:"disabled,omitzero"` // since when the user may not log in
}

// Client is a system that presents a secret for an access token.
type Client struct {
	ID      string            `json:"client_id"`
	Party   order.PartyID     `json:"party"`
	Secret  [sha256.Size]byte `json:"-"` // of the secret, which has 256 random bits
	Created time.Time         `json:"created"`
	Revoked time.Time         `json:"revoked,omitzero"`

	OldSecret [sha256.Size]byte `json:"-"`                         // of the secret before the last rotation
	OldUntil  time.Time         `json:"old_secret_until,omitzero"` // until when it is accepted
}

// Kind is ticket or token.
type Kind string

// The kinds of ticket.
const (
	KindTicket Kind = "ticket" // from a login, used with the Boknett scheme
	KindToken  Kind = "token"  // from a client grant, used with the Bearer scheme
)

// Ticket is what is stored of an issued ticket or token.
type Ticket struct {
	Digest  [sha256.Size]byte
	Kind    Kind
	Party   order.PartyID
	Holder  string // user name or client id
	Created time.Time
	Expires time.Time
}

// LoginAttempts is what is stored of the wrong passwords under one key, which stands for
// a user at an address or anywhere.
type LoginAttempts struct {
	Key     [sha256.Size]byte
	Free    time.Time // from then on all guesses are free again
	Trusted time.Time // the last login that succeeded, as far as it was stored
}

// Failure is one wrong password under one key, for how long it counts, and the
// most that a count can lie ahead: what lies further ahead was counted by a
// clock that has been set back since, and begins anew.
type Failure struct {
	Key         [sha256.Size]byte
	Every, Most time.Duration
}

// Store keeps users, clients, tickets and keys, and counts wrong passwords for all
// replicas together. Times are stored to the microsecond.
type Store interface {
	// AddUser keeps a user; the same name again changes party and password,
	// enables the user, and ends the user's tickets. The party must be there.
	AddUser(ctx context.Context, u User) error

	// Users returns all users, disabled ones too, by party and name.
	Users(ctx context.Context) ([]User, error)

	// DisableUser keeps a user from logging in and ends the user's tickets,
	// else NotFound. One that is disabled already keeps its time.
	DisableUser(ctx context.Context, name string, now time.Time) (User, error)

	// EnableUser lets a disabled user log in again, else NotFound.
	EnableUser(ctx context.Context, name string) (User, error)

	// RemoveUser removes a user and ends the user's tickets, else NotFound.
	RemoveUser(ctx context.Context, name string) error

	// User returns a user by name, else an order.Error of kind NotFound.
	User(ctx context.Context, name string) (User, error)

	// AddClient keeps a client. The party must be there.
	AddClient(ctx context.Context, c Client) error

	// Client returns a client by id, revoked or not, else NotFound.
	Client(ctx context.Context, id string) (Client, error)

	// Clients returns all clients, revoked ones too, by party and time.
	Clients(ctx context.Context) ([]Client, error)

	// RevokeClient ends a client and its tokens, else NotFound. One that is
	// revoked already keeps its time.
	RevokeClient(ctx context.Context, id string, now time.Time) (Client, error)

	// RotateClient replaces a client's secret, else NotFound, or Conflict for
	// one that is revoked. The former secret is accepted until oldUntil; with
	// the zero time it ends at once, and the client's tokens with it.
	RotateClient(ctx context.Context, id string, secret [sha256.Size]byte, oldUntil time.Time) (Client, error)

	// AddTicket keeps a ticket. Beyond most tickets of one holder, its oldest
	// are dropped.
	AddTicket(ctx context.Context, t Ticket, most int) error

	// Ticket returns a ticket by its digest, expired or not, else NotFound.
	Ticket(ctx context.Context, digest [sha256.Size]byte) (Ticket, error)

	// Tickets returns those of some tickets that are there, expired or not, by
	// their digests.
	Tickets(ctx context.Context, digests [][sha256.Size]byte) (map[[sha256.Size]byte]Ticket, error)

	// DeleteTicket ends a ticket, else NotFound.
	DeleteTicket(ctx context.Context, digest [sha256.Size]byte) error

	// EndTickets ends all tickets of a user (KindTicket) or all tokens of a
	// client (KindToken), and returns how many there were.
	EndTickets(ctx context.Context, kind Kind, holder string) (int64, error)

	// DeleteExpired drops the tickets that ended before the given instant and
	// reports how many there were.
	DeleteExpired(ctx context.Context, before time.Time) (int64, error)

	// AddKey keeps a new key. The party must be there. When it has most keys for
	// the same dialect and mode that are not revoked, that is a Conflict.
	AddKey(ctx context.Context, k Key, most int) error

	// Key returns a key by its digest, revoked or not, else NotFound.
	Key(ctx context.Context, digest [sha256.Size]byte) (Key, error)

	// Keys lists all keys, revoked ones too, by party, dialect, mode and time.
	Keys(ctx context.Context) ([]Key, error)

	// RevokeKey ends a key by its id, else NotFound. One that is revoked already
	// keeps its time.
	RevokeKey(ctx context.Context, id string, now time.Time) (Key, error)

	// UseKey keeps that a key was used. A time that is not later than the one
	// that is stored changes nothing, and so does a key that is not there.
	UseKey(ctx context.Context, id string, now time.Time) error

	// LoginAttempts returns what is stored under each key, in the order of the keys; a
	// key that is not known has neither time.
	LoginAttempts(ctx context.Context, keys [][sha256.Size]byte) ([]LoginAttempts, error)

	// RecordFailures counts failures, all or none: each moves the Free of its key to
	// Every behind now, or behind where it stood if that is later and at most Most
	// ahead. Failures
	// that come at once are all counted, whichever replica they come to.
	RecordFailures(ctx context.Context, now time.Time, failures ...Failure) error

	// RecordSuccess keeps that a login succeeded under a key, and forgives its
	// failures.
	RecordSuccess(ctx context.Context, now time.Time, key [sha256.Size]byte) error

	// PurgeAttempts drops the keys that were last used before idle and not
	// trusted since trusted, and reports how many there were.
	PurgeAttempts(ctx context.Context, idle, trusted time.Time) (int64, error)
}
