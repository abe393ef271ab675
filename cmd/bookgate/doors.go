package main

import (
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// keyPermissions are the permissions of each dialect whose clients show
// themselves by a key.
func keyPermissions() map[string][]string {
	return map[string][]string{
		hark.Source:      hark.Permissions(),
		installer.Source: installer.Permissions(),
		montly.Source:    montly.Permissions(),
	}
}

// rules are what dialects have to say about changes of their orders.
func rules() map[string]order.Rules {
	return map[string]order.Rules{
		hark.Source:      hark.Rules(),
		installer.Source: installer.Rules(),
		montly.Source:    montly.Rules(),
	}
}

// formats are those of the dialects, with which their clients are told.
func formats(db *store.DB) []webhook.Format { return append(choosable(db), hark.Format(db.Order)) }

// choosable are the formats that a party may choose for an endpoint.
func choosable(db *store.DB) []webhook.Format {
	return append(montly.Formats(db.Order), installer.Format(db))
}
