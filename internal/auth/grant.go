package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

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
