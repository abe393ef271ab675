package client

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestCurlWords: a shell that runs the printed call passes every byte on. The
// curl of the test writes its last argument into a file.
func TestCurlWords(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("sh is not here")
	}
	body := "{\"orderNumber\":\"it's $HOME `x` \\\\ \\\"æ\\\"\"}"
	dir := t.TempDir()
	mustNot(t, os.WriteFile(filepath.Join(dir, "curl"), []byte("#!"+sh+"\nfor last; do :; done\nprintf %s \"$last\" > \"$OUT\"\n"), 0o700))
	out := filepath.Join(dir, "out")
	cmd := exec.Command(sh, "-c", curlWords(http.Header{"Webhook-Id": {"msg_1"}}, []byte(body)))
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "OUT="+out)
	mustNot(t, cmd.Run())
	if got, err := os.ReadFile(out); err != nil || string(got) != body {
		t.Errorf("curl got %q, want %q, %v", got, body, err)
	}
}

func mustNot(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
