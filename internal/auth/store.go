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

// Store keeps users, clients and tickets. Times are kept to the microsecond.
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
}
