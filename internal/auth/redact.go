package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
)

// What holds a secret, or something that stands for one, prints without it:
// in the log, and where a careless %v puts it into a message.

const redacted = "[redacted]"

// String returns the name alone.
func (c Credentials) String() string { return c.User + ":" + redacted }

// GoString returns the name alone.
func (c Credentials) GoString() string { return "auth.Credentials{" + c.String() + "}" }

// LogValue returns the name alone.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("user", c.User), slog.String("password", redacted))
}

// String returns the life alone.
func (g Grant) String() string { return redacted + " for " + g.Life.String() }

// GoString returns the life alone.
func (g Grant) GoString() string { return "auth.Grant{" + g.String() + "}" }

// LogValue returns the life alone.
func (g Grant) LogValue() slog.Value {
	return slog.GroupValue(slog.String("token", redacted), slog.Duration("life", g.Life))
}

// LogValue leaves the password's hash out.
func (u User) LogValue() slog.Value {
	return slog.GroupValue(slog.String("name", u.Name), slog.String("party", string(u.Party)))
}

// LogValue leaves the secret's digest out.
func (c Client) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", c.ID), slog.String("party", string(c.Party)))
}

// LogValue leaves the digest out.
func (t Ticket) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(t.Kind)), slog.String("party", string(t.Party)),
		slog.String("holder", t.Holder), slog.Time("expires", t.Expires))
}

// aliases name in the log what callers typed as a name and no one bears: it
// may be a password in the wrong field. The key lives as long as the process,
// so that the log cannot be searched for a password, and repeats of one caller
// still show as such.
type aliases struct{ key [sha256.Size]byte }

func newAliases() aliases {
	var a aliases
	rand.Read(a.key[:])
	return a
}

// aliasSize is how many bytes of the digest an alias shows: enough to tell
// some thousand callers apart.
const aliasSize = 4

func (a aliases) of(text string) string {
	mac := hmac.New(sha256.New, a.key[:])
	mac.Write([]byte(text))
	return "unknown-" + hex.EncodeToString(mac.Sum(nil)[:aliasSize])
}

// LogUser returns how the log names a user of a login: a name that exists as
// it is, any other text as an alias. The alias is made at any rate, so that the time
// of the refusal does not tell which it was.
func (d *Service) LogUser(ctx context.Context, name string) string {
	alias := d.aliases.of(name)
	if _, err := d.store.User(ctx, name); err != nil {
		return alias
	}
	return name
}

// LogClient is LogUser for the id of a client.
func (d *Service) LogClient(ctx context.Context, id string) string {
	alias := d.aliases.of(id)
	if _, err := d.store.Client(ctx, id); err != nil {
		return alias
	}
	return id
}
