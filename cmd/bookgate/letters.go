package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/dialect/letter"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// mailConfig is how letters go out, as the settings have it.
type mailConfig struct {
	server       mail.Config // without the password; the address is empty where no letters go out
	passwordFile string
	remind       time.Duration // 0 is never
}

// newLetters opens the desk of letters.
func newLetters(ctx context.Context, db *store.DB, exchange *order.Exchange, public string, zone *time.Location, sender *mail.Sender) (*letter.Desk, error) {
	key, err := db.Secret(ctx, "letter")
	if err != nil {
		return nil, fmt.Errorf("key of the letters: %w", err)
	}
	return letter.New(actionmail.Config{Exchange: exchange, Store: db, Mail: sender, Public: public, Key: key, Zone: zone, Now: db.Now}), nil
}

// newMail is how letters of all kinds leave, or nil when there is no mail
// server: then the links of letters that went before still work, and new letters
// wait.
func newMail(ctx context.Context, public string, s serveConfig, log *slog.Logger) (*mail.Sender, error) {
	if s.mail.server.Address == "" {
		return nil, nil
	}
	sender, err := s.mail.sender()
	if err != nil {
		return nil, withExit(exitConfig, err)
	}
	if s.public == "" {
		log.WarnContext(ctx, "the links in letters lead to this machine alone, because --public-url is not set", "address", public)
	}
	return sender, nil
}

// sender reads the password and checks how letters go out.
func (m mailConfig) sender() (*mail.Sender, error) {
	if m.passwordFile != "" {
		secret, err := readSecretFile(m.passwordFile)
		if err != nil {
			return nil, err
		}
		m.server.Password = mail.Password(secret)
	}
	return mail.New(m.server)
}

// readSecretFile reads a secret from the first line of a file.
func readSecretFile(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		var why *fs.PathError
		if errors.As(err, &why) {
			err = why.Err // without the name, which may be the password itself
		}
		return "", fmt.Errorf("the file %s with the password cannot be read: %w\n  It comes from smtp-password-file",
			maskFile(name), err)
	}
	plain, err := plainText(text)
	if err != nil {
		return "", fmt.Errorf("the file %s has no password in its first line: %w", maskFile(name), err)
	}
	line := firstLine(plain)
	if len(line) == 0 || len(line) > maxSecret {
		return "", fmt.Errorf("the file %s has no password in its first line", maskFile(name))
	}
	return line, nil
}

// mail reads the settings of letters.
func (r *settingReader) mail(c config) mailConfig {
	m := mailConfig{
		server: mail.Config{Address: c["smtp"].Value, From: c["smtp-from"].Value, User: c["smtp-user"].Value,
			TLS: mail.Mode(r.oneOf(c["smtp-tls"], string(mail.STARTTLS), string(mail.Implicit), string(mail.None)))},
		passwordFile: c["smtp-password-file"].Value,
		remind:       r.duration(c["remind"], 0, 60*24*time.Hour),
	}
	if m.server.Address == "" {
		return m
	}
	if m.server.From == "" {
		r.refuse(c["smtp-from"], "whom letters come from, for example ordre@example.no")
		return m
	}
	if (m.server.User == "") != (m.passwordFile == "") {
		r.refuse(c["smtp-password-file"], "a file with the password of --smtp-user, both or neither")
	}
	if _, err := mail.New(m.server); err != nil && r.err == nil {
		r.err = withExit(exitConfig, err)
	}
	return m
}

// Bounds of reminding.
const (
	remindEvery = 5 * time.Minute // how exact a reminder's time is
	remindLease = 2 * time.Minute
	remindBatch = 500 // orders at once: one short transaction
)

// reminders is the chore of reminding those who have not answered. Until the
// last line has its answer, the next reminder follows the one before.
func reminders(s *store.DB, after time.Duration) []store.Chore {
	if after == 0 {
		return nil
	}
	return []store.Chore{{Name: "reminders", Every: min(remindEvery, after), Lease: remindLease, Do: func(ctx context.Context, _ int64) (int64, error) {
		for {
			n, err := s.Remind(ctx, webhook.LetterName, s.Now().Add(-after), remindBatch)
			if err != nil || n < remindBatch {
				return 0, err
			}
		}
	}}}
}
