package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newLeaseMail returns the sender of e-mails to the customers of lease orders.
func newLeaseMail(ctx context.Context, db *store.DB, x *order.Exchange, public string, zone *time.Location,
	sender *mail.Sender) (*montly.Mailer, error) {
	key, err := db.Secret(ctx, montly.Source)
	if err != nil {
		return nil, fmt.Errorf("key of the e-mails of lease orders: %w", err)
	}
	return montly.NewMailer(actionmail.Config{Exchange: x, Store: db, Mail: sender, Public: public, Key: key,
		Zone: zone, Now: db.Now}), nil
}

// newEmailChannel returns the channel to parties that receive orders by e-mail.
func newEmailChannel(ctx context.Context, db *store.DB, exchange *order.Exchange, public string, zone *time.Location,
	sender *mail.Sender) (*email.Channel, error) {
	key, err := db.Secret(ctx, "letter")
	if err != nil {
		return nil, fmt.Errorf("key of the e-mail channel: %w", err)
	}
	return email.New(actionmail.Config{Exchange: exchange, Store: db, Mail: sender, Public: public, Key: key,
		Zone: zone, Now: db.Now}), nil
}

// newMail returns the sender of all e-mail, or nil without a mail server: then the
// links in e-mails that were sent before still work, and new e-mails are queued.
func newMail(ctx context.Context, public string, s Config, log *slog.Logger) (*mail.Sender, error) {
	if s.Mail.Server.Address == "" {
		return nil, nil
	}
	sender, err := s.Mail.Sender()
	if err != nil {
		return nil, cli.WithExit(cli.ExitConfig, err)
	}
	if s.Public == "" {
		log.WarnContext(ctx, "links in e-mails lead to this machine only, because --public-url is not set", "address",
			public)
	}
	return sender, nil
}

// Sender reads the password and returns a sender of e-mail.
func (m Mail) Sender() (*mail.Sender, error) {
	if m.PasswordFile != "" {
		secret, err := settings.ReadSecretFile(m.PasswordFile)
		if err != nil {
			return nil, err
		}
		m.Server.Password = mail.Password(secret)
	}
	return mail.New(m.Server)
}
