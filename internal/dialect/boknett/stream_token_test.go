package boknett

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// streamToken asks for one.
func (w *world) streamToken(as order.PartyID, header ...string) streamAnswer {
	w.t.Helper()
	a := w.post(as, streamTokenPath, "", header...).want(w.t.(*testing.T), http.StatusOK)
	var got streamAnswer
	check(w.t, json.Unmarshal([]byte(a.body), &got))
	if a.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(got.Token, streamTokenPrefix) || got.URL != public+hal.EventsPath+"?token="+got.Token ||
		got.Expires != w.clock.Now().Add(time.Minute).Format(time.RFC3339) {
		w.t.Fatalf("%v %s", a.Header, a.body)
	}
	return got
}

// hear opens a stream as a browser does, without a header of the page's.
func (w *world) hear(query string) (*listener, *http.Response) {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), 60*time.Second)
	w.t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+hal.EventsPath+query, nil)
	check(w.t, err)
	res, err := http.DefaultClient.Do(req)
	check(w.t, err)
	w.t.Cleanup(func() { res.Body.Close() })
	return &listener{t: w.t.(*testing.T), res: res, lines: bufio.NewReader(res.Body)}, res
}

// TestStreamToken begins a stream and begins it again within its life, hears what
// its party may hear, and leaves no trace in the log.
func TestStreamToken(t *testing.T) {
	w := newWorld(t)
	id := w.sent("st-1", 1)
	token := w.streamToken(buyer)
	for range 2 {
		l, res := w.hear("?after=0&token=" + token.Token)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("%s %v", res.Status, res.Header)
		}
		for b, ok := l.next(); ; b, ok = l.next() {
			if !ok {
				t.Fatal("the stream ended")
			}
			if strings.Contains(b.data, string(id)) {
				break
			}
		}
		res.Body.Close()
	}
	l, _ := w.hear("?after=0&TOKEN=" + w.streamToken(stranger, "Authorization: Boknett "+ticketOf(stranger)).Token)
	w.sent("st-2", 1)
	l.res.Body.Close()
	w.do(call{method: "HEAD", path: hal.EventsPath + "?token=" + token.Token}).want(t, http.StatusOK)
	w.clock.Advance(time.Minute)
	w.get("", hal.EventsPath+"?token="+token.Token).problem(t, http.StatusUnauthorized, "stream-token-expired")
	for _, secret := range []string{token.Token, streamTokenPrefix} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
	if !strings.Contains(w.log.String(), "by a stream token") {
		t.Error("the log does not say how the listener came")
	}
}

// TestStreamTokenEndsWithItsTicket: no stream begins after a logout, and one that
// has begun ends.
func TestStreamTokenEndsWithItsTicket(t *testing.T) {
	w := newWorld(t)
	w.api.heartbeat = 20 * time.Millisecond
	token := w.streamToken("", "Authorization: Bearer "+tokenOf(buyer))
	l, _ := w.hear("?token=" + token.Token)
	l.next()
	w.clock.Advance(2 * time.Minute) // past the token, and the stream goes on
	eventually(t, "a sign of life", func() bool { b, ok := l.next(); return ok && b.comment == "still here" })
	fresh := w.streamToken("", "Authorization: Bearer "+tokenOf(buyer))
	check(t, w.api.auth.Revoke(t.Context(), tokenOf(buyer)))
	last := block{}
	for b, ok := l.next(); ok; b, ok = l.next() {
		last = b
	}
	if !strings.Contains(last.comment, "ticket has ended") {
		t.Errorf("ended with %+v", last)
	}
	w.get("", hal.EventsPath+"?token="+fresh.Token).problem(t, http.StatusUnauthorized, "ticket-unknown")
}

// TestStreamTokenIsForStreams, is one's own, and cannot be made.
func TestStreamTokenIsForStreams(t *testing.T) {
	w := newWorld(t)
	id := w.sent("st-1", 1)
	token := w.streamToken(seller).Token
	for _, path := range []string{"/v2/orders?mode=ALL&fromDate=20260101000000&token=" + token, "/v2/feed?after=0&token=" + token, "/v2/orders/" + string(id) + "?token=" + token, "/v2/webhooks?token=" + token} {
		w.get("", path).problem(t, http.StatusUnauthorized, "credential-missing")
	}
	for _, scheme := range []string{"Bearer ", "Boknett "} {
		w.get("", hal.EventsPath, "Authorization: "+scheme+token).problem(t, http.StatusUnauthorized, "ticket-unknown")
		w.post("", streamTokenPath, "", "Authorization: "+scheme+token).problem(t, http.StatusUnauthorized, "ticket-unknown")
	}
	w.post("", streamTokenPath+"?token="+token, "").problem(t, http.StatusUnauthorized, "credential-missing")
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, streamTokenPrefix))
	check(t, err)
	for i := range raw {
		raw[i] ^= 1
		forged := streamTokenPrefix + base64.RawURLEncoding.EncodeToString(raw)
		raw[i] ^= 1
		if _, _, ok := w.api.signer.parseStreamToken(forged); ok {
			t.Errorf("byte %d can be changed", i)
		}
	}
	at := position{change: 1, epoch: strings.Repeat("e", 31)}
	for _, bad := range []string{"x", streamTokenPrefix, token[:len(token)-1], token[:9] + "%0A" + token[9:], token + "A", strings.TrimPrefix(token, streamTokenPrefix), streamTokenPrefix + w.api.signer.cursor(seller, order.All, at), ticketOf(seller)} {
		p := w.get("", hal.EventsPath+"?token="+bad).problem(t, http.StatusUnauthorized, "stream-token-invalid")
		if strings.Contains(p.Detail+p.Hint, bad) && len(bad) > 5 || !strings.Contains(p.Hint, "POST /v2/events/token") {
			t.Errorf("%s: %+v", bad, p)
		}
	}
	other := New(Config{CursorKey: []byte("another key")})
	if _, _, ok := other.signer.parseStreamToken(token); ok {
		t.Error("a token of another exchange counts")
	}
}

// FuzzStreamToken: what is written is read, and nothing else.
func FuzzStreamToken(f *testing.F) {
	s := signer{key: []byte("a key of the tests")}
	f.Add(s.streamToken(auth.Digest{1, 2, 3}, begin))
	f.Add(streamTokenPrefix + "AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if digest, expires, ok := s.parseStreamToken(token); ok && s.streamToken(digest, expires) != token {
			t.Fatalf("%q is read as another", token)
		}
	})
}
