package hark

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
)

// TestWhoMayDoWhat tries every operation on an order of the intermediary with
// every kind of key, and looks that what was refused did nothing.
func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	w.Key("seller", seller, Source, auth.ModeLive, Permissions()...)
	w.Key("dialect", strom, "installer", auth.ModeLive, Permissions()...)
	w.Key("revoked", strom, Source, auth.ModeLive, Permissions()...)
	w.Key("test", strom, Source, auth.ModeTest, Permissions()...)
	w.Key("reads", strom, Source, auth.ModeLive, mayRead)
	w.Key("creates", strom, Source, auth.ModeLive, mayCreate)
	w.Key("cancels", strom, Source, auth.ModeLive, mayCancel)
	_, err := w.DB.RevokeKey(t.Context(), w.KeyIDs["revoked"], w.Now())
	check(t, err)
	w.Keys["none"], w.Keys["invented"] = "", "bgk_hark_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

	const ok, stranger = "", codeUnauthenticated
	const create, one, list, cancel = 0, 1, 2, 3
	for key, want := range map[string][4]string{
		"good":     {ok, ok, ok, ok},
		"reads":    {codeForbidden, ok, ok, codeForbidden},
		"creates":  {ok, codeForbidden, codeForbidden, codeForbidden},
		"cancels":  {codeForbidden, codeForbidden, codeForbidden, ok},
		"foreign":  {ok, codeNotFound, ok, codeNotFound},
		"seller":   {ok, codeNotFound, ok, codeNotFound},
		"test":     {ok, codeNotFound, ok, codeNotFound},
		"dialect":  {stranger, stranger, stranger, stranger},
		"revoked":  {stranger, stranger, stranger, stranger},
		"none":     {stranger, stranger, stranger, stranger},
		"invented": {stranger, stranger, stranger, stranger},
	} {
		mine := w.place("good", func(_, recipient, _ map[string]any) { recipient["externalUserId"] = "of " + key }).OrderID
		named := map[string]any{"id": mine, "user": "of " + key}
		for i, operation := range []struct {
			query string
			vars  map[string]any
		}{
			create: {`mutation($i: OrderDeviceInput!) { orderDevice(input: $i) { order { orderId } } }`, input(nil)},
			one:    {`query($id: String!) { order(input: {orderId: $id}) { orderId } }`, map[string]any{"id": mine}},
			list:   {`query($user: String!) { ordersForUser(input: {externalUserId: $user}) { orders { orderId } } }`, map[string]any{"user": named["user"]}},
			cancel: {`mutation($id: String!) { cancelOrder(input: {orderId: $id}) { orderId } }`, map[string]any{"id": mine}},
		} {
			a := w.ask(key, operation.query, operation.vars)
			if a.code() != want[i] || (a.status == http.StatusUnauthorized) != (want[i] == stranger) {
				t.Errorf("key %s, operation %d: %d %s, want %q", key, i, a.status, a.raw, want[i])
			}
			if shown := strings.Contains(a.raw, `"orderId":"`+mine); i != create && shown != (want[i] == ok && (key == "good" || key == "reads" || key == "cancels")) {
				t.Errorf("key %s, operation %d: %s", key, i, a.raw)
			}
		}
		if status := w.look("good", mine).OrderStatus; (status == cancelled) != (want[cancel] == ok) {
			t.Errorf("key %s left the order %s", key, status)
		}
	}
}

// TestListBehindNewOrder asks for a recipient's orders behind a new one with keys
// that may read orders and with one that may only create them: the latter is not
// shown the earlier ones, and what it ordered stands beside the refusal.
func TestListBehindNewOrder(t *testing.T) {
	w := newWorld(t)
	w.Key("creates", strom, Source, auth.ModeLive, mayCreate)
	w.Key("both", strom, Source, auth.ModeLive, mayCreate, mayRead)
	earlier := w.place("good", nil).OrderID
	for key, reads := range map[string]bool{"good": true, "both": true, "creates": false} {
		a := w.ask(key, orderDevice, input(nil))
		var placed struct {
			Order         orderAnswer
			OrdersForUser []orderAnswer
		}
		check(t, json.Unmarshal(a.Data["orderDevice"], &placed))
		if shown := strings.Contains(a.raw, earlier); shown != reads || placed.Order.OrderID == "" || (placed.OrdersForUser != nil) != reads {
			t.Errorf("key %s, the earlier order shown %v: %s", key, shown, a.raw)
		}
		if want := map[bool]string{true: "", false: codeForbidden}[reads]; a.code() != want {
			t.Errorf("key %s: %q, want %q", key, a.code(), want)
		}
	}
}

// TestUnknownLooksForeign compares the answers for another intermediary's order
// and for one that is not there, byte for byte.
func TestUnknownLooksForeign(t *testing.T) {
	w := newWorld(t)
	w.Key("foreign", other, Source, auth.ModeLive, Permissions()...)
	theirs, none := w.place("good", nil).OrderID, newOrderID()
	for _, query := range []string{`query($id: String!) { order(input: {orderId: $id}) { orderId } }`, `mutation($id: String!) { cancelOrder(input: {orderId: $id}) { orderId } }`} {
		a, b := w.ask("foreign", query, map[string]any{"id": theirs}), w.ask("foreign", query, map[string]any{"id": none})
		if a.status != b.status || strings.ReplaceAll(a.raw, theirs, none) != b.raw {
			t.Errorf("%s\n%s", a.raw, b.raw)
		}
	}
}
