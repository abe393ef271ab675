package webhook

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// nodeModules names the folder into which standardwebhooks was installed.
const nodeModules = "TEST_NODE_MODULES"

// verifyScript lets the specification's own library judge each message that
// comes in: the answer is a list of "ok" or what it threw.
const verifyScript = `
const { Webhook } = require("standardwebhooks");
let text = "";
process.stdin.on("data", d => text += d).on("end", () => {
  process.stdout.write(JSON.stringify(JSON.parse(text).map(m => {
    try { new Webhook(m.secret).verify(Buffer.from(m.body, "base64").toString(), m.headers); return "ok"; }
    catch (e) { return String(e.message); }
  })));
});`

// message is a request as the script reads it.
type message struct {
	Secret  string            `json:"secret"`
	Body    []byte            `json:"body"`
	Headers map[string]string `json:"headers"`
}

// TestTheSpecificationsOwnLibraryAccepts lets another implementation verify
// what we sign, and refuse what was changed.
func TestTheSpecificationsOwnLibraryAccepts(t *testing.T) {
	modules := needStandardWebhooks(t)
	now, key, old := time.Now(), NewSecret(), NewSecret()
	task := Task{Delivery: sampleDelivery(), Endpoint: Endpoint{Secret: key, OldSecret: old, OldUntil: now.Add(time.Hour)}}
	signed, err := Standard("https://orders.example.no").Write(t.Context(), task, now)
	if err != nil {
		t.Fatal(err)
	}
	late, err := Standard("https://orders.example.no").Write(t.Context(), task, now.Add(-Tolerance-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	messages := []message{
		given(signed, key, signed.Body), given(signed, old, signed.Body),
		given(signed, NewSecret(), signed.Body), given(signed, key, bytes.Replace(signed.Body, []byte("SENT"), []byte("LOST"), 1)), given(late, key, late.Body),
	}
	verdicts := askNode(t, modules, messages)
	for i, verdict := range verdicts {
		if accepted := verdict == "ok"; accepted != (i < 2) {
			t.Errorf("message %d: the library says %q", i, verdict)
		}
	}
	if len(verdicts) != len(messages) {
		t.Errorf("%d verdicts", len(verdicts))
	}
}

func given(m Message, key Secret, body []byte) message {
	headers := map[string]string{}
	for _, name := range []string{headerID, headerTimestamp, headerSignature} {
		headers[name] = http.Header(m.Header).Get(name)
	}
	return message{key.Reveal(), body, headers}
}

// needStandardWebhooks gives the folder of the library, or skips.
func needStandardWebhooks(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(nodeModules)
	if dir == "" {
		dir = "node_modules"
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, noNode := exec.LookPath("node")
	if _, err := os.Stat(filepath.Join(dir, "standardwebhooks")); err != nil || noNode != nil {
		t.Skipf("the independent check of signatures needs node and the package standardwebhooks: install nodejs, then\n"+
			"  npm install --prefix /tmp/npm standardwebhooks@1.1.1 && export %s=/tmp/npm/node_modules", nodeModules)
	}
	return dir
}

func askNode(t *testing.T, modules string, messages []message) (verdicts []string) {
	t.Helper()
	body, err := json.Marshal(messages)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "-e", verifyScript)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stdin = bytes.NewReader(body)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	if err := json.Unmarshal(out, &verdicts); err != nil {
		t.Fatal(err)
	}
	return verdicts
}
