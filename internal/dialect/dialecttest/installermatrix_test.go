package dialecttest

import (
	"net/http"
)

// installerMatrix has the calls of the router, at the root and below the
// dialect's name.
func installerMatrix() matrix {
	probes := keyProbes(installerDoor(), "Authorization: Bearer ", refusals{"401 Unauthorized", "404 Not Found"})
	var operations []operation
	for _, base := range []string{"", "/installer"} {
		operations = append(operations, installerOperations(base+"/api/v1/order", probes)...)
	}
	return matrix{door: installerDoor(), probes: probes, operations: operations}
}

// installerOperations are those of the collection and of one order. The methods
// that a path has not are told to whoever asks.
func installerOperations(path string, probes []probe) []operation {
	const get, head, post, other = http.MethodGet + " ", http.MethodHead + " ", http.MethodPost + " ", "* "
	const one = "/{id}"
	refused := map[string]string{}
	for _, p := range probes {
		refused[p.name] = "405 Method Not Allowed"
	}
	return []operation{
		{route: post + path, by: sender, does: creates, body: text(another("installer", installerNumber)), want: good("201")},
		{route: get + path, by: sender, does: shows, want: good("200")},
		{route: head + path, by: sender, does: reads, want: good("200")},
		{route: get + path + one, by: sender, does: shows},
		{route: head + path + one, by: sender, does: reads},
		{route: other + path, by: sender, does: reads, want: refused},
		{route: other + path + one, by: sender, does: reads, want: refused},
	}
}
