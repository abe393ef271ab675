package installer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// TestMoves tries every status of the one line after every state.
func TestMoves(t *testing.T) {
	w := newWorld(t)
	reach := map[status][]order.Status{statusDispatching: nil, statusInProgress: {order.Received}, statusCompleted: {order.Received, order.Fulfilled}, statusDeclined: {order.Rejected}}
	const refused status = -1
	ends := map[order.Status]status{order.Received: statusInProgress, order.Fulfilled: statusCompleted, order.FulfilledBlocked: statusCompleted, order.FulfilledAssigned: statusCompleted, order.Rejected: statusDeclined}
	for from, marks := range reach {
		for s, to := range ends {
			if from.final() && to != from {
				to = refused
			}
			id := w.place("good", nil)
			for _, before := range marks {
				check(t, w.mark(id, 1, before, nil))
			}
			before := w.core(id)
			err := w.mark(id, 1, s, nil)
			if to == refused {
				if diff := cmp.Diff(before, w.core(id)); order.CodeOf(err) != "installation-closed" || !strings.Contains(err.Error(), from.String()) || diff != "" {
					t.Errorf("%s, %s: %v %s", from, s, err, diff)
				}
				continue
			}
			if a := w.look("good", id); err != nil || a.Status != to || a.StatusName != to.String() {
				t.Errorf("%s, %s: %v, %s", from, s, err, a.raw)
			}
		}
	}
}

// TestStatusOfManyLines says what becomes of an order whose lines go different
// ways. R, F and N are the installer's answers, T is the router's taking back.
func TestStatusOfManyLines(t *testing.T) {
	w := newWorld(t)
	for steps, want := range map[string]status{
		"":         statusDispatching,
		"R1":       statusInProgress,
		"N1":       statusInProgress,
		"F1":       statusInProgress,
		"R1 N1":    statusInProgress,
		"F1 F2":    statusCompleted,
		"F1 N2":    statusCompleted,
		"N1 F2":    statusCompleted,
		"N1 N2":    statusDeclined,
		"R1 N1 N2": statusDeclined,
		"T1":       statusDispatching,
		"T1 T2":    statusCancelled,
		"T1 N2":    statusCancelled,
		"N1 T2":    statusCancelled,
		"T1 F2":    statusCompleted,
		"F1 T2":    statusCompleted,
		"R1 T1":    statusInProgress,
		"T1 T2 N1": statusCancelled,
		"T":        statusCancelled,
		"R1 R2 T":  statusCancelled,
		"F1 T":     statusCompleted,
		"T1 T2 A":  statusCancelled,
	} {
		id := w.place("good", offering("a", "b"))
		for step := range strings.FieldsSeq(steps) {
			w.step(t, id, step)
		}
		if a := w.look("good", id); a.Status != want {
			t.Errorf("%s: %s, want %s", steps, a.StatusName, want)
		}
	}
}

// step does one step of a story of lines.
func (w *world) step(t *testing.T, id order.ID, step string) {
	t.Helper()
	line := 0
	if len(step) > 1 {
		line = int(step[1] - '0')
	}
	switch step[0] {
	case 'R':
		check(t, w.mark(id, line, order.Received, nil))
	case 'F':
		check(t, w.mark(id, line, order.Fulfilled, nil))
	case 'N':
		check(t, w.mark(id, line, order.Rejected, nil))
	case 'A': // the installer agrees to all that was taken back
		for _, l := range w.core(id).Lines {
			if l.Adjustment {
				check(t, w.mark(id, l.Number, order.Received, nil))
			}
		}
	case 'T':
		if line == 0 {
			check(t, w.takeBack(id))
			return
		}
		check(t, w.takeBack(id, line))
	}
}

// TestFinalOrders are taken back by no party, and a cancelled one is not carried
// out after all.
func TestFinalOrders(t *testing.T) {
	w := newWorld(t)
	for _, steps := range []string{"F1 F2", "N1 N2", "T"} {
		id := w.place("good", offering("a", "b"))
		for step := range strings.FieldsSeq(steps) {
			w.step(t, id, step)
		}
		before := w.core(id)
		if err := w.takeBack(id, 1); err == nil {
			t.Errorf("%s: taken back", steps)
		}
		if _, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: router}, id, order.AnyRevision, order.Reduction{EAN: "a", Number: 1}); order.CodeOf(err) != "installation-closed" {
			t.Errorf("%s: reduced: %v", steps, err)
		}
		if diff := cmp.Diff(before, w.core(id)); diff != "" {
			t.Errorf("%s: %s", steps, diff)
		}
	}
	id := w.place("good", nil)
	check(t, w.takeBack(id))
	for what, err := range map[string]error{
		"carried out":        w.mark(id, 1, order.Fulfilled, nil),
		"not agreed to":      w.mark(id, 2, order.Rejected, nil),
		"answered in one go": w.respond(id, order.FulfilledBlocked),
	} {
		if order.CodeOf(err) != "installation-closed" || order.KindOf(err) != order.Conflict {
			t.Errorf("cancelled, then %s: %v", what, err)
		}
	}
	check(t, w.mark(id, 1, order.Received, nil)) // which says no more than that the installer has seen it
	check(t, w.mark(id, 2, order.Fulfilled, nil))
	if a := w.look("good", id); a.Status != statusCancelled {
		t.Errorf("%s", a.raw)
	}
}

func (w *world) respond(id order.ID, s order.Status) error {
	_, err := w.Exchange.Respond(w.T.Context(), order.Actor{Party: installer}, id, order.AnyRevision,
		order.Response{Lines: []order.LineResponse{{Name: order.LineRef{Number: 1}, Mark: order.LineUpdate{Status: s}}}})
	return err
}

// TestTakenBackByProduct takes copies back without naming a line, in parts.
func TestTakenBackByProduct(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", func(in map[string]any) {
		in["offer"] = map[string]any{"lines": []any{map[string]any{"name": "x", "externalId": "x", "quantity": 3}, map[string]any{"name": "x", "externalId": "x", "quantity": 2}}}
	})
	for taken, want := range []status{statusDispatching, statusDispatching, statusDispatching, statusDispatching, statusDispatching, statusCancelled} {
		if taken > 0 {
			_, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: router}, id, order.AnyRevision, order.Reduction{EAN: "x", Number: 1})
			check(t, err)
		}
		if a := w.look("good", id); a.Status != want {
			t.Errorf("%d of 5 taken back: %s", taken, a.StatusName)
		}
	}
	id = w.place("good", offering("x"))
	_, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: router}, id, order.AnyRevision, order.Reduction{EAN: "x", Line: 1, Number: 1})
	check(t, err)
	if a := w.look("good", id); a.Status != statusCancelled {
		t.Errorf("%s", a.raw)
	}
}

// TestAttributesAreRefused with their names.
func TestAttributesAreRefused(t *testing.T) {
	w := newWorld(t)
	id := w.place("good", nil)
	if err := w.mark(id, 1, order.Received, order.Attributes{"trackingLink": "x", "deviceId": "y"}); order.CodeOf(err) != "attributes-not-accepted" || !strings.Contains(err.Error(), "deviceId, trackingLink") {
		t.Errorf("%v", err)
	}
	if a := w.look("good", id); a.Status != statusDispatching {
		t.Errorf("%s", a.raw)
	}
}

// TestWhoInstalls looks where orders go.
func TestWhoInstalls(t *testing.T) {
	w := newWorld(t)
	const alone order.PartyID = "7099"
	check(t, w.DB.AddParty(t.Context(), order.Party{ID: alone, Name: "Without a seller", Scheme: "GLN", Aliases: []order.Identifier{{Type: "Organization", Value: "00000000-0000-4000-8000-000000000001"}}}))
	check(t, w.DB.AddRoute(t.Context(), order.Route{Prefix: "5", Seller: alone})) // of products, which these are not
	w.Key("alone", alone, Source, "live", Permissions()...)
	actors := func(ids ...string) func(map[string]any) {
		return func(in map[string]any) {
			var all []any
			for _, id := range ids {
				all = append(all, map[string]any{"actorSlug": "x", "organizationId": id})
			}
			in["actorAssignments"] = all
			in["offer"] = map[string]any{"lines": []any{map[string]any{"productId": "55555555-5555-4555-8555-555555555555", "quantity": 1}}}
		}
	}
	const none, own = "77777777-7777-4777-8777-777777777777", "00000000-0000-4000-8000-000000000001"
	for name, c := range map[string]struct {
		key    string
		actors []string
		seller order.PartyID
		status status
	}{
		"none named":               {"good", nil, installer, statusDispatching},
		"named":                    {"good", []string{namedOrganization}, named, statusDispatching},
		"named in capital letters": {"good", []string{strings.ToUpper(namedOrganization)}, named, statusDispatching},
		"named second":             {"good", []string{none, namedOrganization}, named, statusDispatching},
		"unknown":                  {"good", []string{none}, installer, statusDispatching},
		"the router itself":        {"alone", []string{own, namedOrganization}, named, statusDispatching},
	} {
		id := w.place(c.key, actors(c.actors...))
		if o, a := w.core(id), w.look(c.key, id); o.Seller != c.seller || a.Status != c.status {
			t.Errorf("%s: seller %s, %s", name, o.Seller, a.StatusName)
		}
	}
	id := w.place("alone", nil)
	if o, a := w.core(id), w.look("alone", id); o.Seller != "" || a.Status != statusCancelled || a.status != http.StatusOK {
		t.Errorf("no installer at all: %s, %s", o.Seller, a.raw)
	}
}

// TestWhoPays looks whom the installer bills, and for how much.
func TestWhoPays(t *testing.T) {
	w := newWorld(t)
	for payer, want := range map[any]string{"client": "Ola Nordmann", "operator": "Firm 7045", nil: "Firm 7045"} {
		o := w.core(w.place("good", func(in map[string]any) { set(in, "offer.payer", payer) }))
		if got := o.Header.BillTo.Names[0]; got != want {
			t.Errorf("%v: billed to %s", payer, got)
		}
	}
	for _, c := range []struct {
		change   func(line map[string]any)
		amount   string
		word     string
		currency string
	}{
		{func(l map[string]any) { l["payerUnitAmount"], l["currencyCode"] = 100000, "NOK" }, "1000.00", priceNet, "NOK"},
		{func(l map[string]any) {
			l["payerUnitAmount"], l["discountUnitAmount"], l["currencyCode"] = "100000", "20000", "NOK"
		}, "800.00", priceNet, "NOK"},
		{func(l map[string]any) { l["payerUnitAmount"], l["isTaxInclusive"], l["currencyCode"] = 5, true, "SEK" }, "0.05", priceGross, "SEK"},
		{func(l map[string]any) {
			l["payerUnitAmount"], l["isTaxInclusive"], l["currencyCode"] = 500, false, "JPY"
		}, "500", priceNet, "JPY"},
		{func(l map[string]any) { l["payerUnitAmount"], l["currencyCode"] = 1500, "KWD" }, "1.500", priceNet, "KWD"},
		{func(l map[string]any) { l["payerUnitAmount"] = 0 }, "0.00", priceNet, ""},
	} {
		o := w.core(w.place("good", func(in map[string]any) {
			set(in, "offer.payer", "client")
			c.change(in["offer"].(map[string]any)["lines"].([]any)[0].(map[string]any))
		}))
		if p := o.Lines[0].Detail.Pricing[0].Price; p.Amount.String() != c.amount || p.Qualifier != c.word || o.Header.Currency != c.currency {
			t.Errorf("%+v in %s, want %+v", p, o.Header.Currency, c)
		}
	}
}
