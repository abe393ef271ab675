package conformance

import (
	"net/http"
)

// installerMatrix has the calls of the router, at the root and below the
// dialect's name.
func installerMatrix() matrix {
	probes := keyProbes(installerClient(), "Authorization: Bearer ", refusals{"401 Unauthorized", "404 Not Found"})
	var operations []operation
	for _, base := range []string{"", "/installer"} {
		operations = append(operations, installerOperations(base+"/api/v1/order")...)
	}
	return matrix{client: installerClient(), probes: probes, operations: operations}
}

// installerOperations are those of the collection and of one order.
func installerOperations(path string) []operation {
	const get, post = http.MethodGet + " ", http.MethodPost + " "
	return []operation{
		{route: post + path, by: sender, does: creates, body: text(another("installer", installerNumber)), want: good("201")},
		{route: get + path, by: sender, does: shows, want: good("200")},
		{route: get + path + "/{id}", by: sender, does: shows},
	}
}
