package montly

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestSandbox tries every number of the table, by a key for test orders and by a real
// one, for which they are numbers like any other.
func TestSandbox(t *testing.T) {
	w := newWorld(t)
	doc, err := os.ReadFile("../../../docs/api/montly.md")
	check(t, err)
	for org, want := range map[string]string{orgRefused: "", orgDeclined: declined, orgPending: pending, orgAccepted: accepted, "559089-4308": signed, "16" + orgDeclined: declined} {
		if short := strings.TrimPrefix(org, "16"); short[0] == '4' && !strings.Contains(string(doc), short) {
			t.Errorf("docs/api/montly.md does not list %s", org)
		}
		change := func(o map[string]any) { o["orgNumber"] = org }
		number := "of-" + org
		a := w.call("test", http.MethodPost, "/v1/orders", request(number, change))
		if want == "" {
			if a.status != http.StatusBadRequest || a.code() != codeNotAccepted || len(a.fields()) != 0 || w.stored(kontor, order.SourceOf(Source, true)) > 5 {
				t.Errorf("%s: %d %s", org, a.status, a.raw)
			}
			if a := w.call("test", http.MethodGet, "/v1/orders/"+number+"/status", nil); a.status != http.StatusNotFound {
				t.Errorf("%s: %d %s", org, a.status, a.raw)
			}
		} else if o := w.core("test", number); a.status != http.StatusCreated || state(&o) != want || !o.IsTest() || want == declined && o.Attributes[attrReason] != sandboxReason {
			t.Errorf("%s: %d %s, %s", org, a.status, a.raw, state(&o))
		}
		if o := w.place("good", number, change); state(&o) != pending || o.IsTest() {
			t.Errorf("%s in earnest is %s", org, state(&o))
		}
	}
}

// TestTestOrdersReachNoReceiver ships a test order, as shops' own tests do right after
// they have made one, and looks for it in the inbox.
func TestTestOrdersReachNoReceiver(t *testing.T) {
	w := newWorld(t)
	o := w.place("test", "1", nil)
	if a := w.call("test", http.MethodPost, "/v1/orders/1/shipped", ""); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.raw)
	}
	w.approve(o)
	if o = w.core("test", "1"); state(&o) != deliveryApproved || o.Line(1).Status != order.Fulfilled {
		t.Errorf("%s, %+v", state(&o), o.Lines)
	}
	page, err := w.Exchange.List(t.Context(), order.Query{Party: kontor, Mode: order.SentToMe, Limit: 10})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("the inbox has %+v, %v", page.Items, err)
	}
}

// TestTestOrderCanBeDecided by an operator as well, when the sandbox left it open.
func TestTestOrderCanBeDecided(t *testing.T) {
	w := newWorld(t)
	o := w.place("test", "1", func(o map[string]any) { o["orgNumber"] = orgPending })
	w.accept(o)
	w.sign(o)
	if o = w.core("test", "1"); state(&o) != signed {
		t.Error(state(&o))
	}
}
