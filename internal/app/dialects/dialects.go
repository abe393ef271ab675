package dialects

import (
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
)

// KeyPermissions are the permissions of each dialect whose clients show
// themselves by a key.
func KeyPermissions() map[string][]string {
	return map[string][]string{
		hark.Source:      hark.Permissions(),
		installer.Source: installer.Permissions(),
		montly.Source:    montly.Permissions(),
	}
}

// Rules are what dialects have to say about changes of their orders.
func Rules() map[string]order.Rules {
	return map[string]order.Rules{
		hark.Source:      hark.Rules(),
		installer.Source: installer.Rules(),
		montly.Source:    montly.Rules(),
	}
}
