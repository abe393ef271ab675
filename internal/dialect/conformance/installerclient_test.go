package conformance

import (
	"net/http"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/installer"
)

// installerClient is REST, and keys. An address has one line. The dialect has no
// call that withdraws an order; its sender does that through the trade's API, and
// the order is then Cancelled here.
func installerClient() client {
	always := func(words string) func(string) string { return func(string) string { return words } }
	return client{
		name: "installer", source: installer.Source, sender: sender,
		credential: func(w *world, mode string) string { return w.key(sender, installer.Source, mode) },
		absent:     "I-2026-0000",
		number:     func(_ testing.TB, change func(string) string, _ answer) string { return change(installerNumber) },
		testOrder:  renumbered(installerNumber, "I-2026-0118"),
		read: func(w *world, number string) answer {
			key := w.key(sender, installer.Source, "live")
			return w.do(call{http.MethodGet, "/api/v1/order/" + string(w.core(installerClient(), number).ID), []string{"Authorization: Bearer " + key}, ""})
		},
		withdraw:  takenBack(installerClient),
		withdrawn: facts{"order status": "SENT", "line status": "SENT"},
		own:       facts{"second line": ""},
		shownAs: map[string]func(string) string{
			"offer.payer":                 always("Eksempel Strøm"), // is billed
			"offer.lines.isTaxInclusive":  always("UnitCostExcludingTax"),
			"offer.lines.payerUnitAmount": always("6400.00"), // less the discount
		},
		losses: map[string]loss{
			"the looks of a rich description":               {members: []string{"description.type", "description.content.type", "description.content.content.type", "description.content.content.marks"}},
			"the seconds of the time of ordering, in EDItX": {proof: secondsLost},
		},
		words: map[string]string{"ordered": "Dispatching", "received": "In Progress", "fulfilled": "Completed", "rejected": "Declined", "withdrawn": "Cancelled"},
	}
}

// installerNumber is what the router calls the order in its request file, and
// organization what it calls its seller there.
const (
	installerNumber = "I-2026-0117"
	organization    = "66666666-6666-4666-8666-666666666666"
)
