package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/cli/settings"
)

// TestSecretFilesAreReported hands files with and without secrets to a server,
// readable by everyone and not.
func TestSecretFilesAreReported(t *testing.T) {
	for name, c := range map[string]struct {
		env  string
		mode os.FileMode
		want bool
	}{
		"password, everyone":         {"BOOKGATE_DATABASE=postgres://b:geheim@db/b", 0o644, true},
		"password, written by all":   {"BOOKGATE_DATABASE=postgres://b:geheim@db/b", 0o602, true},
		"password, group":            {"BOOKGATE_DATABASE=postgres://b:geheim@db/b", 0o640, false},
		"password, owner":            {"BOOKGATE_DATABASE=postgres://b:geheim@db/b", 0o600, false},
		"keywords, everyone":         {"BOOKGATE_DATABASE=host=db password=geheim", 0o644, true},
		"no password, everyone":      {"BOOKGATE_DATABASE=postgres://b@db/b", 0o644, false},
		"another setting, everyone":  {"BOOKGATE_LISTEN=127.0.0.1:1", 0o644, false},
		"mail password, everyone":    {"", 0o604, true},
		"mail password, the service": {"", 0o440, false},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a file")
			text, conf := c.env, settings.Config{}
			if text == "" {
				text = "geheim"
				conf["smtp-password-file"] = settings.Origin{Value: file}
			}
			if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, c.mode); err != nil {
				t.Fatal(err)
			}
			if c.env != "" {
				values, err := settings.ReadEnvFile(file)
				if err != nil {
					t.Fatal(err)
				}
				for name, o := range values {
					o.From = settings.FromFile
					conf[name] = o
				}
			}
			var log bytes.Buffer
			reportSecretFiles(slog.New(slog.NewTextHandler(&log, nil)), conf.SecretFiles())
			if got := strings.Contains(log.String(), file); got != c.want || strings.Contains(log.String(), "geheim") {
				t.Errorf("reported: %v, want %v: %s", got, c.want, &log)
			}
		})
	}
}
