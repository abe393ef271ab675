package auth

import "log/slog"

// What holds a secret, or something that stands for one, prints without it:
// in the log, and where a careless %v puts it into a message.

const redacted = "[redacted]"

// String gives the name alone.
func (c Credentials) String() string { return c.User + ":" + redacted }

// GoString gives the name alone.
func (c Credentials) GoString() string { return "auth.Credentials{" + c.String() + "}" }

// LogValue gives the name alone.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("user", c.User), slog.String("password", redacted))
}

// String gives the life alone.
func (g Grant) String() string { return redacted + " for " + g.Life.String() }

// GoString gives the life alone.
func (g Grant) GoString() string { return "auth.Grant{" + g.String() + "}" }

// LogValue gives the life alone.
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
