//go:build all

package dialecttest

import "net/http"

// timingVariable tells TestMeasureRefusals and TestMeasureLogins how many pairs
// they measure, and of which routes.
const timingVariable = "BOOKGATE_TIMING"

// controlRoutes are those on which the fault must be caught: a reading and a
// change.
func controlRoutes() map[string]bool {
	return map[string]bool{http.MethodGet + " /v2/orders/{id}": true, http.MethodPost + " /v2/orders/{id}/lines/{line}": true}
}
