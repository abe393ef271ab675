package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Secret is the key of a signature. It prints as redacted; [Secret.Reveal]
// gives it.
type Secret []byte

// secretPrefix begins a secret as Standard Webhooks writes it.
const secretPrefix = "whsec_"

// Sizes of a secret: ours have 256 random bits; the specification allows from
// 24 to 64 bytes for those that others made.
const (
	secretSize    = 32
	minSecretSize = 24
	maxSecretSize = 64
)

// NewSecret makes a secret.
func NewSecret() Secret {
	s := make(Secret, secretSize)
	rand.Read(s)
	return s
}

// ParseSecret reads a secret as [Secret.Reveal] writes it.
func ParseSecret(text string) (Secret, error) {
	digits, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	if !ok {
		return nil, order.Errorf(order.Invalid, "webhook-secret", "A secret begins with %s; this one does not.", secretPrefix).
			WithHint("Copy the whole word as it was shown when the endpoint was made.")
	}
	s, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(digits, "=")) // libraries take it without padding
	if err != nil || len(s) < minSecretSize || len(s) > maxSecretSize {
		return nil, order.Errorf(order.Invalid, "webhook-secret", "What follows %s is not base64 of %d to %d bytes.", secretPrefix, minSecretSize, maxSecretSize).
			WithHint("Copy the whole word as it was shown when the endpoint was made.")
	}
	return s, nil
}

// Reveal writes the secret itself, for its owner.
func (s Secret) Reveal() string {
	if len(s) == 0 {
		return ""
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(s)
}

const redacted = "[redacted]"

// String keeps the secret out of messages.
func (s Secret) String() string { return redacted }

// Format keeps the secret out of messages under every verb, also those that
// print bytes.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue keeps the secret out of the log.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the secret out of documents: where it is to be shown,
// Reveal is called by name.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
