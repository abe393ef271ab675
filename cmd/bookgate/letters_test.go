package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
)

// mailSettings reads the settings of letters from an environment.
func mailSettings(t *testing.T, environ ...string) (mailConfig, error) {
	t.Helper()
	a := app{in: &bytes.Buffer{}, out: &bytes.Buffer{}, err: &bytes.Buffer{}, environ: environ}
	conf, err := loadConfig(newServe(a), a)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readServeConfig(app{}, conf)
	return s.mail, err
}

func TestMailSettings(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("hemmelig ø\r\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := mailSettings(t, "BOOKGATE_SMTP=smtp.example.no:587", "BOOKGATE_SMTP_FROM=Ordre <ordre@example.no>", "BOOKGATE_SMTP_USER=ordre",
		"BOOKGATE_SMTP_PASSWORD_FILE="+password, "BOOKGATE_REMIND=36h")
	if err != nil || m.server.TLS != mail.STARTTLS || m.remind != 36*time.Hour {
		t.Fatalf("%+v, %v", m, err)
	}
	if s, err := m.sender(); err != nil || s.Domain() != "example.no" {
		t.Errorf("%v, %v", s, err)
	}
	if secret, err := readSecretFile(password); err != nil || secret != "hemmelig ø" {
		t.Errorf("the password is %q, %v", secret, err)
	}
	m.passwordFile = filepath.Join(t.TempDir(), "none")
	if _, err := m.sender(); err == nil || !strings.Contains(fmt.Sprint(err), "smtp-password-file") {
		t.Errorf("a file that is not there gave %v", err)
	}
	if m, err := mailSettings(t); err != nil || m.server.Address != "" || m.remind != 48*time.Hour {
		t.Errorf("without settings: %+v, %v", m, err)
	}
	for name, environ := range map[string][]string{
		"nobody":    {"BOOKGATE_SMTP=smtp.example.no:587"},
		"list":      {"BOOKGATE_SMTP=smtp.example.no:587", "BOOKGATE_SMTP_FROM=a@b.example, c@d.example"},
		"open":      {"BOOKGATE_SMTP=smtp.example.no:25", "BOOKGATE_SMTP_FROM=a@b.example", "BOOKGATE_SMTP_TLS=none"},
		"no port":   {"BOOKGATE_SMTP=smtp.example.no", "BOOKGATE_SMTP_FROM=a@b.example"},
		"user only": {"BOOKGATE_SMTP=smtp.example.no:587", "BOOKGATE_SMTP_FROM=a@b.example", "BOOKGATE_SMTP_USER=x"},
		"tls":       {"BOOKGATE_SMTP_TLS=sometimes"},
		"remind":    {"BOOKGATE_REMIND=-1h"},
	} {
		if _, err := mailSettings(t, environ...); exitCode(err) != exitConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRemindersCanBeLeftOut(t *testing.T) {
	if len(reminders(nil, 0)) != 0 {
		t.Error("0 is not never")
	}
	if c := reminders(nil, time.Second); len(c) != 1 || c[0].Every != time.Second {
		t.Errorf("%+v", c)
	}
}
