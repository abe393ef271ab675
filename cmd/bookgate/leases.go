package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// leaseConfig is what an operator decides about lease orders.
type leaseConfig struct {
	finance   montly.Finance
	legalOnly bool
	sums      bool
}

// leases reads the settings of lease orders.
func (r *settingReader) leases(c config) (l leaseConfig) {
	l.finance = montly.Finance{Name: r.firm(c["lease-company"]), Logo: r.publicURL(c["lease-logo"])}
	for word := range strings.FieldsFuncSeq(c["lease-refuse"].Value, func(c rune) bool { return c == ',' || c == ' ' }) {
		switch word {
		case "sums":
			l.sums = true
		case "sole-traders":
			l.legalOnly = true
		default:
			r.refuse(c["lease-refuse"], "sums, sole-traders, both with a comma between, or nothing")
		}
	}
	return l
}

// maxFirm bounds the name of a firm: a line on a page.
const maxFirm = 100

func (r *settingReader) firm(o origin) string {
	if o.Value == "" || len(o.Value) > maxFirm || strings.ContainsFunc(o.Value, unicode.IsControl) {
		r.refuse(o, "the name of a firm, one line of at most 100 bytes")
	}
	return o.Value
}

// newLeaseLetters opens the letters to those who lease.
func newLeaseLetters(ctx context.Context, db *store.DB, x *order.Exchange, public string, zone *time.Location, sender *mail.Sender) (*montly.Mailer, error) {
	key, err := db.Secret(ctx, montly.Source)
	if err != nil {
		return nil, fmt.Errorf("key of the e-mails to those who lease: %w", err)
	}
	return montly.NewMailer(actionmail.Config{Exchange: x, Store: db, Mail: sender, Public: public, Key: key, Zone: zone, Now: db.Now}), nil
}

// newLeases makes the API of lease orders.
func newLeases(db *store.DB, x *order.Exchange, desk *auth.Desk, letters *montly.Mailer, c leaseConfig) *montly.API {
	return montly.New(montly.Config{Exchange: x, Auth: desk, Tariffs: db, Mailer: letters, Finance: c.finance, LegalOnly: c.legalOnly, StrictSums: c.sums, Now: db.Now})
}
