package hark

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// engine is the API without an exchange behind it, for what is decided before
// one is asked.
func engine(t *testing.T) *API {
	t.Helper()
	a, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// code runs a query and returns the code of its first error.
func (a *API) code(query string, vars map[string]any) (code, message string) {
	r := a.root(auth.Key{Party: "7045"}, nil) // a key without permissions
	res := a.run(httptest.NewRequest("POST", "/", nil), member{graphqlRequest: graphqlRequest{Query: query, Variables: vars}}, r)
	if len(res.Errors) == 0 {
		return "", string(res.Data)
	}
	return res.code(), res.Errors[0].Message
}

// TestEngineCodes wants a code of every refusal of the engine, and at once the
// refusal of what is made to be slow.
func TestEngineCodes(t *testing.T) {
	a := engine(t)
	const one = `(input: {orderId: "order_1"})`
	aliases := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%d: order%s { orderId } ", i, one)
		}
		return "{ " + b.String() + "}"
	}
	bomb := "query { order" + one + " { ...f0 } }"
	for i := range 20 {
		bomb += fmt.Sprintf(" fragment f%d on DeviceOrder { ...f%d ...f%d }", i, i+1, i+1)
	}
	bomb += " fragment f20 on DeviceOrder { orderId }"
	for _, c := range []struct {
		name, query, code string
		vars              map[string]any
	}{
		{"good, and no permission", "{ order" + one + " { orderId } }", codeForbidden, nil},
		{"brace missing", "{ order" + one + " { orderId }", codeParse, nil},
		{"nothing but words", "hello", codeParse, nil},
		{"unknown operation", "{ orderForUser { orderId } }", codeValidation, nil},
		{"unknown input field", `{ order(input: {orderId: "1", x: 2}) { orderId } }`, codeValidation, nil},
		{"input missing", "{ order { orderId } }", codeValidation, nil},
		{"variable missing", `query($i: OrderInput!) { order(input: $i) { orderId } }`, codeInput, nil},
		{"variable of wrong type", `query($i: OrderInput!) { order(input: $i) { orderId } }`, codeInput, map[string]any{"i": "x"}},
		{"no fields", "{ order" + one + " }", codeValidation, nil},
		{"subscription", "subscription { order" + one + " { orderId } }", codeOperation, nil},
		{"two operations without a name", "query a { order" + one + " { orderId } } query b { order" + one + " { orderId } }", codeOperation, nil},
		{"circular fragments", "{ order" + one + " { ...a } } fragment a on DeviceOrder { ...b } fragment b on DeviceOrder { ...a }", codeValidation, nil},
		{"exploding fragments", bomb, codeComplex, nil},
		{"50 deep", "{ __schema { types " + strings.Repeat("{ fields { type ", 25) + "{ name" + strings.Repeat(" } }", 25) + " } } }", codeComplex, nil},
		{"17 deep", "{ __type(name: \"Query\") " + strings.Repeat("{ ofType ", 16) + "{ name" + strings.Repeat(" }", 17) + " }", codeComplex, nil},
		{"1000 aliases", aliases(1000), codeComplex, nil},
		{"21 aliases", aliases(21), codeComplex, nil},
		{"a thousand fragments", "{ " + strings.Repeat("...f ", 1000) + "} fragment f on Query { __typename }", codeComplex, nil},
		{"10000 arguments", "{ order(" + strings.Repeat("a:1 ", 10000) + ") { orderId } }", codeComplex, nil},
		{"10000 members", "{ order(input: {" + strings.Repeat("a:1 ", 10000) + "}) { orderId } }", codeComplex, nil},
		{"20000 items", "{ order(input: [" + strings.Repeat("1 ", 20000) + "]) { orderId } }", codeComplex, nil},
		{"10000 variables", "query(" + strings.Repeat("$a:String ", 5000) + ") { __typename }", codeComplex, nil},
		{"10000 directives", "{ __typename " + strings.Repeat("@a ", 10000) + "}", codeComplex, nil},
		{"5000 fragments that are not used", "{ __typename } " + strings.Repeat("fragment a on Query{a} ", 2500), codeComplex, nil},
		{"one field a thousand times", "{ order" + one + " {" + strings.Repeat(" orderId", 3000) + " } }", codeComplex, nil},
		{"64 KiB of brackets", strings.Repeat("{", maxBody), codeComplex, nil},
		{"64 KiB of lists", "{ order(input: " + strings.Repeat("[", maxBody-100) + ") }", codeComplex, nil},
		{"a long name", "{ " + strings.Repeat("a", maxBody-100) + " }", codeValidation, nil},
		{"a long value", "{ __type(name: " + strings.Repeat("a", maxBody-100) + ") { name } }", codeValidation, nil},
		{"1 MB", "{ order" + one + " { orderId } } #" + strings.Repeat("x", 1<<20), codeComplex, nil},
	} {
		begin := time.Now()
		code, message := a.code(c.query, c.vars)
		if code != c.code {
			t.Errorf("%s: %q (%s), want %s", c.name, code, message, c.code)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s took %s", c.name, took)
		}
		if len(message) > 1000 {
			t.Errorf("%s is answered with %d bytes: %.100s", c.name, len(message), message)
		}
	}
	if code, message := a.code(aliases(maxAliases), nil); code != codeForbidden {
		t.Errorf("%d aliases: %s (%s)", maxAliases, code, message)
	}
}

// TestSchemaIsPublished asks for the types that the reference lists.
func TestSchemaIsPublished(t *testing.T) {
	code, data := engine(t).code(`{ __schema { types { name fields { name } inputFields { name } enumValues { name } } } }`, nil)
	if code != "" {
		t.Fatal(code, data)
	}
	var doc struct {
		Schema struct {
			Types []struct {
				Name                            string
				Fields, InputFields, EnumValues []struct{ Name string }
			}
		} `json:"__schema"`
	}
	if err := json.Unmarshal([]byte(data), &doc); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, typ := range doc.Schema.Types {
		for _, list := range [][]struct{ Name string }{typ.Fields, typ.InputFields, typ.EnumValues} {
			for _, f := range list {
				got[typ.Name] += f.Name + " "
			}
		}
	}
	for name, want := range map[string]string{
		"CountryCode": "NO ", "SubscriptionType": "PERSONAL BUSINESS ", "DeviceType": "HAN_LTEM HAN_WIFI ", "OrderStatus": "ORDERED IN_PROGRESS SHIPPED CANCELLED ",
		"PostalAddressInput": "addressLine1 addressLine2 city postalCode country ", "RecipientInput": "firstName lastName email phoneNumber externalUserId postalAddress ",
		"OrderDeviceInput": "recipient subscriptionType type webhookCallbackUrl ", "OrderInput": "orderId ", "CancelOrderInput": "orderId ", "OrdersForUserInput": "externalUserId ",
		"PostalAddress": "addressLine1 addressLine2 city postalCode country ", "Recipient": "firstName lastName email phoneNumber externalUserId postalAddress ",
		"DeviceOrder":         "orderId orderStatus intermediaryId updatedAt subscriptionType type recipient deviceId trackingLink webhookCallbackUrl ",
		"OrderDeviceResponse": "order ordersForUser ", "OrdersForUserResponse": "orders ", "Query": "order ordersForUser ", "Mutation": "orderDevice cancelOrder ",
	} {
		if got[name] != want {
			t.Errorf("%s has %q, want %q", name, got[name], want)
		}
	}
}

// TestPanicShowsNothing runs into the missing exchange on purpose.
func TestPanicShowsNothing(t *testing.T) {
	a := engine(t)
	r := a.root(auth.Key{Party: "7045", Permissions: Permissions()}, nil)
	res := a.run(httptest.NewRequest("POST", "/", nil), member{graphqlRequest: graphqlRequest{Query: `{ order(input: {orderId: "order_1"}) { orderId } }`}}, r)
	if len(res.Errors) != 1 || res.Errors[0].Extensions["code"] != codeInternal || strings.Contains(res.Errors[0].Message, "panic") {
		t.Errorf("%+v", res)
	}
}

// TestHintsAreOfOneField: no hint asks to send a request again of which another
// field may have ordered.
func TestHintsAreOfOneField(t *testing.T) {
	r := engine(t).root(auth.Key{}, nil)
	for _, err := range []error{errors.New("disk"), order.Errorf(order.Unavailable, "store-busy", "The store is busy.").WithHint("Send the request again; nothing was changed."),
		order.Errorf(order.TooMany, "busy", "Too many.").WithHint("Send the request again.")} {
		e := r.present(t.Context(), err)
		hint, _ := e.Extensions["hint"].(string)
		if !strings.HasPrefix(hint, "Read the orders before") || strings.Contains(strings.ToLower(e.Message), "nothing was") {
			t.Errorf("%v: %s %s", err, e.Message, hint)
		}
	}
}
