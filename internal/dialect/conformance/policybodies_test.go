package conformance

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
)

// bodies are what is sent, by their names in the policy, with the
// media type where one is needed.
func bodies() map[string]func() (text, mediaType string) {
	same := func(text string) func() (string, string) { return func() (string, string) { return text, "" } }
	file := func(name string, changes ...string) func() (string, string) {
		return func() (string, string) {
			_, body, err := requestFile(name)
			if err != nil {
				panic(err) // the story has read it before
			}
			return strings.NewReplacer(changes...).Replace(string(body)), ""
		}
	}
	form := func(text string) func() (string, string) {
		return func() (string, string) { return text, "application/x-www-form-urlencoded" }
	}
	return map[string]func() (string, string){
		"order":        file("boknett", boknettNumber, "{number}", ">7045<", ">{buyer}<"),
		"installation": file("installer", installerNumber, "{number}"), "lease": file("montly", montlyNumber, "{number}"),
		"response": same("{response}"), "mark": same(`{"status": "RECEIVED", "comment": "fra lageret"}`),
		"reduce":   same(`{"ean": "HAN_LTEM", "number": -1}`),
		"endpoint": same(`{"url": "http://127.0.0.1:9/annet"}`), "patch": same(`{"description": "en annen"}`),
		"since": same(`{"since": "2026-01-01T00:00:00Z"}`),
		"ack":   same(`{"through": 0}`), "shipped": same(`{"shippedAt":"2026-06-01T12:00:00+02:00"}`), "cancel": same("[]"),
		"login":  form("username={user}&password={password}"),
		"grant":  form("grant_type=client_credentials&client_id={client}&client_secret={secret}&audience={audience}"),
		"answer": form("revision=2&line-1=accept"), "sign": form("decision=sign"), "delivery": form("decision=delivery"),
	}
}

// fields are the operations of GraphQL that ask for a field of the schema.
func fields() map[string]string {
	const whole = `{ orderId recipient { firstName externalUserId } webhookCallbackUrl }`
	return map[string]string{
		"order":         `query ($id: String!) { order(input: {orderId: $id}) ` + whole + ` }`,
		"ordersForUser": `query ($user: String!) { ordersForUser(input: {externalUserId: $user}) { __typename } }`,
		"ordersForUser.orders": `query ($user: String!) { ordersForUser(input: {externalUserId: $user}) { orders ` +
			whole + ` } }`,
		"cancelOrder": `mutation ($id: String!) { cancelOrder(input: {orderId: $id}) ` + whole + ` }`,
		"orderDevice": `mutation ($input: OrderDeviceInput!) { orderDevice(input: $input) { __typename } }`,
		"orderDevice.order": `mutation ($input: OrderDeviceInput!) { orderDevice(input: $input) { order ` + whole +
			` } }`,
		"orderDevice.ordersForUser": `mutation ($input: OrderDeviceInput!) { orderDevice(input: $input) { ordersForUser ` +
			whole + ` } }`,
	}
}

// deviceCall asks for a field.
func deviceCall(method, path, field string, g thing) call {
	query, ok := fields()[field]
	if !ok {
		panic("no operation asks for " + field) // a line of the policy that this file lacks
	}
	variables := map[string]any{"id": g.vars["orderId"], "user": g.vars["user"]}
	if strings.HasPrefix(field, "orderDevice") {
		text, err := json.Marshal(harkInput())
		if err != nil {
			panic(err) // of texts and maps alone
		}
		text = bytes.ReplaceAll(text, []byte("kunde-5512"), []byte(g.vars["user"]))
		var own map[string]any
		if err := json.Unmarshal(text, &own); err != nil {
			panic(err) // it was JSON before
		}
		variables = own
	}
	return harkWay(method, path, query, variables)
}

// sources are the dialects that have keys.
func sources() map[string]string {
	return map[string]string{"hark": hark.Source, "installer": installer.Source, "montly": montly.Source}
}
