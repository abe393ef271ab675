package app

import (
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// formats are the webhook formats of the dialects.
func formats(db *store.DB) []webhook.Format { return append(choosable(db), hark.Format(db.Order)) }

// choosable are the formats that a party may choose for an endpoint.
func choosable(db *store.DB) []webhook.Format {
	return append(montly.Formats(db.Order), installer.Format(db))
}

// newLeases makes the API of lease orders.
func newLeases(db *store.DB, x *order.Exchange, logins *auth.Service, mails *montly.Mailer, c Lease) *montly.API {
	return montly.New(montly.Config{Exchange: x, Auth: logins, Tariffs: db, Mailer: mails, Finance: c.Finance,
		LegalOnly: c.LegalOnly, StrictSums: c.Sums, Now: db.Now})
}
