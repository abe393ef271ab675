package webhook

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

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
