package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// Key lets a system of a party use one dialect.
type Key struct {
	ID          string            `json:"id"`
	Name        string            `json:"name,omitempty"` // what it is for, for people
	Party       order.PartyID     `json:"party"`
	Dialect     string            `json:"dialect"`
	Mode        string            `json:"mode"`                  // ModeLive or ModeTest
	Permissions []string          `json:"permissions,omitempty"` // in the dialect's words
	Digest      [sha256.Size]byte `json:"-"`                     // of its text, which has 256 random bits
	Created     time.Time         `json:"created"`
	Used        time.Time         `json:"used,omitzero"` // the last time, to the minute; zero if never
	Revoked     time.Time         `json:"revoked,omitzero"`
}

// The modes of a key. What comes with a test key is a test order that reaches no
// receiver.
const (
	ModeLive = "live"
	ModeTest = "test"
)

const (
	// MostKeys is how many keys a party may have at once for one dialect and
	// mode: the one in use, and the one that takes its place.
	MostKeys = 2

	// useEvery is how exactly the last use of a key is stored: a write for every
	// request would cost more than the request.
	useEvery = time.Minute
)

// May reports whether a key has a permission.
func (k *Key) May(permission string) bool { return slices.Contains(k.Permissions, permission) }

// IsTest reports whether what comes with the key is a test order.
func (k *Key) IsTest() bool { return k.Mode == ModeTest }

// Actor is who acts by the key.
func (k *Key) Actor() order.Actor { return order.Actor{Party: k.Party, Name: k.ID, Via: "key"} }

// NewKey makes a key for a party, with its text, which is shown once.
func NewKey(party order.PartyID, dialect, mode string, now time.Time) (k Key, text string) {
	id := make([]byte, 8)
	rand.Read(id)
	text = "bgk_" + dialect + "_" + randomText()
	return Key{ID: "key_" + hex.EncodeToString(id), Party: party, Dialect: dialect, Mode: mode,
		Digest: sha256.Sum256([]byte(text)), Created: now}, text
}

// CheckKey returns the key of a dialect that a text is. One that is not known, that
// was revoked or that is for another dialect is key-unknown (Unauthenticated),
// all in the same words.
func (d *Service) CheckKey(ctx context.Context, dialect, text string) (Key, error) {
	digest := sha256.Sum256([]byte(text))
	k, ok := d.keys.get(digest)
	if !ok {
		var err error
		if k, err = d.store.Key(ctx, digest); err != nil && order.KindOf(err) != order.NotFound {
			return Key{}, fmt.Errorf("key: %w", err)
		} else if err != nil {
			return Key{}, d.refuse(schemeKey, unknownKey())
		}
	}
	if k.Dialect != dialect || !k.Revoked.IsZero() {
		return Key{}, d.refuse(schemeKey, unknownKey())
	}
	if !ok {
		d.noteUse(ctx, &k)
		d.keys.put(digest, k)
	}
	return k, nil
}

// noteUse keeps that a key is used now. When that fails the request goes on: it
// needs the key, and not the time for which people look.
func (d *Service) noteUse(ctx context.Context, k *Key) {
	now := d.now()
	if now.Sub(k.Used) < useEvery {
		return
	}
	if err := d.store.UseKey(ctx, k.ID, now); err == nil {
		k.Used = now
	}
}

func unknownKey() error {
	return order.Errorf(order.Unauthenticated, "key-unknown", "This key is not known here: it was never issued for this interface, or has been revoked.").
		WithHint("Ask the operator of the exchange for a key.")
}

// KeyScheme returns the text of the API key that a request carries in its header, or
// why there is none. [Bearer] and [KeyHeader] are schemes.
type KeyScheme func(h http.Header) (text string, err error)

// Bearer returns the text that a request has in its one Authorization header, with
// the scheme in any case. A refusal does not repeat the header: a secret may stand
// in it.
func Bearer(h http.Header) (string, error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", order.Errorf(order.Unauthenticated, "credential-missing", "The request has no Authorization header.").
			WithHint("Send the key that you were given: Authorization: Bearer …")
	}
	scheme, text, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	if text = strings.TrimSpace(text); len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || text == "" {
		return "", order.Errorf(order.Unauthenticated, "credential-malformed", "The Authorization header is not Bearer and one key.").
			WithHint("Write: Authorization: Bearer …")
	}
	return text, nil
}

// KeyHeader is the scheme of a header that has the key alone.
func KeyHeader(name string) KeyScheme {
	return func(h http.Header) (string, error) {
		if values := h.Values(name); len(values) == 1 && strings.TrimSpace(values[0]) != "" {
			return strings.TrimSpace(values[0]), nil
		}
		return "", order.Errorf(order.Unauthenticated, "credential-missing",
			"The request has no %s header, or several.", name).
			WithHint("Send the API key that you were given in the header %s.", name)
	}
}

// KeyRequest returns the API key of a request to a dialect, and writes into the
// request log whose it is. Its error is also that of a party which has too many
// requests under way.
func (d *Service) KeyRequest(r *http.Request, scheme KeyScheme, dialect string) (Key, error) {
	text, err := scheme(r.Header)
	if err != nil {
		return Key{}, err
	}
	key, err := d.CheckKey(r.Context(), dialect, text)
	if err != nil {
		return Key{}, err
	}
	return key, reqlog.From(r.Context()).Identify(key.Party, key.ID)
}
