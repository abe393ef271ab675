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
}

// Client is a system that presents a secret for an access token.
type Client struct {
	ID      string            `json:"client_id"`
	Party   order.PartyID     `json:"party"`
	Secret  [sha256.Size]byte `json:"-"` // of the secret, which has 256 random bits
	Created time.Time         `json:"created"`
}

// Kind tells a ticket from a token.
type Kind string

// The kinds of ticket.
const (
	KindTicket Kind = "ticket" // from a login, used with the Boknett scheme
	KindToken  Kind = "token"  // from a client grant, used with the Bearer scheme
)

// Ticket is what is kept of an issued ticket or token.
type Ticket struct {
	Digest  [sha256.Size]byte
	Kind    Kind
	Party   order.PartyID
	Holder  string // user name or client id
	Created time.Time
	Expires time.Time
}

// Guess is what is kept of the wrong passwords under one key, which stands for
// a user at an address or anywhere.
type Guess struct {
	Key     [sha256.Size]byte
	Free    time.Time // from then on all guesses are free again
	Trusted time.Time // the last login that succeeded, as far as it was kept
}

// Failure is one wrong password under one key, and for how long it counts.
type Failure struct {
	Key   [sha256.Size]byte
	Every time.Duration
}

// Store keeps users, clients, tickets and keys, and counts wrong passwords for all
// replicas together. Times are kept to the microsecond.
type Store interface {
	// AddUser keeps a user; the same name again changes party and password
	// and ends the tickets of that user. The party must be there.
	AddUser(ctx context.Context, u User) error

	// User gives a user by name, else an order.Error of kind NotFound.
	User(ctx context.Context, name string) (User, error)

	// AddClient keeps a client. The party must be there.
	AddClient(ctx context.Context, c Client) error

	// Client gives a client by id, else NotFound.
	Client(ctx context.Context, id string) (Client, error)

	// AddTicket keeps a ticket. Beyond most tickets of one holder, its oldest
	// are dropped.
	AddTicket(ctx context.Context, t Ticket, most int) error

	// Ticket gives a ticket by its digest, expired or not, else NotFound.
	Ticket(ctx context.Context, digest [sha256.Size]byte) (Ticket, error)

	// DeleteTicket ends a ticket, else NotFound.
	DeleteTicket(ctx context.Context, digest [sha256.Size]byte) error

	// DeleteExpired drops the tickets that ended before the given instant and
	// tells how many there were.
	DeleteExpired(ctx context.Context, before time.Time) (int64, error)

	// AddKey keeps a new key. The party must be there. When it has most keys for
	// the same dialect and mode that are not revoked, that is a Conflict.
	AddKey(ctx context.Context, k Key, most int) error

	// Key gives a key by its digest, revoked or not, else NotFound.
	Key(ctx context.Context, digest [sha256.Size]byte) (Key, error)

	// Keys lists all keys, revoked ones too, by party, dialect, mode and time.
	Keys(ctx context.Context) ([]Key, error)

	// RevokeKey ends a key by its id, else NotFound. One that is revoked already
	// keeps its time.
	RevokeKey(ctx context.Context, id string, now time.Time) (Key, error)

	// UseKey keeps that a key was used. A time that is not later than the one
	// that is kept changes nothing, and so does a key that is not there.
	UseKey(ctx context.Context, id string, now time.Time) error

	// Guesses gives what is kept under each key, in the order of the keys; a
	// key that is not known has neither time.
	Guesses(ctx context.Context, keys [][sha256.Size]byte) ([]Guess, error)

	// Failed counts failures, all or none: each moves the Free of its key to
	// Every behind now, or behind where it stood if that is later. Failures
	// that come at once are all counted, whichever replica they come to.
	Failed(ctx context.Context, now time.Time, failures ...Failure) error

	// Trusted keeps that a login succeeded under a key, and forgives its
	// failures.
	Trusted(ctx context.Context, now time.Time, key [sha256.Size]byte) error

	// DeleteGuesses drops the keys that were last used before idle and not
	// trusted since trusted, and tells how many there were.
	DeleteGuesses(ctx context.Context, idle, trusted time.Time) (int64, error)
}
