package webhook

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

// The vector of the specification's own libraries.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func vectorTime() time.Time { return time.Unix(1614265330, 0) }

func parsedSecret(t *testing.T, text string) Secret {
	t.Helper()
	s, err := ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheVectorOfTheSpecification(t *testing.T) {
	key, h := parsedSecret(t, vectorSecret), http.Header{}
	Sign(h, vectorID, vectorTime(), []byte(vectorBody), key)
	if h.Get("webhook-id") != vectorID || h.Get("webhook-timestamp") != "1614265330" || h.Get("webhook-signature") != vectorSignature {
		t.Errorf("signed %v", h)
	}
	if err := Verify(h, []byte(vectorBody), key, vectorTime()); err != nil {
		t.Error(err)
	}
}

func TestWhileASecretIsChangedEitherVerifies(t *testing.T) {
	first := NewSecret()
	e := Endpoint{Secret: first}
	secrets := []Secret{first}
	for hour := range 3 { // three rotations within a day
		check(t, e.rotate(NewSecret(), vectorTime().Add(time.Duration(hour)*time.Hour)))
		secrets = append(secrets, e.Secret)
	}
	for _, c := range []struct {
		after time.Duration
		good  int // how many of the secrets verify, from the newest on
	}{{2 * time.Hour, 4}, {KeepOld - 1, 4}, {KeepOld, 3}, {KeepOld + time.Hour, 2}, {KeepOld + 2*time.Hour, 1}} {
		now, h := vectorTime().Add(c.after), http.Header{}
		Sign(h, vectorID, now, []byte(vectorBody), e.Keys(now)...)
		for i, key := range secrets {
			want := i >= len(secrets)-c.good
			if err := Verify(h, []byte(vectorBody), key, now); (err == nil) != want {
				t.Errorf("after %s secret %d: %v", c.after, i, err)
			}
		}
		if until := e.OldUntil(now); until.IsZero() != (c.good == 1) || c.good > 1 && !until.Equal(vectorTime().Add(2*time.Hour+KeepOld)) {
			t.Errorf("after %s an old secret signs until %s", c.after, until)
		}
	}
}

// TestRotationsAreBounded: what would push out a secret that still signs is
// refused, and says when it goes.
func TestRotationsAreBounded(t *testing.T) {
	e := Endpoint{ID: "ep_A", Secret: NewSecret()}
	first := e.Secret
	for range MaxOldSecrets {
		check(t, e.rotate(NewSecret(), vectorTime()))
	}
	newest := e.Secret
	err := e.rotate(NewSecret(), vectorTime().Add(time.Hour))
	var refusal *order.Error
	if !errors.As(err, &refusal) || refusal.Code != "webhook-rotations" || refusal.RetryAfter != KeepOld-time.Hour || !bytes.Equal(e.Secret, newest) {
		t.Fatalf("one too many: %v", err)
	}
	if keys := e.Keys(vectorTime()); len(keys) != MaxOldSecrets+1 || !bytes.Equal(keys[MaxOldSecrets], first) {
		t.Errorf("%d secrets sign", len(keys))
	}
	check(t, e.rotate(NewSecret(), vectorTime().Add(KeepOld)))
	if len(e.OldSecrets) != 1 {
		t.Errorf("%d old secrets are stored", len(e.OldSecrets))
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyKnowsTheClock(t *testing.T) {
	key, h := NewSecret(), http.Header{}
	Sign(h, vectorID, vectorTime(), []byte(vectorBody), key)
	for off, want := range map[time.Duration]string{
		0: "", Tolerance: "", -Tolerance: "", Tolerance + time.Second: "5m1s old by this clock", -Tolerance - time.Second: "5m1s ahead of this clock",
	} {
		err := Verify(h, []byte(vectorBody), key, vectorTime().Add(off))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("after %s: %v, want %q", off, err, want)
		}
	}
	const never = "9223372036854775807"
	h.Set(headerTimestamp, never)
	h.Set(headerSignature, "v1,"+base64.StdEncoding.EncodeToString(mac(key, vectorID, never, []byte(vectorBody))))
	if err := Verify(h, []byte(vectorBody), key, vectorTime()); err == nil || !strings.Contains(err.Error(), "ahead of") {
		t.Errorf("the end of time gave %v", err)
	}
}

// TestVerifyNamesTheMistake makes each mistake that integrators make.
func TestVerifyNamesTheMistake(t *testing.T) {
	key, body := NewSecret(), []byte("{\"a\": 1,\r\n \"b\": \"x\"}")
	at := strconv.FormatInt(vectorTime().Unix(), 10)
	signed := func(key Secret, body string) string {
		return "v1," + base64.StdEncoding.EncodeToString(mac(key, vectorID, at, []byte(body)))
	}
	good := signed(key, string(body))
	for _, c := range []struct {
		name, id, at, signature string
		body                    []byte
		words                   string
	}{
		{"no id", "", at, good, body, "header webhook-id is missing"},
		{"no time", vectorID, "", good, body, "header webhook-timestamp is missing"},
		{"no signature", vectorID, at, "", body, "header webhook-signature is missing"},
		{"nothing", "", "", "", body, "header webhook-id is missing"},
		{"a time in words", vectorID, "2021-02-25T15:02:10Z", good, body, "which is not a number of seconds"},
		{"no version", vectorID, at, strings.TrimPrefix(good, "v1,"), body, "holds no signature of version v1"},
		{"another version", vectorID, at, "v1a" + strings.TrimPrefix(good, "v1"), body, "holds no signature of version v1"},
		{"a line feed lost", vectorID, at, signed(key, string(body)+"\n"), body, "with a line feed at its end"},
		{"a line feed won", vectorID, at, good, append(slices.Clone(body), '\n'), "without the line feed at its end"},
		{"CR LF", vectorID, at, signed(key, strings.ReplaceAll(string(body), "\r", "")), body, "CR LF changed into LF"},
		{"the secret's text", vectorID, at, signed(Secret(key.Reveal()), string(body)), body, "secret's text instead of its bytes"},
		{"the secret's digits", vectorID, at, signed(Secret(strings.TrimPrefix(key.Reveal(), "whsec_")), string(body)), body, "secret's text instead of its bytes"},
		{"a body read before", vectorID, at, signed(key, ""), body, "matches an empty body"},
		{"a body parsed", vectorID, at, signed(key, `{"a":1,"b":"x"}`), body, "parsed body written again"},
		{"another secret", vectorID, at, signed(NewSecret(), string(body)), body, "the secret is another endpoint's"},
		{"another id", "msg_2", at, good, body, "does not match"},
	} {
		h := http.Header{}
		for name, value := range map[string]string{headerID: c.id, headerTimestamp: c.at, headerSignature: c.signature} {
			if value != "" {
				h.Set(name, value)
			}
		}
		err := Verify(h, c.body, key, vectorTime())
		if order.CodeOf(err) != "webhook-signature" || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want %q", c.name, err, c.words)
		}
		if err != nil && strings.Contains(err.Error()+hintOf(err), key.Reveal()) {
			t.Errorf("%s: the words hold the secret", c.name)
		}
	}
}

const mutations = 1000

// TestNoMutationIsAccepted changes one thing of a signed message at a time.
func TestNoMutationIsAccepted(t *testing.T) {
	seed := rand.Uint64()
	random, key := rand.New(rand.NewPCG(seed, 1)), NewSecret()
	h := http.Header{}
	Sign(h, vectorID, vectorTime(), []byte(vectorBody), key)
	original := []string{h.Get(headerID), h.Get(headerTimestamp), h.Get(headerSignature), vectorBody, string(key)}
	if err := verifyParts(original); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < mutations; {
		parts := slices.Clone(original)
		i := random.IntN(len(parts))
		parts[i] = mutate(random, parts[i])
		if parts[i] == original[i] || i == 2 && slices.Equal(strings.Fields(parts[i]), strings.Fields(original[i])) {
			continue // blanks around a signature are not part of it
		}
		n++
		if verifyParts(parts) == nil {
			t.Errorf("seed %d: accepted %q", seed, parts)
		}
	}
}

func verifyParts(parts []string) error {
	h := http.Header{}
	h.Set(headerID, parts[0])
	h.Set(headerTimestamp, parts[1])
	h.Set(headerSignature, parts[2])
	return Verify(h, []byte(parts[3]), Secret(parts[4]), vectorTime())
}

func mutate(random *rand.Rand, s string) string {
	b, i := []byte(s), random.IntN(len(s))
	switch random.IntN(5) {
	case 0:
		b[i] ^= 1 << random.IntN(8)
	case 1:
		b[i] = byte(random.IntN(256))
	case 2:
		b = slices.Insert(b, i, byte(random.IntN(256)))
	case 3:
		b = slices.Delete(b, i, i+1)
	case 4:
		j := random.IntN(len(b))
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

func TestASecretComesBack(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		s := NewSecret()
		back, err := ParseSecret(" " + s.Reveal() + "\n")
		if err != nil || !bytes.Equal(back, s) || len(s) != 32 {
			t.Fatalf("%d bytes came back as %d: %v", len(s), len(back), err)
		}
		if seen[s.Reveal()] {
			t.Fatal("a secret was made twice")
		}
		seen[s.Reveal()] = true
	}
	if got := Secret(nil).Reveal(); got != "" {
		t.Errorf("no secret reads %q", got)
	}
}

func TestASecretThatIsNoneIsRefused(t *testing.T) {
	of := func(n int) string { return base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, text := range map[string]string{
		"empty": "", "no prefix": of(32), "other prefix": "whsk_" + of(32), "a signature": "v1," + of(32), "no base64": "whsec_!!!!",
		"too short": "whsec_" + of(23), "too long": "whsec_" + of(65), "only the prefix": "whsec_",
	} {
		if s, err := ParseSecret(text); order.CodeOf(err) != "webhook-secret" || s != nil || hintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		} else if len(text) > 12 && strings.Contains(err.Error(), text[8:]) {
			t.Errorf("%s: the refusal repeats the secret: %v", name, err)
		}
	}
	for _, n := range []int{24, 64} {
		if _, err := ParseSecret("whsec_" + of(n)); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestASecretIsNeverPrinted prints it in every way in which it could slip into
// a log, a document or a message.
func TestASecretIsNeverPrinted(t *testing.T) {
	s := NewSecret()
	e := Endpoint{ID: "ep_A", Secret: s, OldSecrets: []OldSecret{{Secret: s}}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%U", "%t"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", &s)
		fmt.Fprintf(&out, verb+"\n", []Secret{s})
	}
	fmt.Fprintf(&out, "%v %+v %#v %v\n", e, e, e, Task{Endpoint: e})
	fmt.Fprintln(&out, s, e, fmt.Errorf("sign with %v", s))
	for _, v := range []any{s, e, &e, map[string]any{"key": s}} {
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(body, '\n'))
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("sign", "secret", s, "endpoint", e, "task", &Task{Endpoint: e})
	}
	raw := strings.Trim(fmt.Sprint([]byte(s)), "[]")
	for name, form := range map[string]string{
		"base64": base64.StdEncoding.EncodeToString(s), "hex": hex.EncodeToString(s), "HEX": strings.ToUpper(hex.EncodeToString(s)),
		"bytes": string(s), "numbers": raw, "Go": strings.ReplaceAll(raw, " ", ", "), "octal": fmt.Sprintf("%o", []byte(s)),
	} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret was printed as %s:\n%s", name, out.String())
		}
	}
	if !strings.Contains(out.String(), redacted) {
		t.Error("nothing was printed, so nothing was tested")
	}
}
