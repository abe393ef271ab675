package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newMails returns the channel to parties that receive orders by e-mail, and the
// sender of e-mails to the customers of lease orders.
func newMails(ctx context.Context, db *store.DB, x *order.Exchange, public string, s Config, log *slog.Logger) (
	*email.Channel, *montly.Mailer, error) {
	sender, err := newMail(ctx, public, s, log)
	if err != nil {
		return nil, nil, err
	}
	key, err := db.Secret(ctx, "letter")
	if err != nil {
		return nil, nil, fmt.Errorf("key of the e-mail channel: %w", err)
	}
	leaseKey, err := db.Secret(ctx, montly.Source)
	if err != nil {
		return nil, nil, fmt.Errorf("key of the e-mails of lease orders: %w", err)
	}
	c := actionmail.Config{Exchange: x, Store: db, Mail: sender, Public: public, Key: key, Zone: s.Zone, Now: db.Now}
	channel := email.New(c)
	c.Key = leaseKey
	return channel, montly.NewMailer(c), nil
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
		log.WarnContext(ctx, "links in e-mails lead to this machine only, because --public-url is not set",
			"address", public)
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
