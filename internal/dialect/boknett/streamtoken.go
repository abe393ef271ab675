package boknett

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// streamTokenLife is how long a stream may be begun with a stream token: time to
// connect, and to connect again after a cut, and too short for what addresses
// are written into. A stream that has begun goes on.
const streamTokenLife = time.Minute

// streamTokenPath is where a stream token is asked for.
const streamTokenPath = hal.EventsPath + "/token"

// tokenParameter is the part of an address in which a browser's EventSource,
// which sends no header of the page's, shows a stream token.
const tokenParameter = "token"

// A stream token is a time of the running clock and the digest of the ticket or access token that it
// was asked for with, signed. So it is good on every replica and after a restart,
// ends with its ticket, and tells nothing to who reads it in a log.
const (
	streamTokenPrefix = "bkst_"
	streamTokenPlain  = 8 + sha256.Size
)

// streamAnswer is a stream token as it is handed out.
type streamAnswer struct {
	Token   string `json:"token"`
	Expires string `json:"expires"`
	URL     string `json:"url"`
}

// issueStreamToken answers POST /v2/events/token.
func (f *front) issueStreamToken(w http.ResponseWriter, r *http.Request, _ order.Actor) error {
	_, credential, err := authorization(r.Header)
	if err != nil {
		return err
	}
	expires := f.now().Add(streamTokenLife).Truncate(time.Second)
	token := f.seal.streamToken(sha256.Sum256([]byte(credential)), f.running().Add(streamTokenLife).Truncate(time.Second))
	noStore(w.Header())
	return body.Send(w, http.StatusOK, "application/json", streamAnswer{Token: token, Expires: expires.UTC().Format(time.RFC3339),
		URL: f.public + hal.EventsPath + "?" + tokenParameter + "=" + token})
}

// streamToken writes the token of a ticket's digest.
func (s sealer) streamToken(digest auth.Digest, expires time.Time) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	raw = append(raw, digest[:]...)
	return streamTokenPrefix + base64.RawURLEncoding.EncodeToString(append(raw, s.sign(raw, streamTokenPrefix)...))
}

// parseStreamToken reads what streamToken wrote.
func (s sealer) parseStreamToken(token string) (digest auth.Digest, expires time.Time, ok bool) {
	text, ok := strings.CutPrefix(token, streamTokenPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(raw) != streamTokenPlain+sealSize || len(text) != base64.RawURLEncoding.EncodedLen(len(raw)) {
		return digest, expires, false
	}
	plain, seal := raw[:streamTokenPlain], raw[streamTokenPlain:]
	if !hmac.Equal(seal, s.sign(plain, streamTokenPrefix)) {
		return digest, expires, false
	}
	return auth.Digest(plain[8:]), time.Unix(int64(binary.BigEndian.Uint64(plain)), 0), true
}

// handleStream asks who is there as handle does, or by a stream token where there
// is no Authorization header. Nothing but a stream may be asked for with one.
func (f *front) handleStream(h handler) http.HandlerFunc {
	return f.open(func(w http.ResponseWriter, r *http.Request) error {
		token, err := streamTokenOf(r)
		if err != nil {
			return err
		}
		if token == "" {
			f.handle(h)(w, r)
			return nil
		}
		by, err := f.checkStreamToken(r, token)
		if err != nil {
			return err
		}
		rec := reqlog.From(r.Context())
		if err := rec.Identify(by.Party, by.Name); err != nil {
			return err
		}
		rec.Note("by a stream token")
		return h(w, r, by)
	})
}

// streamTokenOf is the stream token of a request, or "".
func streamTokenOf(r *http.Request) (string, error) {
	if len(r.Header.Values("Authorization")) > 0 {
		return "", nil
	}
	asked, err := parameters(r.URL.RawQuery)
	return asked[tokenParameter], err
}

func (f *front) checkStreamToken(r *http.Request, token string) (order.Actor, error) {
	digest, expires, ok := f.seal.parseStreamToken(token)
	if !ok {
		return order.Actor{}, errStreamToken("stream-token-invalid", "The stream token was not issued here, or is damaged.")
	}
	if late := f.running().Sub(expires); late >= 0 {
		return order.Actor{}, errStreamToken("stream-token-expired", "The stream token ended "+apartText(late)+" ago.")
	}
	return f.desk.CheckDigest(r.Context(), digest)
}

// errStreamToken does not repeat the token.
func errStreamToken(code, detail string) error {
	return order.Errorf(order.Unauthenticated, code, "%s", detail).
		WithHint("Ask for a new one: POST %s with a ticket or access token, and connect within %d s.", streamTokenPath, int(streamTokenLife.Seconds())).
		WithField(order.Field{Parameter: tokenParameter})
}

// streamCredential is the digest of the ticket or access token with which a
// stream ends, of a request that handleStream has let in.
func (f *front) streamCredential(r *http.Request) (auth.Digest, error) {
	token, err := streamTokenOf(r)
	if err != nil {
		return auth.Digest{}, err
	}
	if token != "" {
		digest, _, _ := f.seal.parseStreamToken(token)
		return digest, nil
	}
	_, credential, err := authorization(r.Header)
	return sha256.Sum256([]byte(credential)), err
}
