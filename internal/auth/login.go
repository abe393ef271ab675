package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/bookgate/bookgate/order"
)

// Login returns a ticket for a user and password. from is the address that
// asks. The refusals are order.Errors: credentials-wrong (Malformed, as the
// ticket service documents 400), login-throttled (TooMany), login-busy
// (Unavailable).
//
// attempts are the spellings in which the pair could have been meant, most
// likely first: a client that forgets to encode its form sends one more.
// They count as one attempt.
func (d *Service) Login(ctx context.Context, from string, attempts ...Credentials) (ticket string, err error) {
	user, err := d.identify(ctx, from, attempts)
	if err != nil {
		return "", d.refuse(schemePassword, err)
	}
	return d.issueTicket(ctx, user)
}

// Credentials is a user name with a password.
type Credentials struct{ User, Password string }

const codeWrong = "credentials-wrong"

func errWrong() error {
	return order.Errorf(order.Malformed, codeWrong, "User name or password is wrong.").
		WithHint("Send username and password as a form; characters such as + %% & = in the password must be percent-encoded (curl: --data-urlencode).")
}

// identify finds the user that one of the attempts names and knows the
// password of. The throttle is asked twice: before the wait for a slot, so
// that a flood is turned away cheaply, and in the slot, so that guesses made
// side by side count as if they came one after the other.
func (d *Service) identify(ctx context.Context, from string, attempts []Credentials) (User, error) {
	depart, err := d.queue.admit(site(from))
	if err != nil {
		return User{}, err
	}
	defer depart()
	names := userNames(attempts)
	found, err := d.throttle.allow(ctx, from, names...)
	if err != nil {
		return User{}, err
	}
	in := strangers
	if d.throttle.knows(found) {
		in = known
	}
	leave, err := d.queue.enter(ctx, site(from), in)
	if err != nil {
		return User{}, fmt.Errorf("wait for a login to be checked: %w", err)
	}
	defer leave()
	if found, err = d.throttle.allow(ctx, from, names...); err != nil {
		return User{}, err
	}
	for _, c := range attempts {
		user, err := d.verify(ctx, c)
		if order.CodeOf(err) == codeWrong {
			continue
		}
		if err == nil {
			err = d.throttle.recordSuccess(ctx, found, c.User)
		}
		return user, err
	}
	if err := d.throttle.recordFailure(ctx, found); err != nil {
		return User{}, err
	}
	return User{}, errWrong()
}

// userNames lists each name once: two spellings of a password are one guess.
func userNames(attempts []Credentials) []string {
	var names []string
	for _, c := range attempts {
		if !slices.Contains(names, c.User) {
			names = append(names, c.User)
		}
	}
	return names
}

// verify checks one pair. An unknown user costs the same time as a wrong
// password.
func (d *Service) verify(ctx context.Context, c Credentials) (User, error) {
	user, err := d.store.User(ctx, c.User)
	known := order.KindOf(err) != order.NotFound
	phc := user.Password
	if !known {
		phc = d.dummy
	} else if err != nil {
		return User{}, fmt.Errorf("look up the user: %w", err)
	}
	ok := false
	if len(c.Password) <= MaxPassword {
		if ok, err = matches(phc, c.Password); err != nil {
			return User{}, fmt.Errorf("password of %s: %w", order.Truncate(c.User), err)
		}
	}
	switch {
	case !ok || !known:
		return User{}, errWrong()
	case !user.Disabled.IsZero():
		return User{}, order.Errorf(order.Forbidden, "user-disabled", "This user is disabled.").WithHint("Ask the operator of the exchange.")
	}
	return user, nil
}

func (d *Service) issueTicket(ctx context.Context, u User) (string, error) {
	ticket := fmt.Sprintf("TGT-%d-%s-%s", d.issued.Add(1), randomText(), d.host)
	now := d.now()
	t := Ticket{Digest: sha256.Sum256([]byte(ticket)), Kind: KindTicket, Party: u.Party, Holder: u.Name,
		Created: now, Expires: now.Add(TicketLife)}
	if err := d.store.AddTicket(ctx, t, mostTickets); err != nil {
		return "", fmt.Errorf("keep ticket of %s: %w", u.Name, err)
	}
	return ticket, nil
}

// Grant is an access token as it is handed out.
type Grant struct {
	Token string
	Life  time.Duration
}

// tokenPrefix begins every access token.
const tokenPrefix = "bkt_"

// Grant returns an access token for a client's id and secret. The refusals are
// client-wrong (Unauthenticated) and audience (Forbidden).
func (d *Service) Grant(ctx context.Context, id, secret, audience string) (Grant, error) {
	client, err := d.store.Client(ctx, id)
	if err != nil && order.KindOf(err) != order.NotFound {
		return Grant{}, fmt.Errorf("look up the client: %w", err)
	}
	if !d.knows(client, secret) || err != nil || !client.Revoked.IsZero() {
		return Grant{}, d.refuse(schemeClient, order.Errorf(order.Unauthenticated, "client-wrong", "Client id or secret is wrong.").
			WithHint("Use the pair that bookgate client add printed."))
	}
	if !isOrders(audience) {
		return Grant{}, d.refuse(schemeClient, order.Errorf(order.Forbidden, "audience", "Service not enabled within domain: %s", order.Truncate(audience)).
			WithHint("The audience of this API is its order address, ending in /orders/, or the word orders."))
	}
	token := tokenPrefix + randomText()
	now := d.now()
	t := Ticket{Digest: sha256.Sum256([]byte(token)), Kind: KindToken, Party: client.Party, Holder: client.ID,
		Created: now, Expires: now.Add(TokenLife)}
	if err := d.store.AddTicket(ctx, t, mostTickets); err != nil {
		return Grant{}, fmt.Errorf("keep token of %s: %w", client.ID, err)
	}
	return Grant{Token: token, Life: TokenLife}, nil
}

// knows reports whether a secret is the client's, or its former one within
// the time that a rotation left to it. Both are compared at any rate, so that
// the time of the answer says nothing.
func (d *Service) knows(client Client, secret string) bool {
	digest := sha256.Sum256([]byte(secret))
	current := subtle.ConstantTimeCompare(digest[:], client.Secret[:])
	former := subtle.ConstantTimeCompare(digest[:], client.OldSecret[:])
	return current == 1 || former == 1 && d.now().Before(client.OldUntil)
}

// isOrders reports whether an audience means the order API: absent, the word,
// or any address that ends in /orders, with or without a slash behind.
func isOrders(audience string) bool {
	audience = strings.TrimRight(audience, "/")
	return audience == "" || audience == "orders" || strings.HasSuffix(audience, "/orders")
}

// NewClient makes a client for a party, with its secret, which is shown once.
func NewClient(party order.PartyID, now time.Time) (c Client, secret string) {
	id := make([]byte, 8)
	rand.Read(id)
	secret, digest := NewClientSecret()
	return Client{ID: "bkc_" + hex.EncodeToString(id), Party: party, Secret: digest, Created: now}, secret
}

// NewClientSecret makes a secret for a client, with the digest that is stored.
func NewClientSecret() (secret string, digest [sha256.Size]byte) {
	secret = "bks_" + randomText()
	return secret, sha256.Sum256([]byte(secret))
}

// randomText is fresh randomness in letters, digits, dash and underscore.
func randomText() string {
	b := make([]byte, randomBytes)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// The cost of a password: OWASP's minimum for argon2id. It takes about 25 ms
// and 19 MiB, which is why a queue lets only hashSlots run at once: 64 logins
// together would otherwise take over 1 GiB and, fighting for memory, three
// times as long.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// Cost is what one hash of a password takes.
type Cost struct {
	Time   uint32 // passes over the memory
	Memory uint32 // KiB
}

// LeastCost is the cost of passwords that guard nothing, as those of tests.
func LeastCost() Cost { return Cost{Time: 1, Memory: 64} }

// realCost is the cost of every password, unless a test asks for less.
func realCost() Cost { return Cost{Time: argonTime, Memory: argonMemory} }

// MinPassword and MaxPassword bound a password's length in bytes.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// HashPassword returns the PHC string of a password, for storing.
func HashPassword(password string) string { return realCost().Hash(password) }

// Hash returns the PHC string of a password, hashed at this cost.
func (c Cost) Hash(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, argonThreads, argonKey)
	return c.format(salt, key)
}

// unknownHash is what the password of an unknown user is compared with: no
// password is known that it fits, and comparing costs as much as with a user's. It
// is not computed from one, which would cost every start a hash.
func (c Cost) unknownHash() string { return c.format(make([]byte, argonSalt), make([]byte, argonKey)) }

func (c Cost) format(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// matches reports whether password is the one that phc was made from. The caller
// holds a slot.
func matches(phc, password string) (bool, error) {
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	key := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(len(p.key)))
	runtime.GC() // takes back the 19 MiB: by itself it would wait until the heap has doubled, some logins later
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

// phc is a password hash in the parts of the PHC string format.
type phc struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

// The bounds of a hash made elsewhere, by a stronger setting or a damaged
// disk: beyond them one login would take the machine.
const (
	mostMemory = 1 << 20 // KiB
	mostTime   = 64
	leastKey   = 16 // bytes
	mostKey    = 64
)

// withinLimits reports whether the cost can be paid; argon2 panics at zero.
func (p phc) withinLimits() bool {
	return p.memory >= 1 && p.memory <= mostMemory && p.time >= 1 && p.time <= mostTime && p.threads >= 1
}

var errPHC = errors.New("the stored password hash is not an argon2id PHC string")

func parsePHC(s string) (p phc, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return phc{}, errPHC
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil || !p.withinLimits() {
		return phc{}, errPHC
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, errPHC
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < leastKey || len(p.key) > mostKey {
		return phc{}, errPHC
	}
	return p, nil
}
