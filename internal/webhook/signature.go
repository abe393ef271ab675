package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// The headers of Standard Webhooks 1.0.0.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// version begins a signature that is an HMAC-SHA256.
const version = "v1"

// Tolerance is how far a receiver should let a timestamp be from its clock, as
// the specification advises.
const Tolerance = 5 * time.Minute

// mac signs a message under one secret.
func mac(key Secret, id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s.%s.", id, timestamp)
	h.Write(body)
	return h.Sum(nil)
}

// Sign sets the three headers of Standard Webhooks on h. Each key makes a
// signature, so that a receiver may know either while a secret is changed.
func Sign(h http.Header, id string, at time.Time, body []byte, keys ...Secret) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(keys))
	for i, key := range keys {
		signatures[i] = version + "," + base64.StdEncoding.EncodeToString(mac(key, id, timestamp, body))
	}
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	h.Set(headerSignature, strings.Join(signatures, " "))
}

// Verify returns nil when a request was signed with key, else why it was not: that is
// what integrators ask most.
func Verify(h http.Header, body []byte, key Secret, now time.Time) error {
	id, timestamp, given := h.Get(headerID), h.Get(headerTimestamp), h.Get(headerSignature)
	for _, name := range []string{headerID, headerTimestamp, headerSignature} {
		if h.Get(name) == "" {
			return unverified("The header %s is missing.", name).
				WithHint("Pass on all three headers: %s, %s and %s.", headerID, headerTimestamp, headerSignature)
		}
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return unverified("%s is %q, which is not a number of seconds.", headerTimestamp, order.Truncate(timestamp))
	}
	if err := findSignature(given, mac(key, id, timestamp, body)); err != nil {
		return explain(err, given, id, timestamp, body, key)
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > Tolerance {
		return outOfTime(seconds, off, now)
	}
	return nil
}

// outOfTime refuses a message that is right and too far from the clock.
func outOfTime(seconds int64, off time.Duration, now time.Time) error {
	where := "old by"
	if seconds > now.Unix() {
		where = "ahead of"
	}
	return unverified("The signature is right, and the message is %s %s this clock; up to %s is usual.", off.Round(time.Second), where, Tolerance).
		WithHint("Check the clock, or pass the time of receipt when you verify a recorded message.")
}

func unverified(format string, args ...any) *order.Error {
	return order.Errorf(order.Invalid, "webhook-signature", format, args...)
}

// findSignature looks for want among the signatures of the header.
func findSignature(given string, want []byte) error {
	versions := 0
	for word := range strings.FieldsSeq(given) {
		v, text, ok := strings.Cut(word, ",")
		if !ok || v != version {
			continue
		}
		versions++
		// Strict: one signature has one spelling.
		if got, err := base64.StdEncoding.Strict().DecodeString(text); err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	if versions == 0 {
		return unverified("%s is %q and holds no signature of version %s.", headerSignature, order.Truncate(given), version).
			WithHint("It should look like: %s,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=", version)
	}
	return unverified("The signature does not match the message under this secret.")
}

// explain tries the mistakes that integrators make, to name the one that was
// made.
func explain(err error, given, id, timestamp string, body []byte, key Secret) error {
	if strings.Contains(err.Error(), "holds no signature") {
		return err
	}
	fits := func(key Secret, id, timestamp string, body []byte) bool {
		return findSignature(given, mac(key, id, timestamp, body)) == nil
	}
	const again = "Sign the bytes of the body exactly as they came, before any parsing."
	text := string(body)
	for _, try := range []struct {
		words, hint string
		fits        bool
	}{
		{"The signature matches the body with a line feed at its end.", again, fits(key, id, timestamp, append(body[:len(body):len(body)], '\n'))},
		{"The signature matches the body without the line feed at its end.", "A text editor or a shell added it: " + again, fits(key, id, timestamp, []byte(strings.TrimRight(text, "\r\n")))},
		{"The signature matches the body with line ends as CR LF changed into LF.", again, fits(key, id, timestamp, []byte(strings.ReplaceAll(text, "\r\n", "\n")))},
		{"The signature matches under the secret's text instead of its bytes.", "Take what follows " + secretPrefix + " and decode it as base64 before it is used as key.", fits(Secret(key.Reveal()), id, timestamp, body) || fits(Secret(strings.TrimPrefix(key.Reveal(), secretPrefix)), id, timestamp, body)},
		{"The signature matches an empty body.", "The body was read by something else before it was verified. " + again, fits(key, id, timestamp, nil)},
		{"The signature matches the parsed body written again without blanks.", again, compactFits(fits, key, id, timestamp, body)},
	} {
		if try.fits {
			return unverified("%s", try.words).WithHint("%s", try.hint)
		}
	}
	return unverified("The signature does not match: the secret is another endpoint's or an old one, or the body was changed (%d bytes, sha256 %x).", len(body), sha256.Sum256(body)).
		WithHint("Compare the secret with the endpoint's (webhook rotate makes a new one). " + again)
}

// Secret is the key of a signature. It prints as redacted; [Secret.Reveal]
// returns it.
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

// compactFits tries the body as a client has it that parsed the JSON and wrote
// it again: without blanks.
func compactFits(fits func(Secret, string, string, []byte) bool, key Secret, id, timestamp string, body []byte) bool {
	var compact bytes.Buffer
	if json.Compact(&compact, body) != nil || bytes.Equal(compact.Bytes(), body) {
		return false
	}
	return fits(key, id, timestamp, compact.Bytes())
}
