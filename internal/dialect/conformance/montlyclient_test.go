package conformance

import (
	"net/http"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/order"
)

// montlyClient is REST and e-mails. The shop that sends a lease order delivers it
// as well, to a customer who need not be connected: only documents name him.
// The shop has nothing to answer until he has signed.
func montlyClient() client {
	return client{
		name: "montly", source: montly.Source, sender: seller,
		credential: func(w *world, mode string) string { return w.key(seller, montly.Source, mode) },
		absent:     "M-2026-0000",
		number:     func(_ testing.TB, change func(string) string, _ answer) string { return change(montlyNumber) },
		testOrder:  renumbered(montlyNumber, "M-2026-0118"),
		read: func(w *world, number string) answer {
			return w.montlyAsk(http.MethodGet, number, "/status", "")
		},
		open: montlySigned,
		after: func(w *world, _ string) {
			w.press(w.link())
		},
		withdraw: func(w *world, number string) {
			w.want(w.montlyAsk(http.MethodPost, number, "/cancel", "[]"), http.StatusOK)
		},
		own:     facts{"buyer": string(seller), "BuyerParty": "559089-4308"},
		shownAs: map[string]func(string) string{"items.unitAmount": minor, "items.totalAmount": minor, "shippingAmount": minor, "shippingVAT": minor},
		losses: map[string]loss{
			"VAT of items and of the order":                      {members: []string{"VAT", "items.VAT"}},
			"where the first name ends and the last name begins": {proof: nameParted},
			"the seconds of the time of ordering, in EDItX":      {proof: secondsLost},
		},
		words: map[string]string{"waiting": "pending", "ordered": "signed", "received": "signed", "fulfilled": "deliveryApproved", "rejected": "declined", "withdrawn": "cancelled"},
	}
}

// montlyNumber is what the shop calls the order in its request file.
const montlyNumber = "M-2026-0117"

// montlyAsk asks about an order under the shop's key.
func (w *world) montlyAsk(method, number, below, body string) answer {
	w.t.Helper()
	return w.do(call{method, "/v1/orders/" + number + below, []string{"Authorization: Bearer " + w.key(seller, montly.Source, auth.ModeLive)}, body})
}

// montlyAccepted has the finance company accept an order.
func montlyAccepted(w *world, number string) {
	w.t.Helper()
	o := w.core(montlyClient(), number)
	if o.IsTest() {
		return // the sandbox has accepted it, and signed it too
	}
	_, err := w.leases.Accept(w.t.Context(), order.Actor{Name: "operator", Via: "command"}, o.ID)
	check(w.t, err)
}

// montlySigned has the customer sign as well, on the page that the e-mail leads
// to.
func montlySigned(w *world, number string) {
	w.t.Helper()
	montlyAccepted(w, number)
	if o := w.core(montlyClient(), number); !o.IsTest() {
		w.press(w.link())
	}
}
