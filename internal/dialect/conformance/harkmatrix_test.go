package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// harkMatrix has the operations of the schema, asked in each of the ways.
func harkMatrix() matrix {
	var operations []operation
	for _, route := range []string{"POST /", "GET /", "POST /graphql", "GET /graphql", "POST /hark", "GET /hark", "POST /hark/graphql", "GET /hark/graphql"} {
		operations = append(operations, harkOperations(route)...)
	}
	return matrix{client: harkClient(), probes: harkProbes(), operations: operations}
}

func harkProbes() []probe {
	return keyProbes(harkClient(), "X-API-KEY: ", refusals{"401 UNAUTHENTICATED", "200 NOT_FOUND"})
}

// harkOperations are those of the schema on one route. GET makes no change,
// any party that asks for one.
func harkOperations(route string) []operation {
	method, path, _ := strings.Cut(route, " ")
	var probes []probe
	if route == "GET /" { // without a key that is the document of the root, which everyone may read
		probes = slices.DeleteFunc(harkProbes(), func(p probe) bool { return p.name == "none" })
	}
	one := func(name, query string, does effect, variables func(at target) map[string]any, want map[string]string) operation {
		return operation{route: route, name: name, by: sender, does: does, want: want, probes: probes,
			ask: func(at target) call { return harkWay(method, path, query, variables(at)) }}
	}
	id := func(at target) map[string]any { return map[string]any{"id": at.order.Number} }
	user := func(at target) map[string]any { return map[string]any{"id": at.order.CustomerRef} }
	create, cancel, cancels := good("200"), moves, map[string]string(nil)
	if method == http.MethodGet {
		create, cancel, cancels = good("405 BAD_REQUEST"), reads, good("405 BAD_REQUEST")
	}
	return []operation{
		one("orderDevice", `mutation ($input: OrderDeviceInput!) { orderDevice(input: $input) { order { orderId } } }`, creates, func(target) map[string]any { return harkInput() }, create),
		one("cancelOrder", `mutation ($id: String!) { cancelOrder(input: {orderId: $id}) { orderId recipient { email } } }`, cancel, id, cancels),
		one("order", `query ($id: String!) { order(input: {orderId: $id}) { orderId recipient { email } } }`, shows, id, nil),
		one("ordersForUser", `query ($id: String!) { ordersForUser(input: {externalUserId: $id}) { orders { orderId recipient { email } } } }`, shows, user, good("200")),
	}
}

// harkWay writes a query as a POST has it, or as a GET.
func harkWay(method, path, query string, variables map[string]any) call {
	c := harkCall(method, path, "", query, variables)
	c.header = c.header[1:] // the key is put in by a probe
	if method == http.MethodGet {
		text, err := json.Marshal(variables)
		if err != nil {
			panic(err) // of texts and maps alone
		}
		c.path, c.body = path+"?"+url.Values{"query": {query}, "variables": {string(text)}}.Encode(), ""
	}
	return c
}

// harkInput are the variables of the request file.
func harkInput() map[string]any {
	_, body, err := requestFile("hark")
	var asked struct{ Variables map[string]any }
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil {
		panic(err) // the story has read it before
	}
	return asked.Variables
}
